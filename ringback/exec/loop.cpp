#include "ringback/exec/loop.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "ringback/exec/internal/turn_order.h"

#include "ringback/exec/executor_list.h"

namespace ringback {

using namespace runtime;

namespace {

constexpr std::uint32_t kResumptionsBetweenLooks = 61;

// On virtual time every turn looks: the order of events is then the program's alone.
bool looks_every_turn(const Driver& driver) noexcept { return driver.has_own_time(); }

// Not on virtual time, which stands still meanwhile, nor where whoever is to post needs this core.
bool may_spin(const Driver& driver) noexcept {
  static const bool has_cores = std::thread::hardware_concurrency() > 1;
  return has_cores && !driver.has_own_time();
}

std::unique_ptr<Driver> driver_of(LoopOptions& options) {
  if (options.driver != nullptr) return std::move(options.driver);
  return make_driver(options.driver_kind, options.driver_options);
}

}  // namespace

Loop::Loop(LoopOptions options)
    : Executor(false, &ready_, this, &timers_),
      driver_(driver_of(options)),
      timers_(*this, *this, false, driver_->now()),
      shutdown_limit_(options.shutdown_limit),
      stuck_(options.stuck),
      looks_every_turn_(looks_every_turn(*driver_)),
      may_spin_(may_spin(*driver_)),
      order_(options.order),
      jobs_run_(until_look_ - std::uint64_t{kResumptionsBetweenLooks}) {}

Loop::Loop(LoopOptions options, Executor& home)
    : Executor(false, &ready_, this, &timers_),
      driver_(driver_of(options)),
      timers_(*this, home, true, driver_->now()),
      shutdown_limit_(options.shutdown_limit),
      stuck_(options.stuck),
      looks_every_turn_(looks_every_turn(*driver_)),
      may_spin_(may_spin(*driver_)),
      order_(options.order),
      jobs_run_(until_look_ - std::uint64_t{kResumptionsBetweenLooks}) {}

Loop::~Loop() {
  RINGBACK_CHECK(!is_driven_.load(std::memory_order_relaxed),
                 "a Loop was destroyed while it runs: call stop() and let run() return first");
  leave_list();
  RINGBACK_CHECK(owns_nothing(), "a Loop was destroyed with work still running on it: let run() end, or shut_down()");
  // What is left are done callbacks: they are owed their call.
  if (has_ready()) {
    const internal::ThreadState outer = std::exchange(internal::this_thread, {});
    internal::this_thread.executor = this;
    shut_down_here();
    internal::this_thread = outer;
  }
  // Whoever posted the last job may still be on its way out of post().
  for (unsigned round = 0; posting_.load(std::memory_order_acquire) != 0; ++round) internal::spin_pause(round);
  RINGBACK_CHECK(guests_.empty(), "a Loop was destroyed with streams still armed on it");
}

Loop::Driving::Driving(Loop& loop) : loop_(loop), outer_(internal::this_thread) {
  loop.check_process();
  if (outer_.executor != nullptr && !outer_.executor->is_concurrent()) {
    throw Error(ErrorKind::would_deadlock, "run",
                "this thread is already driving a loop; await the operation instead of blocking for it");
  }
  RINGBACK_CHECK(!loop.is_driven_.exchange(true, std::memory_order_acquire),
                 "a Loop was driven by two threads at once, or by a job of another executor on top of itself");
  if (!loop.is_listed_) [[unlikely]]
    loop.join_list();
  internal::this_thread = {};
  internal::this_thread.executor = &loop;
}

Loop::Driving::~Driving() {
  internal::this_thread = outer_;
  loop_.is_driven_.store(false, std::memory_order_release);
}

// Only now, since whoever finds it in the list must find all of it there, also where it is the base of another.
void Loop::join_list() noexcept {
  internal::ExecutorList::add(*this);
  is_listed_ = true;
}

void Loop::leave_list() noexcept {
  if (std::exchange(is_listed_, false)) internal::ExecutorList::remove(*this);
}

void Loop::run() {
  Driving driving(*this);
  running_ = true;
  while (!stop_requested_.load(std::memory_order_acquire)) turn(Deadline::never());
  shut_down_here();
  stop_requested_.store(false, std::memory_order_relaxed);
}

// Counted as a post is: once it is asked to stop, the loop may end and be destroyed at any moment.
void Loop::stop() noexcept {
  check_process();
  posting_.fetch_add(1, std::memory_order_relaxed);
  stop_requested_.store(true, std::memory_order_seq_cst);
  nudge();
  posting_.fetch_sub(1, std::memory_order_release);
}

bool Loop::poll() {
  Driving driving(*this);
  inbox_.woke();
  look(Deadline::at(TimePoint::min()));
  const bool has_run = has_ready();
  if (has_run) {
    turn(Deadline::at(TimePoint::min()));
    look(Deadline::at(TimePoint::min()));  // Hands over to the kernel what was submitted.
  }
  announce_sleep();
  return has_run;
}

// Between polls the loop sleeps in somebody else's hands: what comes now makes wake_fd() readable.
void Loop::announce_sleep() noexcept {
  if (!ready_.empty() || !expired_.empty() || !inbox_.prepare_sleep()) driver_->wake();
}

bool Loop::run_until(Deadline deadline) {
  Driving driving(*this);
  while (!deadline.passed(now())) {
    if (stop_requested_.exchange(false, std::memory_order_acquire)) return false;
    turn(deadline);
  }
  return true;
}

int Loop::wake_fd() noexcept {
  announce_sleep();
  return driver_->wake_fd();
}

Deadline Loop::next_deadline() noexcept {
  if (!ready_.empty() || !expired_.empty()) return Deadline::at(TimePoint::min());
  return timers_.earliest_to_wait_for();
}

// Once the job is pushed it may run, end everything, and have the loop destroyed, on its thread: the
// destructor waits for this count.
void Loop::post_from_anywhere(Job& job) noexcept {
  check_process();
  posting_.fetch_add(1, std::memory_order_relaxed);
  if (inbox_.push(job)) {
    if (may_spin_) woken_at_.store(std::chrono::steady_clock::now(), std::memory_order_relaxed);
    driver_->wake();
  }
  posting_.fetch_sub(1, std::memory_order_release);
}

// A turn's list is fixed when it begins: timers first, then what was ready. Timers, inbox, kernel and
// interruptions are all found by looks: between them a job costs one counter. A look in the middle of
// a turn adds to the next turn only: what has expired behind what earlier looks of this turn found,
// and in front of the rest.
template <bool kLooksEveryTurn>
inline void Loop::turn_here(Deadline until) {
  if (kLooksEveryTurn || ready_.empty()) look_before_turn(until);
  early_ = ready_.front_place();
  Job* job = ready_.pop_all();
  if (kLooksEveryTurn && order_ == TurnOrder::drawn) job = internal::shuffled(job, *driver_);
  while (job != nullptr) {
    Job* const next = job->next_job;  // The job may be gone, or queued again, once it has run.
    internal::run_job(*job);
    if (--until_look_ == 0) [[unlikely]]
      look_in_turn();
    job = next;
  }
}

void Loop::turn(Deadline until) {
  merge_expired();
  if (looks_every_turn_) return turn_here<true>(until);
  turn_here<false>(until);
}

void Loop::look_before_turn(Deadline until) {
  look(until);
  merge_expired();
}

void Loop::merge_expired() noexcept {
  if (!expired_.empty()) ready_.insert(ready_.front_place(), expired_);
}

void Loop::look_in_turn() {
  look(Deadline::at(TimePoint::min()));
  if (!expired_.empty()) early_ = ready_.insert(early_, expired_);
}

void Loop::drive(const bool& done, void (*interrupted)(void*), void* argument) {
  Driving driving(*this);
  on_interrupt_ = interrupted;
  interrupt_argument_ = argument;
  merge_expired();
  if (looks_every_turn_) {
    while (!done) turn_here<true>(Deadline::never());
  } else {
    while (!done) turn_here<false>(Deadline::never());
  }
  on_interrupt_ = nullptr;
}

// Looks at the clock and the kernel; waits until `until` at most, and only where nothing is ready.
void Loop::look(Deadline until) {
  check_process();
  jobs_run_ += kResumptionsBetweenLooks - until_look_;
  ++looks_;
  until_look_ = kResumptionsBetweenLooks;
  inbox_.take(ready_);
  if (!ready_.empty() || !wait(until)) {
    driver_->poll(Deadline::at(TimePoint::min()));
    inbox_.take(ready_);
    if (!timers_.has_none_to_expire()) {
      const TimePoint now = driver_->now();
      timers_.expire(now, expired_);
      note_lag(now);
    }
  }
  if (interrupted_.load(std::memory_order_relaxed)) [[unlikely]] {
    interrupted_.store(false, std::memory_order_seq_cst);
    if (on_interrupt_ != nullptr) on_interrupt_(interrupt_argument_);
  }
}

// Nothing is ready. False: something is now, or the loop is to stop; the kernel has not been asked.
bool Loop::wait(Deadline until) {
  const TimePoint since = driver_->now();
  timers_.expire(since, expired_);
  note_lag(since);
  if (!expired_.empty() || stop_requested_.load(std::memory_order_acquire) || spin(since, until)) return false;
  if (!inbox_.prepare_sleep()) return false;
  // Asked for after the announcement: a shared timer added in between must find us asleep.
  Deadline wait_until = timers_.earliest_to_wait_for();
  if (until < wait_until) wait_until = until;
  // Both are set before the nudge: either it saw us asleep, or we see them here.
  if (stop_requested_.load(std::memory_order_seq_cst) || interrupted_.load(std::memory_order_seq_cst))
    wait_until = Deadline::at(TimePoint::min());
  Hooks* const listener = current_hooks();
  if (listener != nullptr) listener->sleep_begins(*this);
  driver_->poll(wait_until);
  if (listener != nullptr) listener->sleep_ended(*this);
  inbox_.woke();
  const TimePoint awake = driver_->now();
  // How long until the job came, not until we were awake: that alone takes longer than a spin.
  spin_.record(inbox_.empty() ? Duration::max() : woken_at_.load(std::memory_order_relaxed) - since);
  inbox_.take(ready_);
  timers_.expire(awake, expired_);
  note_lag(awake);
  return true;
}

// Of the timer that has waited for longest; on a Pool's I/O loop they are posted on, and it does not know.
void Loop::note_lag(TimePoint now) noexcept {
  const Job* const first = expired_.first();
  if (first == nullptr) return;
  lag_last_ = now - static_cast<const Timer*>(first)->deadline();
  lag_max_ = std::max(lag_max_, lag_last_);
}

LoopStatus Loop::status() noexcept {
  LoopStatus status;
  status.timers = timers_.size();
  status.requests = driver_->in_flight();
  status.has_inbox = !inbox_.empty();
  status.jobs_run = looks_ == 0 ? 0 : jobs_run_;  // The first look counts from zero.
  status.looks = looks_;
  status.lag_last = lag_last_;
  status.lag_max = lag_max_;
  return status;
}

// Waking a loop that sleeps costs its waker a system call, and the loop 25 us. Where jobs of other
// threads have lately come soon, it pays to look out for them first. The kernel's events are waited
// for asleep: looking for them is a system call, too. True: a job has come.
bool Loop::spin(TimePoint since, Deadline until) noexcept {
  constexpr unsigned kRoundsBetweenClocks = 32;
  constexpr unsigned kRoundsMost = 8192;  // The clock of a driver of somebody's own may stand still.
  if (!spin_.is_worthwhile() || !may_spin_) return false;
  for (unsigned round = 1; round <= kRoundsMost; ++round) {
    internal::cpu_pause();
    if (!inbox_.empty()) {
      spin_.record(Duration::zero());
      return true;
    }
    if (round % kRoundsBetweenClocks != 0) continue;
    const TimePoint now = driver_->now();
    if (now - since > AdaptiveSpin::kMost || until.passed(now)) break;
  }
  return false;
}

void Loop::shut_down() {
  Driving driving(*this);
  shut_down_here();
}

bool Loop::has_ready() noexcept {
  inbox_.take(ready_);
  return !ready_.empty() || !expired_.empty();
}

void Loop::shut_down_here() {
  running_ = false;
  while (LoopGuest* guest = guests_.pop_front()) guest->leave_loop();
  cancel_all_owned(Reason::shutdown);
  Deadline report = Deadline::at(saturating_add(now(), shutdown_limit_));
  // To the last job: done callbacks are posted by what ends here.
  while (!owns_nothing() || driver_->in_flight() != 0 || has_ready()) {
    turn(report);
    if (report.passed(now()) && !owns_nothing()) {
      report_stuck();
      report = Deadline::at(saturating_add(now(), shutdown_limit_));
    }
  }
}

}  // namespace ringback

#include "ringback/exec/internal/workers.h"

#include <algorithm>

namespace ringback::internal {
namespace {

constexpr std::uint32_t kJobsBetweenLooks = 61;
constexpr unsigned kRoundsBetweenClocks = 16;

constinit thread_local Worker* here = nullptr;

TimePoint now() noexcept { return std::chrono::steady_clock::now(); }

// Of counters that one thread alone writes.
void add_one(std::atomic<std::uint64_t>& counter) noexcept {
  counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

}  // namespace

Workers::Workers(Executor& home, DrainSignal& signal, std::string name, std::size_t threads, std::size_t extra_max)
    : home_(home),
      signal_(signal),
      name_(std::move(name)),
      threads_(threads),
      slots_(threads + extra_max),
      cores_(std::max(1u, std::thread::hardware_concurrency())),
      workers_(std::make_unique<std::unique_ptr<Worker>[]>(slots_)) {}

Workers::~Workers() {
  stop_.store(true, std::memory_order_seq_cst);
  while (IdleSet::Member* member = idle_.take_parked(true)) wake(static_cast<Worker&>(*member));
  {
    std::lock_guard guard(crew_lock_);
    for (; dormant_ != nullptr; dormant_ = dormant_->next_dormant) {
      idle_.begin_search();
      wake(*dormant_);
    }
  }
  for (std::size_t i = 0; i < started_.load(std::memory_order_relaxed); ++i) workers_[i]->thread.join();
}

void Workers::start() {
  std::lock_guard guard(crew_lock_);
  while (started_.load(std::memory_order_relaxed) < threads_) start_one();
}

void Workers::start_one() {
  const std::size_t index = started_.load(std::memory_order_relaxed);
  workers_[index] = std::make_unique<Worker>(*this, index);
  Worker& worker = *workers_[index];
  idle_.begin_search();
  live_.fetch_add(1, std::memory_order_seq_cst);
  try {
    worker.thread = make_thread(
        name_ + "-" + std::to_string(index),
        [](void* self) {
          Worker& worker = *static_cast<Worker*>(self);
          worker.all.work(worker, true);
        },
        &worker);
  } catch (...) {
    live_.fetch_sub(1, std::memory_order_seq_cst);
    stop_searching();
    throw;
  }
  started_.store(index + 1, std::memory_order_release);
}

bool Workers::is_here() const noexcept { return here != nullptr && &here->all == this; }

bool Workers::post_from_inside(Job& job) noexcept {
  if (!is_here()) return false;
  while (!here->ring.push(job)) {
    Job* newest = nullptr;
    Job* oldest = nullptr;
    if (here->ring.take_half(newest, oldest)) injection_.push_chain(*newest, *oldest);
  }
  wake_if_needed();
  return true;
}

void Workers::post_from_outside(Job& job) noexcept {
  injection_.push(job);
  wake_if_needed();
}

void Workers::wake_if_needed() noexcept {
  if (!idle_.needs_wake()) [[likely]]
    return;
  if (IdleSet::Member* member = idle_.take_parked()) wake(static_cast<Worker&>(*member));
}

void Workers::wake(Worker& worker) noexcept {
  worker.woken_at = now();
  worker.parker.wake();
}

void Workers::work(Worker& self, bool searching) noexcept {
  here = &self;
  this_thread.executor = &home_;
  for (;;) {
    if (surplus_.load(std::memory_order_relaxed) != 0 && retire(self, searching)) searching = true;
    Job* job = searching ? nullptr : next(self);
    if (job == nullptr) job = search(self, searching);
    if (job == nullptr) return;
    searching = false;
    run_job(*job);
    add_one(self.jobs_run);
  }
}

// Without waiting. What comes from outside goes behind what is here: one producer's jobs keep their
// order on one worker. Only a ring without room lets them overtake, so that they are not starved.
Job* Workers::next(Worker& self) noexcept {
  if (++self.jobs_since_look >= kJobsBetweenLooks) {
    self.jobs_since_look = 0;
    if (injection_.move_into(self.ring, kJobsBetweenLooks / 2) != 0) {
      if (has_queued()) wake_if_needed();
    } else if (self.ring.size() == JobRing::kCapacity) {
      if (Job* job = injection_.take_into(self.ring)) return job;
    }
  }
  if (Job* job = self.ring.pop()) return job;
  Job* job = injection_.take_into(self.ring);
  if (job != nullptr && has_queued()) wake_if_needed();
  return job;
}

// Waits until there is a job; null where the workers are to end. The own ring is empty.
Job* Workers::search(Worker& self, bool searching) noexcept {
  home_.check_process();
  if (!searching) idle_.begin_search();
  const TimePoint since = now();
  TimePoint awake_since = since;
  bool has_slept = false;
  for (unsigned round = 0;; ++round) {
    Job* job = look_around(self);
    if (job == nullptr) job = spin(self, awake_since);
    if (job != nullptr || stop_.load(std::memory_order_seq_cst)) {
      stop_searching();
      if (!has_slept) self.spin.record(now() - since);
      return job;
    }
    if (sleep(self)) {
      if (!has_slept) self.spin.record(self.woken_at - since);
      has_slept = true;
      awake_since = now();
    } else {
      internal::spin_pause(round);
    }
    if (surplus_.load(std::memory_order_relaxed) != 0) retire(self, true);
  }
}

void Workers::stop_searching() noexcept {
  if (idle_.end_search() && has_queued()) wake_if_needed();
}

Job* Workers::look_around(Worker& self) noexcept {
  if (Job* job = injection_.take_into(self.ring)) return job;
  const std::size_t started = started_.load(std::memory_order_acquire);
  for (std::size_t i = 1; i < started; ++i) {
    Worker& victim = *workers_[(self.index + i) % started];
    if (Job* job = victim.ring.steal_into(self.ring)) {
      add_one(self.steals);
      return job;
    }
  }
  return nullptr;
}

// Until the wait that began at `since` has become a long one. Only searching workers come here.
Job* Workers::spin(Worker& self, TimePoint since) noexcept {
  if (!self.spin.is_worthwhile() || cores_ == 1) return nullptr;
  Job* job = nullptr;
  const std::uint32_t spinning = spinning_.fetch_add(1, std::memory_order_relaxed) + 1;
  for (unsigned round = 0; job == nullptr && (round % kRoundsBetweenClocks != 0 || may_spin(since, spinning));
       ++round) {
    cpu_pause();
    if (has_queued()) job = look_around(self);
  }
  spinning_.fetch_sub(1, std::memory_order_relaxed);
  return job;
}

// As the last of `spinning` workers: while cores are idle, and on half of them at most.
bool Workers::may_spin(TimePoint since, std::uint32_t spinning) const noexcept {
  const std::uint64_t state = idle_.state();
  const std::size_t waiting = IdleSet::parked(state) + IdleSet::searching(state);
  const std::size_t live = live_.load(std::memory_order_relaxed);
  const std::size_t running = live - std::min(live, waiting);
  return spinning <= cores_ / 2 && running + spinning <= cores_ && now() - since <= AdaptiveSpin::kMost &&
         !stop_.load(std::memory_order_relaxed);
}

// False: a job is there after all. The worker is searching when this returns.
bool Workers::sleep(Worker& self) noexcept {
  idle_.park(self);
  if ((has_queued() || stop_.load(std::memory_order_seq_cst)) && idle_.unpark(self)) return false;
  signal_.raise();
  add_one(self.parks);
  Hooks* const listener = current_hooks();
  if (listener != nullptr) listener->sleep_begins(home_);
  self.parker.wait();
  if (listener != nullptr) listener->sleep_ended(home_);
  return true;
}

// Threads: any.
bool Workers::has_queued() const noexcept {
  if (!injection_.empty()) return true;
  const std::size_t started = started_.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < started; ++i) {
    if (workers_[i]->ring.size() != 0) return true;
  }
  return false;
}

bool Workers::begin_blocking() noexcept {
  RINGBACK_CHECK(is_here(), "begin_blocking() was called outside the Pool's jobs");
  std::lock_guard guard(crew_lock_);
  if (surplus_.load(std::memory_order_relaxed) != 0) {
    surplus_.fetch_sub(1, std::memory_order_relaxed);
  } else if (dormant_ != nullptr) {
    Worker& worker = *dormant_;
    dormant_ = worker.next_dormant;
    live_.fetch_add(1, std::memory_order_seq_cst);
    idle_.begin_search();
    wake(worker);
  } else if (started_.load(std::memory_order_relaxed) < slots_) {
    try {
      start_one();
    } catch (...) {
      return false;
    }
  } else {
    return false;
  }
  blocked_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

void Workers::end_blocking() noexcept {
  std::lock_guard guard(crew_lock_);
  blocked_.fetch_sub(1, std::memory_order_relaxed);
  surplus_.fetch_add(1, std::memory_order_relaxed);
}

// Sleeps as one too many until it is needed again; it is searching then. False: it was not needed to.
bool Workers::retire(Worker& self, bool searching) noexcept {
  {
    std::lock_guard guard(crew_lock_);
    if (surplus_.load(std::memory_order_relaxed) == 0 || stop_.load(std::memory_order_seq_cst)) return false;
    surplus_.fetch_sub(1, std::memory_order_relaxed);
    flush(self);
    self.next_dormant = dormant_;
    dormant_ = &self;
    live_.fetch_sub(1, std::memory_order_seq_cst);
  }
  if (searching) stop_searching();
  if (has_queued()) wake_if_needed();
  signal_.raise();
  self.parker.wait();
  return true;
}

// Leaves the own ring to the others.
void Workers::flush(Worker& self) noexcept {
  while (Job* job = self.ring.pop()) injection_.push(*job);
}

std::optional<std::uint64_t> Workers::quiet_version() const noexcept {
  const std::uint64_t state = idle_.state();
  const bool all_parked =
      IdleSet::searching(state) == 0 && IdleSet::parked(state) == live_.load(std::memory_order_seq_cst);
  if (!all_parked || has_queued()) return std::nullopt;
  return state;
}

void Workers::add_to(PoolStats& stats) const noexcept {
  const std::size_t started = started_.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < started; ++i) {
    stats.jobs_run += workers_[i]->jobs_run.load(std::memory_order_relaxed);
    stats.steals += workers_[i]->steals.load(std::memory_order_relaxed);
    stats.parks += workers_[i]->parks.load(std::memory_order_relaxed);
  }
  stats.threads_blocked = blocked_.load(std::memory_order_relaxed);
}

}  // namespace ringback::internal

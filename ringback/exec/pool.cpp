#include "ringback/exec/pool.h"

#include <algorithm>
#include <optional>

#include "ringback/exec/executor_list.h"
#include "ringback/exec/internal/admission_line.h"
#include "ringback/exec/internal/drain_signal.h"
#include "ringback/exec/internal/pump.h"
#include "ringback/exec/internal/workers.h"

namespace ringback {

using namespace runtime;

namespace {

LoopOptions loop_options(PoolOptions& options) {
  return {.driver = std::move(options.driver),
          .driver_kind = options.driver_kind,
          .driver_options = options.driver_options,
          .shutdown_limit = options.shutdown_limit};
}

std::size_t at_least_one(std::size_t threads) { return std::max<std::size_t>(threads, 1); }

}  // namespace

Pool::Pool(PoolOptions options) : Pool(std::move(options), options.driver != nullptr) {}

// The home is given to the I/O loop before it is an Executor; the loop calls it from start() on.
Pool::Pool(PoolOptions&& options, bool is_single)
    : PoolIo{{loop_options(options), static_cast<Executor&>(*this)}},
      Executor(true, nullptr, &io_thread, &io_thread.timers()),
      threads_(is_single ? 1 : at_least_one(options.threads)),
      queue_max_(options.queue_max),
      shutdown_limit_(options.shutdown_limit),
      stuck_(options.stuck),
      signal_(std::make_unique<internal::DrainSignal>()),
      line_(std::make_unique<internal::AdmissionLine>()),
      random_state_(io_thread.random()) {
  if (is_single) {
    pump_ = std::make_unique<internal::Pump>(io_thread, *this, *signal_, options.order);
    io_thread.start(options.name + "-0");
    internal::ExecutorList::add(*this);
    return;
  }
  workers_ = std::make_unique<internal::Workers>(*this, *signal_, options.name, threads_, options.blocking_threads_max);
  workers_->start();
  io_thread.start(options.name + "-io");
  internal::ExecutorList::add(*this);
}

Pool::~Pool() {
  RINGBACK_CHECK(!is_own_thread(), "a Pool was destroyed by one of its own jobs: it would wait for itself");
  shutdown();
  io_thread.end();
  drain();  // What the kernel's last results posted.
  internal::ExecutorList::remove(*this);
  // Whoever posted the last job may still be on its way out of post().
  for (unsigned round = 0; posting_.load(std::memory_order_acquire) != 0; ++round) internal::spin_pause(round);
}

void Pool::shutdown(Shutdown how) {
  check_process();
  if (how.wait && is_own_thread()) {
    throw Error(ErrorKind::would_deadlock, "shutdown",
                "a job of the Pool cannot wait for the Pool's end; use {.wait = false}");
  }
  queued_.fetch_or(kClosed, std::memory_order_seq_cst);
  refuse_line();
  // Here and now: every worker may be busy, and what is queued would begin before a job that cancels it.
  if (how.cancel_queued) cancel_owned_not_begun(Reason::shutdown);
  if (how.wait) drain();
}

void Pool::drain() {
  using Clock = std::chrono::steady_clock;
  signal_->watch();
  Clock::time_point report = saturating_add(Clock::now(), shutdown_limit_);
  while (!is_quiet()) {
    if (signal_->wait(report - Clock::now())) continue;
    if (!owns_nothing()) report_stuck_work(stuck_);
    report = saturating_add(Clock::now(), shutdown_limit_);
  }
}

// No job runs between two looks that give the same version, so what is seen in between holds at once.
bool Pool::is_quiet() noexcept {
  const std::optional<std::uint64_t> before = quiet_version();
  return before.has_value() && (queued_.load(std::memory_order_seq_cst) & kCount) == 0 && owns_nothing() &&
         quiet_version() == before;
}

std::optional<std::uint64_t> Pool::quiet_version() const noexcept {
  return pump_ != nullptr ? pump_->quiet_version() : workers_->quiet_version();
}

bool Pool::is_resting() const noexcept { return quiet_version().has_value(); }

bool Pool::is_own_thread() const noexcept { return pump_ != nullptr ? pump_->is_here() : workers_->is_here(); }

void Pool::post_from_anywhere(Job& job) noexcept {
  check_process();
  if (workers_ != nullptr && workers_->post_from_inside(job)) return;
  posting_.fetch_add(1, std::memory_order_relaxed);
  if (pump_ != nullptr) {
    pump_->post(job);
  } else {
    workers_->post_from_outside(job);
  }
  posting_.fetch_sub(1, std::memory_order_release);
}

Pool::Counted Pool::count_new(std::uint64_t refusing) noexcept {
  check_process();
  std::uint64_t queued = queued_.load(std::memory_order_relaxed);
  do {
    if ((queued & refusing & kClosed) != 0) return Counted::closed;
    if ((queued & refusing & kHasLine) != 0 || (queued & kCount) >= queue_max_) return Counted::full;
  } while (!queued_.compare_exchange_weak(queued, queued + 1, std::memory_order_seq_cst, std::memory_order_relaxed));
  return Counted::yes;
}

bool Pool::admit_new(std::optional<Error>& why) {
  switch (count_new(is_own_thread() ? kHasLine : kHasLine | kClosed)) {
    case Counted::yes: return true;
    case Counted::closed:
      why.emplace(ErrorKind::shut_down, "post to Pool", "the Pool has been shut down and accepts no new work");
      return false;
    case Counted::full:
      why.emplace(ErrorKind::overloaded, "post to Pool",
                  "the Pool's queue is full: " + std::to_string(queue_max_) + " have not begun");
  }
  return false;
}

// Own threads: a worker that has begun it parks later, and raises the signal then. Others are counted,
// since with the last work gone the Pool may be destroyed by whoever sees it.
void Pool::new_work_left() noexcept {
  const bool is_outside = !is_own_thread();
  if (is_outside) posting_.fetch_add(1, std::memory_order_relaxed);
  const std::uint64_t before = queued_.fetch_sub(1, std::memory_order_seq_cst);
  if ((before & kHasLine) != 0) [[unlikely]]
    serve_line();
  if (!is_outside) return;
  signal_->raise();
  posting_.fetch_sub(1, std::memory_order_release);
}

void Pool::on_owned_empty() noexcept { signal_->raise(); }

bool Pool::begin_blocking() noexcept { return workers_ != nullptr && workers_->begin_blocking(); }
void Pool::end_blocking() noexcept { workers_->end_blocking(); }

// splitmix64 over a counter: every caller gets a number of its own, whatever the interleaving.
std::uint64_t Pool::random() noexcept {
  std::uint64_t x = random_state_.fetch_add(0x9e3779b97f4a7c15u, std::memory_order_relaxed);
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

PoolStats Pool::stats() noexcept {
  PoolStats stats;
  if (pump_ != nullptr) {
    stats.jobs_run = pump_->jobs_run();
  } else {
    workers_->add_to(stats);
  }
  stats.queued_new = queued_.load(std::memory_order_relaxed) & kCount;
  return stats;
}

}  // namespace ringback

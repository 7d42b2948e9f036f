#include "ringback/exec/internal/pump.h"

#include "ringback/exec/internal/turn_order.h"

namespace ringback::internal {

constinit thread_local Pump* Pump::is_here_of = nullptr;

void Pump::post(Job& job) noexcept {
  bool was_posted = false;
  {
    std::lock_guard guard(lock_);
    queue_.push(job);
    was_posted = std::exchange(is_posted_, true);
  }
  if (!was_posted) loop_.post(*this);
}

// One batch: what is posted meanwhile comes after the loop has looked at timers and kernel.
void Pump::run() noexcept {
  lock_.lock();
  Job* job = queue_.pop_all();
  lock_.unlock();
  if (order_ == TurnOrder::drawn) job = shuffled(job, loop_.driver());
  Executor* const loop = std::exchange(this_thread.executor, &home_);
  is_here_of = this;
  std::uint64_t jobs = 0;
  while (job != nullptr) {
    Job* const next = job->next_job;  // The job may be gone, or queued again, once it has run.
    run_job(*job);
    ++jobs;
    job = next;
  }
  is_here_of = nullptr;
  this_thread.executor = loop;
  {
    std::lock_guard guard(lock_);
    jobs_run_ += jobs;
    is_posted_ = !queue_.empty();
    if (is_posted_) loop_.post(*this);
  }
  signal_.raise();
}

std::optional<std::uint64_t> Pump::quiet_version() noexcept {
  std::lock_guard guard(lock_);
  if (is_posted_) return std::nullopt;
  return jobs_run_;
}

std::uint64_t Pump::jobs_run() noexcept {
  std::lock_guard guard(lock_);
  return jobs_run_;
}

}  // namespace ringback::internal

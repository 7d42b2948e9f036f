#include "ringback/exec/internal/pump.h"

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
  JobQueue batch;
  lock_.lock();
  batch.append(queue_);
  lock_.unlock();
  Executor* const loop = std::exchange(this_thread.executor, &home_);
  is_here_of = this;
  std::uint64_t jobs = 0;
  while (Job* job = batch.pop()) {
    run_job(*job);
    ++jobs;
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

#include "ringback/exec/internal/workers.h"

namespace ringback::internal {
namespace {
constinit thread_local const Workers* here = nullptr;
}

Workers::Workers(Executor& home, DrainSignal& signal, std::string name, std::size_t threads, std::size_t)
    : home_(home), signal_(signal), name_(std::move(name)), count_(threads) {}

Workers::~Workers() {
  {
    std::lock_guard guard(lock_);
    stop_ = true;
  }
  posted_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Workers::start() {
  for (std::size_t i = 0; i < count_; ++i) {
    threads_.push_back(make_thread(
        name_ + "-" + std::to_string(i), [](void* self) { static_cast<Workers*>(self)->work(); }, this));
  }
}

bool Workers::post_from_inside(Job&) noexcept { return false; }

void Workers::post_from_outside(Job& job) noexcept {
  std::lock_guard guard(lock_);
  queue_.push(job);
  posted_.notify_one();
}

bool Workers::is_here() const noexcept { return here == this; }
bool Workers::begin_blocking() noexcept { return false; }
void Workers::end_blocking() noexcept {}

void Workers::work() noexcept {
  here = this;
  this_thread.executor = &home_;
  std::unique_lock guard(lock_);
  for (;;) {
    while (Job* job = queue_.pop()) {
      ++jobs_run_;
      guard.unlock();
      run_job(*job);
      guard.lock();
    }
    if (stop_) return;
    ++idle_;
    guard.unlock();
    signal_.raise();
    guard.lock();
    posted_.wait(guard, [this] { return stop_ || !queue_.empty(); });
    --idle_;
  }
}

std::optional<std::uint64_t> Workers::quiet_version() noexcept {
  std::lock_guard guard(lock_);
  if (idle_ != count_ || !queue_.empty()) return std::nullopt;
  return jobs_run_;
}

void Workers::add_to(PoolStats& stats) noexcept {
  std::lock_guard guard(lock_);
  stats.jobs_run += jobs_run_;
}

}  // namespace ringback::internal

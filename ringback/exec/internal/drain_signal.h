// How whoever shuts a pool down hears that something it waits for may have come true.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "ringback/base/time.h"

namespace ringback::internal {

// Protocol: the watcher calls watch(), then looks at its conditions, then wait()s, again and again.
// Others change a condition, then raise(). is_watched_ and the conditions are accessed sequentially
// consistently, so either raise() sees the watcher or the watcher's look sees the change.
// raised_ is guarded by lock_, so a raise between look and wait is kept. The watcher holds lock_ over
// no call, so raise() may be called under any other lock.
class DrainSignal {
 public:
  void watch() noexcept { is_watched_.store(true, std::memory_order_seq_cst); }

  // Threads: any. Free of cost until somebody watches.
  void raise() noexcept {
    if (!is_watched_.load(std::memory_order_seq_cst)) return;
    std::lock_guard guard(lock_);
    raised_ = true;
    changed_.notify_all();
  }

  // False: `limit` passed first.
  bool wait(Duration limit) {
    std::unique_lock guard(lock_);
    const bool raised = changed_.wait_for(guard, limit, [this] { return raised_; });
    raised_ = false;
    return raised;
  }

 private:
  std::atomic<bool> is_watched_{false};
  std::mutex lock_;
  std::condition_variable changed_;
  bool raised_ = false;
};

}  // namespace ringback::internal

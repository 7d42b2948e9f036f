// The one lock of the library's own, and a pause for spinning.
#pragma once

#include <atomic>
#include <thread>

#include "ringback/base/runtime.h"

namespace ringback {

namespace internal {

#if defined(__x86_64__)
inline void cpu_pause() noexcept { __builtin_ia32_pause(); }
#else
inline void cpu_pause() noexcept { std::atomic_signal_fence(std::memory_order_seq_cst); }
#endif

// One breath in a spin: `round` counts from 0 and tells how long it has been going.
inline void spin_pause(unsigned round) noexcept {
  if (round < 64) {
    cpu_pause();
  } else {
    std::this_thread::yield();  // The holder may have lost its core.
  }
}

}  // namespace internal

namespace runtime {

// A lock for a few instructions, held across no call that blocks. One word; not fair.
class SpinLock {
 public:
  void lock() noexcept {
    // While it is held it is only read: so its line is not taken from the holder over and over.
    for (unsigned round = 0; held_.exchange(true, std::memory_order_acquire);) {
      do {
        internal::spin_pause(round++);
      } while (held_.load(std::memory_order_relaxed));
    }
  }
  bool try_lock() noexcept { return !held_.exchange(true, std::memory_order_acquire); }
  void unlock() noexcept { held_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> held_{false};
};

}  // namespace runtime

}  // namespace ringback

// The policy under which concurrent cores are written, so that a checker can drive the shipped code.
//
// A concurrent core is a template over `Atomics`; the library instantiates it with StdAtomics,
// the interleaving checker with one that stops at every access and tries each order.
#pragma once

#include <atomic>
#include <thread>

namespace ringback {

namespace internal {
#if defined(__x86_64__)
inline void cpu_pause() noexcept { __builtin_ia32_pause(); }
#else
inline void cpu_pause() noexcept { std::atomic_signal_fence(std::memory_order_seq_cst); }
#endif
}  // namespace internal

struct StdAtomics {
  template <typename T>
  using Atomic = std::atomic<T>;

  static void fence(std::memory_order order) noexcept { std::atomic_thread_fence(order); }

  // One breath in a spin: `round` counts from 0 and tells how long it has been going.
  static void pause(unsigned round) noexcept {
    if (round < 64) {
      internal::cpu_pause();
    } else {
      std::this_thread::yield();  // The holder may have lost its core.
    }
  }
};

// A lock for a few instructions, held across no call that blocks. One word; fair to nobody.
template <typename Atomics = StdAtomics>
class BasicSpinLock {
 public:
  void lock() noexcept {
    // While it is held it is only read: so its line is not taken from the holder over and over.
    for (unsigned round = 0; held_.exchange(true, std::memory_order_acquire);) {
      do {
        Atomics::pause(round++);
      } while (held_.load(std::memory_order_relaxed));
    }
  }
  bool try_lock() noexcept { return !held_.exchange(true, std::memory_order_acquire); }
  void unlock() noexcept { held_.store(false, std::memory_order_release); }

 private:
  typename Atomics::template Atomic<bool> held_{false};
};

using SpinLock = BasicSpinLock<>;

}  // namespace ringback

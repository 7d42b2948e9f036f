// A thread's bed: it sleeps until it is woken, and a wake that comes first is kept.
#pragma once

#include <atomic>
#include <cstdint>

namespace ringback::internal {

// Threads: wait() by one thread; wake() by one other thread for each wait().
class Parker {
 public:
  void wait() noexcept {
    while (word_.load(std::memory_order_acquire) == kEmpty) sleep();
    word_.store(kEmpty, std::memory_order_relaxed);
  }

  // The sleeper may be gone as soon as the word is set: the kernel is only told its address.
  void wake() noexcept {
    word_.store(kWoken, std::memory_order_release);
    rouse();
  }

 private:
  static constexpr std::uint32_t kEmpty = 0;
  static constexpr std::uint32_t kWoken = 1;

  void sleep() noexcept;  // until the word is no longer empty, or for no reason
  void rouse() noexcept;

  std::atomic<std::uint32_t> word_{kEmpty};
};

}  // namespace ringback::internal

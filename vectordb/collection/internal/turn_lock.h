// A lock that is handed on first come, first served.
//
// With std::mutex a thread that unlocks and locks again, as a long write does between its slices, gets it
// before those who wait, over and over. Threads: any. Cost: two atomic additions where nobody waits.
#pragma once

#include <atomic>
#include <cstdint>

namespace vectordb::internal {

class TurnLock {
 public:
  void lock() noexcept {
    const std::uint32_t mine = next_.fetch_add(1, std::memory_order_relaxed);
    // Acquire: what the holder before wrote is seen. It sleeps in the kernel until the number changes.
    for (std::uint32_t now = serving_.load(std::memory_order_acquire); now != mine;
         now = serving_.load(std::memory_order_acquire)) {
      serving_.wait(now, std::memory_order_acquire);
    }
  }
  void unlock() noexcept {
    serving_.fetch_add(1, std::memory_order_release);
    serving_.notify_all();
  }

 private:
  std::atomic<std::uint32_t> next_{0};     // taken by whoever wants the lock
  std::atomic<std::uint32_t> serving_{0};  // moved on by whoever holds it
};

}  // namespace vectordb::internal

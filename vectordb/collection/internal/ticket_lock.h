// A ticket lock: threads get it in the order in which they asked for it.
//
// A long write unlocks and locks again between its slices. With std::mutex it would get the lock before the
// threads that wait for it, again and again. Threads: any. Cost: two atomic additions without contention.
#pragma once

#include <atomic>
#include <cstdint>

namespace vectordb::internal {

class TicketLock {
 public:
  void lock() noexcept {
    const std::uint32_t mine = next_.fetch_add(1, std::memory_order_relaxed);
    // Acquire: this thread sees what the previous holder wrote. It sleeps in the kernel until the number changes.
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
  std::atomic<std::uint32_t> next_{0};     // the next ticket: lock() takes one
  std::atomic<std::uint32_t> serving_{0};  // the ticket that holds the lock: unlock() moves it on
};

}  // namespace vectordb::internal

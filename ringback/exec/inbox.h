// Jobs that other threads hand to a sleeping or running loop.
//
// Protocol. `top_` is a stack of jobs, newest first; any thread pushes by compare-exchange, only the
// owner takes, and takes everything, so no pop can meet a push (no ABA). `asleep_` is written true by
// the owner alone, before its last look at `top_`, and false by the thread that will wake it. Both sides
// are sequentially consistent around that pair: either the pusher sees asleep_, or the owner's last
// look sees the job. Because the exchange gives true to one pusher only, a batch costs one wake-up.
#pragma once

#include <atomic>

#include "ringback/base/atomic.h"
#include "ringback/exec/job.h"

namespace ringback::runtime {

class Inbox {
 public:
  // Threads: any. True: the owner sleeps and the caller must wake it.
  bool push(Job& job) noexcept {
    Job* top = top_.load(std::memory_order_relaxed);
    do {
      job.next_job = top;
    } while (!top_.compare_exchange_weak(top, &job, std::memory_order_seq_cst, std::memory_order_relaxed));
    return must_wake();
  }

  // Threads: any. For news that is no job: true where the caller must wake the owner.
  bool must_wake() noexcept {
    return asleep_.load(std::memory_order_seq_cst) && asleep_.exchange(false, std::memory_order_seq_cst);
  }

  // Owner: a look, without taking.
  bool empty() const noexcept { return top_.load(std::memory_order_relaxed) == nullptr; }

  // Owner: appends what has come, oldest first, to `into`.
  void take(JobQueue& into) noexcept {
    if (top_.load(std::memory_order_relaxed) != nullptr) [[unlikely]]
      take_all(into);
  }
  [[gnu::noinline]] void take_all(JobQueue& into) noexcept {
    Job* newest = top_.exchange(nullptr, std::memory_order_acquire);
    Job* oldest = nullptr;
    while (newest != nullptr) {
      Job* older = newest->next_job;
      newest->next_job = oldest;
      oldest = newest;
      newest = older;
    }
    while (oldest != nullptr) {
      Job* job = oldest;
      oldest = oldest->next_job;
      into.push(*job);
    }
  }

  // Owner: announces that it is about to sleep. False: something has come, do not sleep.
  bool prepare_sleep() noexcept {
    asleep_.store(true, std::memory_order_seq_cst);
    if (top_.load(std::memory_order_seq_cst) == nullptr) return true;
    woke();
    return false;
  }

  // Owner: after a sleep, however it ended.
  void woke() noexcept { asleep_.store(false, std::memory_order_relaxed); }

 private:
  std::atomic<Job*> top_{nullptr};
  std::atomic<bool> asleep_{false};
};

}  // namespace ringback::runtime

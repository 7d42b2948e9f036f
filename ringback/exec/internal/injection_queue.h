// Jobs on their way into a pool: from outside threads, and what a worker's own ring cannot hold.
//
// Protocol. `incoming_` is a stack, newest first: anybody pushes by compare-exchange, and it is only ever
// taken whole, so no pop can meet a push (no ABA). Workers take from `ordered_`, oldest first,
// under lock_; the one that finds it empty takes the stack and turns it round. Everything in
// ordered_ is older than everything in incoming_, so jobs of one producer stay in order.
//   ordered_, ordered_count_   guarded by lock_
//   has_ordered_               written under lock_, set before the stack is taken: at every moment a
//                              job that is here is seen in incoming_ or announced by has_ordered_
// incoming_ and has_ordered_ are sequentially consistent, for the handshake with sleepers (idle_set.h).
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>

#include "ringback/base/atomic.h"
#include "ringback/exec/internal/job_ring.h"
#include "ringback/exec/job.h"

namespace ringback::internal {

class InjectionQueue {
 public:
  // Threads: any.
  void push(Job& job) noexcept { push_chain(job, job); }

  // A chain of next_job from the newest to the oldest.
  void push_chain(Job& newest, Job& oldest) noexcept {
    Job* top = incoming_.load(std::memory_order_relaxed);
    do {
      oldest.next_job = top;
    } while (!incoming_.compare_exchange_weak(top, &newest, std::memory_order_seq_cst, std::memory_order_relaxed));
  }

  // Moves up to half of what is here to `own`, the caller's ring, and gives the oldest for running
  // now. Null where there is nothing, or another worker is here.
  Job* take_into(JobRing& own) noexcept {
    if (!try_enter()) return nullptr;
    Job* oldest = ordered_.pop();
    if (oldest != nullptr) {
      const std::size_t share = std::min(kShareMost, ordered_count_ - ordered_count_ / 2);
      ordered_count_ -= 1 + own.push_some(ordered_, share - 1);
    }
    leave();
    return oldest;
  }

  // The same behind what is in `own`, at most `most`; gives how many.
  std::size_t move_into(JobRing& own, std::size_t most) noexcept {
    if (!try_enter()) return 0;
    const std::size_t moved = own.push_some(ordered_, std::min(most, ordered_count_ - ordered_count_ / 2));
    ordered_count_ -= moved;
    leave();
    return moved;
  }

  // Threads: any.
  bool empty() const noexcept {
    return incoming_.load(std::memory_order_seq_cst) == nullptr && !has_ordered_.load(std::memory_order_seq_cst);
  }

 private:
  static constexpr std::size_t kShareMost = 64;

  bool try_enter() noexcept {
    if (empty() || !lock_.try_lock()) return false;
    if (ordered_.empty()) turn_round();
    return true;
  }
  void leave() noexcept {
    has_ordered_.store(!ordered_.empty(), std::memory_order_seq_cst);
    lock_.unlock();
  }

  void turn_round() noexcept {
    has_ordered_.store(true, std::memory_order_seq_cst);
    Job* newest = incoming_.exchange(nullptr, std::memory_order_seq_cst);
    Job* oldest = nullptr;
    while (newest != nullptr) {
      Job* const older = newest->next_job;
      newest->next_job = oldest;
      oldest = newest;
      newest = older;
    }
    while (oldest != nullptr) {
      Job& job = *oldest;
      oldest = oldest->next_job;
      ordered_.push(job);
      ++ordered_count_;
    }
  }

  alignas(64) std::atomic<Job*> incoming_{nullptr};
  alignas(64) std::atomic<bool> has_ordered_{false};
  SpinLock lock_;
  JobQueue ordered_;
  std::size_t ordered_count_ = 0;
};

}  // namespace ringback::internal

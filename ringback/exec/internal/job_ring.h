// A worker's own jobs, first in, first out; other workers take half of them when they have none.
//
// Protocol. `tail_` counts the jobs ever pushed, `head_` those ever taken; slot i % kCapacity holds job i.
// The counts never wrap (64 bits) and never fall, so head_ <= tail_ <= head_ + kCapacity.
//   slots_, tail_   written by the owner alone
//   head_           moved forward by whoever takes, the owner too, by compare-exchange
// A taker reads head_, then tail_, then the slots from head_ on, and then claims them all by moving
// head_. What it read is what it claims: the owner writes a slot of theirs again only after it
// has seen head_ beyond it, and then the compare-exchange fails. Orderings:
//   tail_: release to acquire, so that a taker sees the slots (and the jobs) below it;
//          sequentially consistent in pushes, for the handshake with sleepers (idle_set.h)
//   head_: release to acquire, so that the owner writes a slot after the taker has read it
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "ringback/base/atomic.h"
#include "ringback/exec/job.h"

namespace ringback::internal {

class JobRing {
 public:
  static constexpr std::uint64_t kCapacity = 256;

  // Owner. False: full.
  bool push(Job& job) noexcept {
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_.load(std::memory_order_acquire) == kCapacity) return false;
    slots_[tail % kCapacity].store(&job, std::memory_order_relaxed);
    tail_.store(tail + 1, std::memory_order_seq_cst);
    return true;
  }

  // Owner. Moves up to `most` jobs of `from` here and gives how many.
  std::size_t push_some(JobQueue& from, std::size_t most) noexcept {
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    const std::uint64_t room = kCapacity - (tail - head_.load(std::memory_order_acquire));
    std::uint64_t pushed = 0;
    for (; pushed < room && pushed < most && !from.empty(); ++pushed) {
      slots_[(tail + pushed) % kCapacity].store(from.pop(), std::memory_order_relaxed);
    }
    if (pushed != 0) tail_.store(tail + pushed, std::memory_order_seq_cst);
    return pushed;
  }

  // Owner. The oldest job; null where there is none.
  Job* pop() noexcept {
    std::uint64_t head = head_.load(std::memory_order_relaxed);
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    while (head != tail) {
      Job* job = slots_[head % kCapacity].load(std::memory_order_relaxed);
      if (head_.compare_exchange_weak(head, head + 1, std::memory_order_relaxed)) return job;
    }
    return nullptr;
  }

  // Owner of a full ring. Takes the older half out, as a chain of next_job from `newest` to `oldest`.
  // False: others have made room in the meantime.
  bool take_half(Job*& newest, Job*& oldest) noexcept {
    constexpr std::uint64_t kHalf = kCapacity / 2;
    std::uint64_t head = head_.load(std::memory_order_relaxed);
    if (tail_.load(std::memory_order_relaxed) - head != kCapacity) return false;
    // Only the owner writes slots, so they may be read after the claim.
    if (!head_.compare_exchange_strong(head, head + kHalf, std::memory_order_relaxed)) return false;
    newest = nullptr;
    oldest = slots_[head % kCapacity].load(std::memory_order_relaxed);
    for (std::uint64_t i = head; i != head + kHalf; ++i) {
      Job* job = slots_[i % kCapacity].load(std::memory_order_relaxed);
      job->next_job = newest;
      newest = job;
    }
    return true;
  }

  // Thief: moves half of this ring, rounded up, to `own`, which is the caller's and empty; the oldest
  // is given for running now. Null where there is nothing to take.
  Job* steal_into(JobRing& own) noexcept {
    const std::uint64_t own_tail = own.tail_.load(std::memory_order_relaxed);
    std::uint64_t head = head_.load(std::memory_order_acquire);
    for (;;) {
      const std::uint64_t available = tail_.load(std::memory_order_acquire) - head;
      if (available == 0) return nullptr;
      if (available > kCapacity) {  // head is out of date
        head = head_.load(std::memory_order_acquire);
        continue;
      }
      const std::uint64_t taken = available - available / 2;
      Job* oldest = slots_[head % kCapacity].load(std::memory_order_relaxed);
      for (std::uint64_t i = 1; i < taken; ++i) {
        Job* job = slots_[(head + i) % kCapacity].load(std::memory_order_relaxed);
        own.slots_[(own_tail + i - 1) % kCapacity].store(job, std::memory_order_relaxed);
      }
      if (head_.compare_exchange_weak(head, head + taken, std::memory_order_acq_rel, std::memory_order_acquire)) {
        own.tail_.store(own_tail + taken - 1, std::memory_order_release);
        return oldest;
      }
    }
  }

  // Threads: any. Jobs at this moment; exact for the owner while nobody steals.
  std::uint64_t size() const noexcept {
    const std::uint64_t head = head_.load(std::memory_order_seq_cst);
    return tail_.load(std::memory_order_seq_cst) - head;
  }

 private:
  alignas(64) std::atomic<std::uint64_t> head_{0};
  alignas(64) std::atomic<std::uint64_t> tail_{0};
  std::atomic<Job*> slots_[kCapacity] = {};
};

}  // namespace ringback::internal

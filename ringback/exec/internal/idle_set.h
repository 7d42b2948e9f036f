// Which workers of a pool sleep, which search for work, and whom to wake when work arrives.
//
// A worker runs, searches (looks into the others' queues, spins) or is parked. One word counts the
// latter two. The promise: while a job is queued and a worker is parked, somebody is searching,
// or somebody is about to wake one; so no job waits beside a sleeper, and a burst of jobs wakes one
// worker at a time, each waking the next only when it sees more work.
//
// Protocol, in which queues and state_ are sequentially consistent:
//   who puts a job in    queues it, then reads state_: nobody searches and somebody is parked -> wake()
//   who parks            counts itself parked (and no longer searching), then looks at all queues
//                        once more: a job is there -> unpark()
//   who found a job      stops searching; if it was the last to search, it looks at all queues once
//                        more: a job is there -> wake()
// Either the first sees the sleeper, or the sleeper's look sees the job; or the first relies on a
// searcher, whose own look comes after its leaving, and sees the job.
//
// Fields: parked_ (a stack, the last to park on top) and Member::next_parked are guarded by lock_.
// state_: the count of searchers changes anywhere; the count of sleepers under lock_, together with
// the stack. A woken worker is counted as searching by its waker, so one wake is enough.
// The upper half of state_ counts wake-ups: two equal readings with everybody parked say that nobody
// ran in between.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "ringback/base/atomic.h"

namespace ringback::internal {

class IdleSet {
 public:
  // What a worker derives from.
  class Member {
   private:
    friend class IdleSet;
    Member* next_parked = nullptr;
  };

  void begin_search() noexcept { state_.fetch_add(kSearching, std::memory_order_seq_cst); }

  // True: it was the last, and the caller must look at the queues again.
  bool end_search() noexcept { return searching(state_.fetch_sub(kSearching, std::memory_order_seq_cst)) == 1; }

  // A searching member; it must look at the queues before it sleeps.
  void park(Member& member) noexcept {
    std::lock_guard guard(lock_);
    member.next_parked = parked_;
    parked_ = &member;
    state_.fetch_add(kParked - kSearching, std::memory_order_seq_cst);
  }

  // Takes `member` back before it sleeps; it is searching then. False: it is being woken, and sleeps.
  bool unpark(Member& member) noexcept {
    std::lock_guard guard(lock_);
    for (Member** at = &parked_; *at != nullptr; at = &(*at)->next_parked) {
      if (*at != &member) continue;
      *at = member.next_parked;
      count_woken();
      return true;
    }
    return false;
  }

  // One is parked and nobody searches. Read after a job was queued.
  bool needs_wake() const noexcept {
    const std::uint64_t state = state_.load(std::memory_order_seq_cst);
    return parked(state) != 0 && searching(state) == 0;
  }

  // The worker to wake, which is counted as searching; null where none needs to be woken after all,
  // or, for `whoever`, where none is parked.
  Member* take_parked(bool whoever = false) noexcept {
    std::lock_guard guard(lock_);
    if (!whoever && !needs_wake()) return nullptr;
    Member* member = parked_;
    if (member == nullptr) return nullptr;
    parked_ = member->next_parked;
    count_woken();
    return member;
  }

  std::uint64_t state() const noexcept { return state_.load(std::memory_order_seq_cst); }
  static std::uint32_t searching(std::uint64_t state) noexcept { return static_cast<std::uint16_t>(state); }
  static std::uint32_t parked(std::uint64_t state) noexcept { return static_cast<std::uint16_t>(state >> 16); }

 private:
  static constexpr std::uint64_t kSearching = 1;
  static constexpr std::uint64_t kParked = std::uint64_t{1} << 16;
  static constexpr std::uint64_t kWakeUp = std::uint64_t{1} << 32;

  void count_woken() noexcept { state_.fetch_add(kWakeUp - kParked + kSearching, std::memory_order_seq_cst); }

  alignas(64) std::atomic<std::uint64_t> state_{0};
  alignas(64) SpinLock lock_;
  Member* parked_ = nullptr;
};

}  // namespace ringback::internal

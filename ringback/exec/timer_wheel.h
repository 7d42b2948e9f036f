// The timers of one loop: in a wheel of slots while they are far, in exact order once they are near.
//
// How it works. Time is cut into ticks of 2^16 ns, a tick into 8 digits of 6 bits, and each digit
// has a level of 64 slots. `open_` is the tick at which the wheel stands. A timer of a later tick
// lies at the level of the highest digit in which it differs from open_, in the slot of its own
// digit there. So the lowest occupied slot of the lowest occupied level holds the earliest of them;
// the wheel steps onto it (two bit scans, however far it is) and deals its timers to the levels
// below, until a slot of one tick is reached. That one is merge-sorted into a run.
//
// Timers of ticks up to open_ are the near ones. They lie in runs_, sorted lists of which each is
// at least twice as long as the next, so there are few; and those added since the last look lie in
// fresh_. A look sorts fresh_, pushes it as a run and merges runs until the lengths fit again.
//
// Equal deadlines expire in scheduling order because they always share a list: a slot is dealt out
// at the moment from which on newer timers of its ticks go to the lower levels or to fresh_, lists
// keep the newest first, and runs the oldest first, older runs below newer ones.
//
// The ticks are not seen from outside: what expires, and in what order, is exact to the nanosecond.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "ringback/base/check.h"
#include "ringback/base/time.h"
#include "ringback/exec/job.h"
#include "ringback/exec/timer.h"

namespace ringback::runtime {

// Threads: none of its own. Lifetime: armed timers are linked, never owned; destroying the wheel
// under one is a bug and aborts.
// Cost: no allocation. Adding and removing are O(1). Every other cost is paid per timer added, once:
// up to 7 steps down the levels and a share in sorting, O(log n) (n: what shares its tick, or was
// added before the earliest timer known at the last look), and O(1) where deadlines come in order.
class TimerWheel {
 public:
  explicit TimerWheel(TimePoint start) noexcept : clock_(tick_of(start)), open_(clock_) {}
  ~TimerWheel();
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  // Arms `timer`, which must not be armed. A moment in the past expires at the next look.
  void add(Timer& timer, TimePoint deadline) noexcept {
    RINGBACK_CHECK(!timer.is_armed(), "a timer was armed twice: remove it first");
    timer.deadline_ = deadline;
    ++size_;
    link(timer, list_of(deadline));
  }

  // Disarms `timer`, which must be armed, and in this wheel.
  void remove(Timer& timer) noexcept {
    RINGBACK_CHECK(timer.is_armed(), "a timer was removed that is not armed");
    Job** const previous = timer.previous_;
    Job* const next = timer.next_job;
    timer.previous_ = nullptr;
    --size_;
    *previous = next;
    if (next != nullptr) {
      as_timer(next)->previous_ = previous;
    } else {
      note_end_moved(previous);
    }
  }

  // The earliest deadline of all armed timers; never() where there is none.
  Deadline earliest() noexcept;

  // Moves every timer whose deadline is `now` or before behind what is in `into`, by deadline, equal
  // ones in the order they were added. `now` may be any length after the last one given.
  void expire(TimePoint now, JobQueue& into) noexcept;

  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }

 private:
  using Tick = std::uint64_t;

  static constexpr unsigned kTickBits = 16;
  static constexpr unsigned kDigitBits = 6;
  static constexpr unsigned kSlots = 1u << kDigitBits;
  static constexpr unsigned kLevels = (64 - kTickBits) / kDigitBits;
  static_assert(kLevels * kDigitBits + kTickBits == 64, "every moment has a slot");

  // Sorted by deadline; `length_max` also counts the timers that were removed since.
  struct Run {
    Job* first = nullptr;
    std::size_t length_max = 0;
  };

  // Counts from the smallest TimePoint there is, so that ticks order as moments do.
  static Tick tick_of(TimePoint moment) noexcept {
    return (static_cast<Tick>(moment.time_since_epoch().count()) ^ (Tick{1} << 63)) >> kTickBits;
  }

  static Timer* as_timer(Job* job) noexcept { return static_cast<Timer*>(job); }

  // The list for a timer of this deadline, which the caller is about to put in.
  Job*& list_of(TimePoint deadline) noexcept {
    const Tick tick = tick_of(deadline);
    if (tick <= open_) {
      ++fresh_added_;
      return fresh_;
    }
    const Tick differs = (tick ^ open_) | 1;  // It is not 0; so the compiler need not ask.
    const unsigned level = (63u ^ static_cast<unsigned>(std::countl_zero(differs))) / kDigitBits;
    const unsigned digit = static_cast<unsigned>(tick >> (level * kDigitBits)) % kSlots;
    occupied_[level] |= std::uint64_t{1} << digit;
    return slots_[level * kSlots + digit];
  }

  static void link(Timer& timer, Job*& first) noexcept {
    Job* const next = std::exchange(first, &timer);
    timer.next_job = next;
    timer.previous_ = &first;
    if (next != nullptr) as_timer(next)->previous_ = &timer.next_job;
  }

  // The link `end` has just become null: where it is the head of a slot, the slot is empty now.
  void note_end_moved(Job** end) noexcept {
    const std::size_t offset = reinterpret_cast<std::uintptr_t>(end) - reinterpret_cast<std::uintptr_t>(slots_);
    if (offset >= sizeof slots_) return;
    const std::size_t slot = offset / sizeof *slots_;
    occupied_[slot / kSlots] &= ~(std::uint64_t{1} << (slot % kSlots));
  }

  static void merge(Job* older, Job* newer, Job** into) noexcept;
  static std::size_t sort(Job* newest, Job** into) noexcept;
  static Job* reversed(Job* first, Job* rest = nullptr) noexcept;
  void file_all(Job* oldest) noexcept;
  void push_run(Job* newest) noexcept;
  void sort_fresh() noexcept;
  Run* first_run() noexcept;
  void drain_runs(TimePoint now, JobQueue& into) noexcept;
  bool step(Tick limit) noexcept;
  void warm(unsigned level) noexcept;
  void deal(Job* newest) noexcept;
  void step_back() noexcept;

  Tick clock_;  // of the last moment given to expire()
  Tick open_;   // see the top; past clock_ where earliest() had to look ahead
  std::size_t size_ = 0;
  std::size_t fresh_added_ = 0;  // to fresh_ since it was last sorted; some may have left
  Job* fresh_ = nullptr;
  std::uint64_t occupied_[kLevels] = {};
  std::uint64_t warm_[kLevels] = {};  // slots that were walked lately; see warm()
  unsigned run_count_ = 0;
  Run runs_[64];
  Job* slots_[kLevels * kSlots] = {};
};

}  // namespace ringback::runtime

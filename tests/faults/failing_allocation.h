// Lets the k-th allocation of the process fail, on whichever thread it is.
//
// The program of this test has an operator new of its own (failing_allocation.cpp); only that one
// program may. Frames come from it under sanitizers only; elsewhere they have memory of their own.
#pragma once

#include <cstdint>

namespace ringback {

// While it lives, allocations are counted, and the one numbered `at` (from 1; 0 is none) fails, and
// where `all_after` every one after it. One at a time.
class FailingAllocation {
 public:
  explicit FailingAllocation(std::uint64_t at, bool all_after = false) noexcept;
  ~FailingAllocation();
  FailingAllocation(const FailingAllocation&) = delete;
  FailingAllocation& operator=(const FailingAllocation&) = delete;

  // Allocations so far, those that failed included.
  static std::uint64_t count() noexcept;
  // Blocks given and not given back, since the program's start.
  static std::int64_t blocks() noexcept;
};

}  // namespace ringback

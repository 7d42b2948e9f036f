// Time as the library speaks of it: a Duration, a TimePoint on the monotonic clock, a Deadline.
//
// Nothing here reads a clock: "now" comes from a driver, so that tests can move it.
#pragma once

#include <chrono>
#include <compare>

#include "ringback/base/runtime.h"

namespace ringback {

using Duration = std::chrono::nanoseconds;

// A moment on the monotonic clock, or on the virtual clock that stands for it in tests.
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

// A moment after which work is no longer wanted, or never. Unlike a bare number it cannot be
// mistaken for a length of time, and "no limit" has a name of its own.
class Deadline {
 public:
  static constexpr Deadline never() noexcept { return Deadline(TimePoint::max()); }
  static constexpr Deadline at(TimePoint moment) noexcept { return Deadline(moment); }

  constexpr bool is_never() const noexcept { return moment_ == TimePoint::max(); }
  constexpr bool passed(TimePoint now) const noexcept { return moment_ <= now; }
  constexpr TimePoint moment() const noexcept { return moment_; }

  friend constexpr auto operator<=>(Deadline, Deadline) noexcept = default;

 private:
  explicit constexpr Deadline(TimePoint moment) noexcept : moment_(moment) {}

  TimePoint moment_;
};

namespace runtime {

// The moment `length` after `start`; lengths that would overflow give the far end of time.
constexpr TimePoint saturating_add(TimePoint start, Duration length) noexcept {
  if (length > Duration::zero() && start > TimePoint::max() - length) return TimePoint::max();
  return start + length;
}

}  // namespace runtime

}  // namespace ringback

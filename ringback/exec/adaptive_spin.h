// Whether a thread should spin a little before it sleeps: waking a sleeping one costs 25 us.
#pragma once

#include <bit>
#include <chrono>
#include <cstdint>

#include "ringback/base/time.h"

namespace ringback::runtime {

// Spinning pays only where waits tend to be short, so the last eight decide.
// Threads: none of its own.
class AdaptiveSpin {
 public:
  // How long to spin at most.
  static constexpr Duration kMost = std::chrono::microseconds(20);

  // Most of the last eight waits ended within kMost.
  bool is_worthwhile() const noexcept { return std::popcount(short_waits_) > 4; }

  // After each wait, spun or slept: how long it was until what was waited for came.
  void record(Duration waited) noexcept {
    short_waits_ = static_cast<std::uint8_t>(short_waits_ << 1 | (waited <= kMost ? 1 : 0));
  }

 private:
  std::uint8_t short_waits_ = 0xff;  // one bit per wait, the last one lowest
};

}  // namespace ringback::runtime

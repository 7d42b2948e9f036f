// The chances of a simulation: the same for the same seed, on every machine.
//
// Threads: none of its own.
#pragma once

#include <cstdint>
#include <random>

#include "ringback/base/time.h"

namespace ringback::testing::internal {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t next() noexcept { return engine_(); }

  // True in `probability` of the cases. Where that is zero no number is drawn, so that a fault that is
  // switched off changes nothing else.
  bool strikes(double probability) noexcept {
    constexpr double kUnit = 0x1p-53;
    return probability > 0 && static_cast<double>(next() >> 11) * kUnit < probability;
  }

  // From 0 to `most`, both included.
  std::uint64_t up_to(std::uint64_t most) noexcept { return most == 0 ? 0 : next() % (most + 1); }

  Duration between(Duration least, Duration most) noexcept {
    if (most <= least) return least;
    return least + Duration(static_cast<Duration::rep>(up_to(static_cast<std::uint64_t>((most - least).count()))));
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace ringback::testing::internal

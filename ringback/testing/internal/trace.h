// What happened in a simulation, as one number: two runs with the same number went the same way.
#pragma once

#include <cstdint>

namespace ringback::testing::internal {

class Trace {
 public:
  void add(std::uint64_t value) noexcept {
    constexpr std::uint64_t kPrime = 0x100000001b3;
    for (int shift = 0; shift < 64; shift += 8) hash_ = (hash_ ^ ((value >> shift) & 0xff)) * kPrime;
    ++events_;
  }
  std::uint64_t hash() const noexcept { return hash_; }
  std::uint64_t events() const noexcept { return events_; }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325;  // FNV-1a
  std::uint64_t events_ = 0;
};

}  // namespace ringback::testing::internal

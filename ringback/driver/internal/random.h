// The random numbers of a driver: splitmix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom
// Number Generators", 2014). One word of state, every seed good. Not for secrets.
#pragma once

#include <sys/random.h>

#include <cstdint>

namespace ringback::internal {

inline std::uint64_t next_random(std::uint64_t& state) noexcept {
  state += 0x9E3779B97F4A7C15U;
  std::uint64_t mixed = state;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9U;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBU;
  return mixed ^ (mixed >> 31);
}

// `seed`, or one from the system where it is 0.
inline std::uint64_t seed_or_system(std::uint64_t seed) noexcept {
  // Where the system gives none, the stack's address differs between runs at least.
  std::uint64_t chosen = seed != 0 ? seed : reinterpret_cast<std::uintptr_t>(&seed);
  if (seed == 0) static_cast<void>(::getrandom(&chosen, sizeof chosen, GRND_NONBLOCK));
  return chosen;
}

}  // namespace ringback::internal

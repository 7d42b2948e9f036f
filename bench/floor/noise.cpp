// Always the same work, and nothing that can vary but the machine: how far it wanders is the noise.
#include "bench/program.h"

namespace {

const bench::Workload kNoise("noise", [](std::uint64_t count) {
  std::uint64_t value = 1;
  for (std::uint64_t i = 0; i < count; ++i) {
    value = value * 6364136223846793005u + i;
    asm volatile("" : "+r"(value));
  }
  return value == 0 ? 0 : count;
});

}  // namespace

#include "vectordb/distance/kernels.h"

#include <array>

#include "vectordb/distance/internal/instruction_sets.h"

namespace vectordb {
namespace {

using internal::kScalarKernels;

struct Usable {
  std::array<const Kernels*, 3> sets{};
  std::size_t count = 0;

  void add(const Kernels& set) noexcept { sets[count++] = &set; }
};

#if defined(__x86_64__)
// The compiler's look at the CPU includes whether the system saves the wide registers.
Usable look() noexcept {
  Usable usable;
  usable.add(kScalarKernels);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) usable.add(internal::kAvx2Kernels);
  if (__builtin_cpu_supports("avx512f")) usable.add(internal::kAvx512Kernels);
  return usable;
}
#elif defined(__aarch64__)
Usable look() noexcept {
  Usable usable;
  usable.add(kScalarKernels);
  usable.add(internal::kNeonKernels);
  return usable;
}
#else
Usable look() noexcept {
  Usable usable;
  usable.add(kScalarKernels);
  return usable;
}
#endif

const Usable& usable() noexcept {
  static const Usable once = look();
  return once;
}

}  // namespace

const Kernels& kernels() noexcept { return *usable_kernels().back(); }

std::span<const Kernels* const> usable_kernels() noexcept { return {usable().sets.data(), usable().count}; }

}  // namespace vectordb

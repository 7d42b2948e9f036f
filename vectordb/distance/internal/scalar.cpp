// The reference: what the others must give, in plain C++.
#include <cmath>
#include <cstddef>

#include "vectordb/distance/internal/instruction_sets.h"
#include "vectordb/distance/internal/sums.h"

namespace vectordb::internal {
namespace {

struct Scalar {
  struct Lanes {
    float at[16];
  };

  static constexpr std::size_t kQueriesAtOnce = 1;

  static Lanes zero() noexcept { return {}; }
  static Lanes load_some(const float* from, std::size_t count) noexcept {
    Lanes lanes{};
    for (std::size_t i = 0; i < count; ++i) lanes.at[i] = from[i];
    return lanes;
  }
  static Lanes load(const float* from) noexcept { return load_some(from, 16); }

  static Lanes product(const Lanes& a, const Lanes& b, Lanes sum) noexcept {
    for (std::size_t i = 0; i < 16; ++i) sum.at[i] = std::fma(a.at[i], b.at[i], sum.at[i]);
    return sum;
  }
  static Lanes square(const Lanes& a, const Lanes& b, Lanes sum) noexcept {
    for (std::size_t i = 0; i < 16; ++i) {
      const float apart = a.at[i] - b.at[i];
      sum.at[i] = std::fma(apart, apart, sum.at[i]);
    }
    return sum;
  }
  static Lanes difference(const Lanes& a, const Lanes& b, Lanes sum) noexcept {
    for (std::size_t i = 0; i < 16; ++i) sum.at[i] += std::fabs(a.at[i] - b.at[i]);
    return sum;
  }

  static float total(Lanes lanes) noexcept {
    for (std::size_t half = 8; half != 0; half /= 2) {
      for (std::size_t i = 0; i < half; ++i) lanes.at[i] += lanes.at[i + half];
    }
    return lanes.at[0];
  }
  static void total4(const Lanes& a, const Lanes& b, const Lanes& c, const Lanes& d, float* into) noexcept {
    into[0] = total(a);
    into[1] = total(b);
    into[2] = total(c);
    into[3] = total(d);
  }
};

}  // namespace

constinit const Kernels kScalarKernels = Sums<Scalar>::kernels("scalar");

}  // namespace vectordb::internal

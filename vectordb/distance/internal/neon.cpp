// NEON of 64-bit Arm: the sixteen lanes in four registers.
#include "vectordb/distance/internal/instruction_sets.h"
#include "vectordb/distance/internal/sums.h"

#if defined(__aarch64__)
#include <arm_neon.h>

namespace vectordb::internal {
namespace {

struct Neon {
  struct Lanes {
    float32x4_t at[4];
  };

  static constexpr std::size_t kQueriesAtOnce = 1;

  static Lanes zero() noexcept {
    const float32x4_t none = vdupq_n_f32(0);
    return {{none, none, none, none}};
  }
  static Lanes load(const float* from) noexcept {
    return {{vld1q_f32(from), vld1q_f32(from + 4), vld1q_f32(from + 8), vld1q_f32(from + 12)}};
  }
  static Lanes load_some(const float* from, std::size_t count) noexcept {
    float padded[16] = {};
    for (std::size_t i = 0; i < count; ++i) padded[i] = from[i];
    return load(padded);
  }

  static Lanes product(const Lanes& a, const Lanes& b, Lanes sum) noexcept {
    for (int i = 0; i < 4; ++i) sum.at[i] = vfmaq_f32(sum.at[i], a.at[i], b.at[i]);
    return sum;
  }
  static Lanes square(const Lanes& a, const Lanes& b, Lanes sum) noexcept {
    for (int i = 0; i < 4; ++i) {
      const float32x4_t apart = vsubq_f32(a.at[i], b.at[i]);
      sum.at[i] = vfmaq_f32(sum.at[i], apart, apart);
    }
    return sum;
  }
  static Lanes difference(const Lanes& a, const Lanes& b, Lanes sum) noexcept {
    for (int i = 0; i < 4; ++i) sum.at[i] = vaddq_f32(sum.at[i], vabdq_f32(a.at[i], b.at[i]));
    return sum;
  }

  static float total(const Lanes& of) noexcept {
    const float32x4_t four = vaddq_f32(vaddq_f32(of.at[0], of.at[2]), vaddq_f32(of.at[1], of.at[3]));
    const float32x2_t two = vadd_f32(vget_low_f32(four), vget_high_f32(four));
    return vget_lane_f32(two, 0) + vget_lane_f32(two, 1);
  }
  static void total4(const Lanes& a, const Lanes& b, const Lanes& c, const Lanes& d, float* into) noexcept {
    into[0] = total(a);
    into[1] = total(b);
    into[2] = total(c);
    into[3] = total(d);
  }
};

}  // namespace

constinit const Kernels kNeonKernels = Sums<Neon>::kernels("neon");

}  // namespace vectordb::internal
#endif

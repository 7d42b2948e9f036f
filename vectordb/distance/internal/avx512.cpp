// AVX-512: all sixteen lanes in one register.
#include "vectordb/distance/internal/instruction_sets.h"
#include "vectordb/distance/internal/sums.h"

#if defined(__AVX512F__)
#include <immintrin.h>

namespace vectordb::internal {
namespace {

struct Avx512 {
  using Lanes = __m512;

  // Four by four sums and four queries: twenty of the thirty-two registers.
  static constexpr std::size_t kQueriesAtOnce = 4;

  static Lanes zero() noexcept { return _mm512_setzero_ps(); }
  static Lanes load(const float* from) noexcept { return _mm512_loadu_ps(from); }
  static Lanes load_some(const float* from, std::size_t count) noexcept {
    return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1U << count) - 1), from);
  }

  static Lanes product(Lanes a, Lanes b, Lanes sum) noexcept { return _mm512_fmadd_ps(a, b, sum); }
  static Lanes square(Lanes a, Lanes b, Lanes sum) noexcept {
    const Lanes apart = _mm512_sub_ps(a, b);
    return _mm512_fmadd_ps(apart, apart, sum);
  }
  static Lanes difference(Lanes a, Lanes b, Lanes sum) noexcept {
    return _mm512_add_ps(sum, _mm512_abs_ps(_mm512_sub_ps(a, b)));
  }

  // Each step adds the halves of what is left of every sum, and packs two registers into one.
  static void total4(Lanes a, Lanes b, Lanes c, Lanes d, float* into) noexcept {
    const Lanes ab = _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x44), _mm512_shuffle_f32x4(a, b, 0xee));
    const Lanes cd = _mm512_add_ps(_mm512_shuffle_f32x4(c, d, 0x44), _mm512_shuffle_f32x4(c, d, 0xee));
    const Lanes four = _mm512_add_ps(_mm512_shuffle_f32x4(ab, cd, 0x88), _mm512_shuffle_f32x4(ab, cd, 0xdd));
    const Lanes two = _mm512_add_ps(four, _mm512_permute_ps(four, 0x4e));
    const Lanes one = _mm512_add_ps(two, _mm512_permute_ps(two, 0xb1));
    // The total of each is in all lanes of its quarter.
    const __m512i first_of_each = _mm512_setr_epi32(0, 4, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    _mm_storeu_ps(into, _mm512_castps512_ps128(_mm512_permutexvar_ps(first_of_each, one)));
  }
};

}  // namespace

constinit const Kernels kAvx512Kernels = Sums<Avx512>::kernels("avx512");

}  // namespace vectordb::internal
#endif

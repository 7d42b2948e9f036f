// AVX2 with FMA: the sixteen lanes in two registers.
#include "vectordb/distance/internal/instruction_sets.h"
#include "vectordb/distance/internal/sums.h"

#if defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>

namespace vectordb::internal {
namespace {

struct Avx2 {
  struct Lanes {
    __m256 low;
    __m256 high;
  };

  // Four rows take eight of the sixteen registers; a second query would spill.
  static constexpr std::size_t kQueriesAtOnce = 1;

  static Lanes zero() noexcept { return {_mm256_setzero_ps(), _mm256_setzero_ps()}; }
  static Lanes load(const float* from) noexcept { return {_mm256_loadu_ps(from), _mm256_loadu_ps(from + 8)}; }

  static __m256 load_up_to_8(const float* from, int count) noexcept {
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_maskload_ps(from, _mm256_cmpgt_epi32(_mm256_set1_epi32(count), lane));
  }
  static Lanes load_some(const float* from, std::size_t count) noexcept {
    if (count <= 8) return {load_up_to_8(from, static_cast<int>(count)), _mm256_setzero_ps()};
    return {_mm256_loadu_ps(from), load_up_to_8(from + 8, static_cast<int>(count) - 8)};
  }

  static Lanes product(Lanes a, Lanes b, Lanes sum) noexcept {
    return {_mm256_fmadd_ps(a.low, b.low, sum.low), _mm256_fmadd_ps(a.high, b.high, sum.high)};
  }
  static Lanes minus(Lanes a, Lanes b) noexcept { return {_mm256_sub_ps(a.low, b.low), _mm256_sub_ps(a.high, b.high)}; }
  static Lanes square(Lanes a, Lanes b, Lanes sum) noexcept {
    const Lanes apart = minus(a, b);
    return product(apart, apart, sum);
  }
  static Lanes difference(Lanes a, Lanes b, Lanes sum) noexcept {
    const __m256 sign = _mm256_set1_ps(-0.0F);
    const Lanes apart = minus(a, b);
    return {_mm256_add_ps(sum.low, _mm256_andnot_ps(sign, apart.low)),
            _mm256_add_ps(sum.high, _mm256_andnot_ps(sign, apart.high))};
  }

  static void total4(Lanes a, Lanes b, Lanes c, Lanes d, float* into) noexcept {
    const __m256 a8 = _mm256_add_ps(a.low, a.high);
    const __m256 b8 = _mm256_add_ps(b.low, b.high);
    const __m256 c8 = _mm256_add_ps(c.low, c.high);
    const __m256 d8 = _mm256_add_ps(d.low, d.high);
    const __m256 ab = _mm256_add_ps(_mm256_permute2f128_ps(a8, b8, 0x20), _mm256_permute2f128_ps(a8, b8, 0x31));
    const __m256 cd = _mm256_add_ps(_mm256_permute2f128_ps(c8, d8, 0x20), _mm256_permute2f128_ps(c8, d8, 0x31));
    // Halves of a and c, of b and d.
    const __m256 two = _mm256_add_ps(_mm256_shuffle_ps(ab, cd, 0x44), _mm256_shuffle_ps(ab, cd, 0xee));
    const __m256 one = _mm256_add_ps(two, _mm256_permute_ps(two, 0xb1));
    // a a c c | b b d d
    const __m128 ac = _mm256_castps256_ps128(one);
    const __m128 bd = _mm256_extractf128_ps(one, 1);
    const __m128 mixed = _mm_shuffle_ps(ac, bd, 0x88);  // a c b d
    _mm_storeu_ps(into, _mm_shuffle_ps(mixed, mixed, 0xd8));
  }
};

}  // namespace

constinit const Kernels kAvx2Kernels = Sums<Avx2>::kernels("avx2");

}  // namespace vectordb::internal
#endif

// Sixteen bytes at a time, as every x86-64 processor can. Nothing outside the text is read: the last bytes are those of
// a block that ends with it, and a text of fewer than sixteen is looked at byte by byte.
#pragma once

#include <emmintrin.h>

#include <bit>
#include <cstddef>
#include <string_view>

#include "ringback/http/internal/characters.h"

namespace ringback::http::internal {

inline constexpr std::size_t kBlockBytes = sizeof(__m128i);

// All ones where a byte is from `first` to `first + more`, as unsigned numbers.
inline __m128i in_range(__m128i block, char first, char more) noexcept {
  const __m128i from_first = _mm_sub_epi8(block, _mm_set1_epi8(first));
  return _mm_cmpeq_epi8(_mm_min_epu8(from_first, _mm_set1_epi8(more)), from_first);
}

inline __m128i is_byte(__m128i block, char c) noexcept { return _mm_cmpeq_epi8(block, _mm_set1_epi8(c)); }

// Each gives the bytes that are not of its class. Of tokens only letters, digits, '-' and '.' are known here.
struct Values {
  static constexpr Class kClass = kValue;
  static constexpr bool kIsExact = true;
  static __m128i others(__m128i block) noexcept {
    const __m128i controls = _mm_or_si128(in_range(block, 0, 0x1f), is_byte(block, 0x7f));
    return _mm_andnot_si128(is_byte(block, '\t'), controls);
  }
};
struct Tokens {
  static constexpr Class kClass = kToken;
  static constexpr bool kIsExact = false;
  static __m128i others(__m128i block) noexcept {
    const __m128i letters = in_range(_mm_or_si128(block, _mm_set1_epi8(0x20)), 'a', 'z' - 'a');
    const __m128i digits = _mm_andnot_si128(is_byte(block, '/'), in_range(block, '-', '9' - '-'));
    return _mm_andnot_si128(_mm_or_si128(letters, digits), _mm_set1_epi8(-1));
  }
};
struct Targets {
  static constexpr Class kClass = kTarget;
  static constexpr bool kIsExact = true;
  static __m128i others(__m128i block) noexcept {
    return _mm_or_si128(_mm_andnot_si128(in_range(block, 0x21, 0x7e - 0x21), _mm_set1_epi8(-1)), is_byte(block, '#'));
  }
};

template <typename Kind>
unsigned others_at(const char* bytes) noexcept {
  const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
  return static_cast<unsigned>(_mm_movemask_epi8(Kind::others(block)));
}

template <typename Kind>
std::size_t first_other(std::string_view text, std::size_t from) noexcept {
  for (; text.size() - from >= kBlockBytes; from += kBlockBytes) {
    const unsigned others = others_at<Kind>(text.data() + from);
    if (others != 0) return from + static_cast<unsigned>(std::countr_zero(others));
  }
  if (from == text.size() || text.size() < kBlockBytes) return end_of(Kind::kClass, text, from);
  const std::size_t last = text.size() - kBlockBytes;
  const unsigned others = others_at<Kind>(text.data() + last) >> (from - last);
  return others == 0 ? text.size() : from + static_cast<unsigned>(std::countr_zero(others));
}

template <typename Kind>
std::size_t end_of_kind(std::string_view text, std::size_t from) noexcept {
  for (;;) {
    from = first_other<Kind>(text, from);
    if (Kind::kIsExact || from == text.size() || !is_in(Kind::kClass, text[from])) return from;
    ++from;
  }
}

inline std::size_t end_of_token(std::string_view text, std::size_t from) noexcept {
  return end_of_kind<Tokens>(text, from);
}
inline std::size_t end_of_value(std::string_view text, std::size_t from) noexcept {
  return end_of_kind<Values>(text, from);
}
inline std::size_t end_of_target(std::string_view text, std::size_t from) noexcept {
  return end_of_kind<Targets>(text, from);
}

}  // namespace ringback::http::internal

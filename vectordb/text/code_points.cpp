#include "vectordb/text/code_points.h"

#include <algorithm>
#include <array>

namespace vectordb {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

constexpr bool is_in(char32_t c, const Range& range) { return c >= range.first && c <= range.last; }

// Unicode 15 blocks: radicals to CJK symbols' ideographs, kana, bopomofo, unified ideographs and their
// extensions, Hangul, compatibility forms.
constexpr std::array kCjk{
    Range{0x1100, 0x11ff}, Range{0x2e80, 0x2fdf}, Range{0x3005, 0x3007},   Range{0x3031, 0x3035},
    Range{0x3041, 0x3096}, Range{0x309d, 0x309f}, Range{0x30a1, 0x30fa},   Range{0x30fc, 0x30ff},
    Range{0x3105, 0x312f}, Range{0x3131, 0x318e}, Range{0x31a0, 0x31bf},   Range{0x31f0, 0x31ff},
    Range{0x3400, 0x4dbf}, Range{0x4e00, 0x9fff}, Range{0xa960, 0xa97c},   Range{0xac00, 0xd7fb},
    Range{0xf900, 0xfad9}, Range{0xff66, 0xffdc}, Range{0x1b000, 0x1b16f}, Range{0x20000, 0x323af},
};

// Above Latin-1, everything is taken for a letter that is no space, punctuation, symbol or private use.
constexpr std::array kNotLetters{
    Range{0x2000, 0x206f}, Range{0x20a0, 0x20cf}, Range{0x2190, 0x2bff},   Range{0x2e00, 0x2e7f},
    Range{0x3000, 0x303f}, Range{0x30fb, 0x30fb}, Range{0xd800, 0xf8ff},   Range{0xfe10, 0xfe1f},
    Range{0xfe30, 0xfe6f}, Range{0xff00, 0xff0f}, Range{0xff1a, 0xff20},   Range{0xff3b, 0xff40},
    Range{0xff5b, 0xff65}, Range{0xffe0, 0xffff}, Range{0x1f000, 0x1faff}, Range{0xe0000, 0x10ffff},
};

template <std::size_t N>
bool is_in_any(char32_t c, const std::array<Range, N>& ranges) noexcept {
  return std::any_of(ranges.begin(), ranges.end(), [c](const Range& range) { return is_in(c, range); });
}

constexpr bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

// How many bytes the character has that begins so; 0 for none.
constexpr std::size_t length_of(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if (first >= 0xe0 && first <= 0xef) return 3;
  if (first >= 0xf0 && first <= 0xf4) return 4;
  return 0;
}

void append(std::string& text, char32_t c) {
  if (c < 0x80) {
    text += static_cast<char>(c);
    return;
  }
  const unsigned more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  constexpr std::array<unsigned, 4> kFirst{0, 0xc0, 0xe0, 0xf0};
  text += static_cast<char>(kFirst[more] | c >> (6 * more));
  for (unsigned i = more; i-- > 0;) text += static_cast<char>(0x80 | (c >> (6 * i) & 0x3f));
}

}  // namespace

char32_t CodePoints::next() noexcept {
  const auto first = static_cast<unsigned char>(rest_.front());
  const std::size_t length = length_of(first);
  if (length == 1) {
    rest_.remove_prefix(1);
    return first;
  }
  constexpr std::array<char32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  char32_t c = length == 0 ? 0 : first & (0xffU >> (length + 1));
  bool is_whole = length != 0 && length <= rest_.size();
  for (std::size_t i = 1; is_whole && i < length; ++i) {
    is_whole = is_continuation(rest_[i]);
    c = c << 6 | (static_cast<unsigned char>(rest_[i]) & 0x3fU);
  }
  if (!is_whole || c < kLeast[length] || c > 0x10ffff || is_in(c, {0xd800, 0xdfff})) {
    rest_.remove_prefix(1);
    return kReplacement;
  }
  rest_.remove_prefix(length);
  return c;
}

std::string as_utf8(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  for (CodePoints points(text); !points.at_end();) append(clean, points.next());
  return clean;
}

char32_t lower(char32_t c) noexcept {
  if (c < 0x80) return is_in(c, {'A', 'Z'}) ? c + 32 : c;
  if (is_in(c, {0xc0, 0xde})) return c == 0xd7 ? c : c + 32;
  // Capital and small stand side by side, the capital on even numbers, or on odd ones.
  if (is_in(c, {0x100, 0x137}) || is_in(c, {0x14a, 0x177}) || is_in(c, {0x1e00, 0x1eff}) || is_in(c, {0x460, 0x481}) ||
      is_in(c, {0x48a, 0x4bf}) || is_in(c, {0x4d0, 0x52f})) {
    return c | 1;
  }
  if (is_in(c, {0x139, 0x148}) || is_in(c, {0x179, 0x17e})) return c + (c & 1);
  if (is_in(c, {0x391, 0x3ab})) return c + 32;
  if (is_in(c, {0x410, 0x42f})) return c + 32;
  if (is_in(c, {0x400, 0x40f})) return c + 80;
  if (is_in(c, {0xff21, 0xff3a})) return c + 32;
  return c;
}

bool is_cjk(char32_t c) noexcept { return c >= 0x1100 && is_in_any(c, kCjk); }

bool is_word_character(char32_t c) noexcept {
  if (c < 0x80) return is_in(c, {'0', '9'}) || is_in(c, {'a', 'z'}) || is_in(c, {'A', 'Z'});
  if (c < 0x100) return c == 0xaa || c == 0xb5 || c == 0xba || (c >= 0xc0 && c != 0xd7 && c != 0xf7);
  return !is_cjk(c) && !is_in_any(c, kNotLetters);
}

}  // namespace vectordb

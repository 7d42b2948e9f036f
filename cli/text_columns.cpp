#include "cli/text_columns.h"

#include <algorithm>
#include <array>

#include "vectordb/text/code_points.h"

namespace ringback::cli {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// East Asian Width W and F (Unicode's UAX 11), by block.
constexpr std::array kWide{Range{0x1100, 0x115f},   Range{0x2e80, 0x303e},   Range{0x3041, 0x33ff},
                           Range{0x3400, 0x4dbf},   Range{0x4e00, 0xa4cf},   Range{0xac00, 0xd7a3},
                           Range{0xf900, 0xfaff},   Range{0xfe30, 0xfe6f},   Range{0xff00, 0xff60},
                           Range{0xffe0, 0xffe6},   Range{0x1f300, 0x1f64f}, Range{0x1f680, 0x1f6ff},
                           Range{0x1f900, 0x1f9ff}, Range{0x20000, 0x3fffd}};
constexpr std::array kNone{Range{0x0300, 0x036f}, Range{0x200b, 0x200f}, Range{0x20d0, 0x20ff}, Range{0xfe00, 0xfe0f}};

template <typename Ranges>
bool is_in(const Ranges& ranges, char32_t c) {
  return std::any_of(ranges.begin(), ranges.end(), [c](Range range) { return range.first <= c && c <= range.last; });
}

std::size_t columns_of(char32_t c) { return is_in(kNone, c) ? 0 : is_in(kWide, c) ? 2 : 1; }

// The bytes at the end of `text` that are the rest of a character.
bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

}  // namespace

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  for (vectordb::CodePoints points(text); !points.at_end();) columns += columns_of(points.next());
  return columns;
}

std::string cut_to(std::string_view text, std::size_t columns) {
  constexpr std::size_t kDots = 3;
  if (columns_of(text) <= columns) return std::string(text);
  if (columns <= kDots) return std::string(columns, '.');
  while (columns_of(text) + kDots > columns) {
    while (text.size() > 1 && is_continuation(text.back())) text.remove_suffix(1);
    text.remove_suffix(1);
  }
  return std::string(text) + "...";
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t columns) {
  const std::string new_line = "\n" + std::string(indent, ' ');
  std::string lines;
  std::size_t at = indent;  // the column where the next word would begin
  bool is_line_empty = true;
  while (!text.empty()) {
    if (text.front() == '\n') {
      lines += new_line;
      at = indent;
      is_line_empty = true;
      text.remove_prefix(1);
      continue;
    }
    const std::size_t spaces = std::min(text.find_first_not_of(' '), text.size());
    const std::size_t end = std::min(text.find_first_of(" \n", spaces), text.size());
    const std::string_view word = text.substr(spaces, end - spaces);
    const std::size_t width = columns_of(word);
    if (!is_line_empty && at + spaces + width > columns) {
      lines += new_line;
      at = indent;
    } else {
      lines.append(spaces, ' ');
      at += spaces;
    }
    lines += word;
    at += width;
    is_line_empty = false;
    text.remove_prefix(end);
  }
  return lines;
}

}  // namespace ringback::cli

#include "vectordb/json/internal/text_place.h"

#include <simdjson.h>

#include <algorithm>

namespace vectordb::internal {

namespace {

bool is_inside_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

// Bisection: what begins well up to some character does so up to every earlier one.
std::size_t end_of_utf8(std::string_view text) {
  std::size_t good = 0;
  std::size_t bad = text.size();
  while (bad - good > 1) {
    std::size_t middle = good + (bad - good) / 2;
    while (middle > good && is_inside_character(text[middle])) --middle;
    if (middle == good) break;
    (simdjson::validate_utf8(text.data(), middle) ? good : bad) = middle;
  }
  return good;
}

}  // namespace

std::string describe_place(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  return "line " + std::to_string(lines + 1) + " column " + std::to_string(before.size() - line_begin + 1);
}

std::size_t place_of_bad_text(std::string_view text) {
  if (!simdjson::validate_utf8(text.data(), text.size())) return end_of_utf8(text);
  bool is_in_string = false;
  std::size_t string_begin = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '"') {
      is_in_string = !is_in_string;
      string_begin = at;
    } else if (is_in_string && text[at] == '\\') {
      ++at;
    } else if (is_in_string && static_cast<unsigned char>(text[at]) < 0x20) {
      return at;
    }
  }
  return is_in_string ? string_begin : text.size();
}

}  // namespace vectordb::internal

#include "ringback/http/target.h"

#include <algorithm>

#include "ringback/base/error.h"
#include "ringback/http/internal/characters.h"

namespace ringback::http {
namespace {

std::optional<std::string> decoded(std::string_view text, bool plus_is_space) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      plain += ' ';
    } else if (text[i] != '%') {
      plain += text[i];
    } else {
      const int high = i + 2 < text.size() ? internal::hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? internal::hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      plain += static_cast<char>((high * 16) + low);
      i += 2;
    }
  }
  return plain;
}

// What is behind the authority of "scheme://authority/path".
std::string_view without_origin(std::string_view target) noexcept {
  if (target.empty() || target.front() == '/') return target;
  const std::size_t scheme = target.find("://");
  if (scheme == std::string_view::npos) return target;
  const std::size_t end = target.find_first_of("/?", scheme + 3);
  return end == std::string_view::npos ? std::string_view() : target.substr(end);
}

std::string form_decoded_or_throw(std::string_view text) {
  auto plain = form_decoded(text);
  if (!plain) throw Error(ErrorKind::invalid, "parse a query", "a '%' is not followed by two hexadecimal digits");
  return *std::move(plain);
}

// Calls visit(name, value), as they are, until it gives true.
template <typename Visit>
void each_pair(std::string_view query, Visit visit) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (visit(pair.substr(0, equals), pair.substr(std::min(equals + 1, pair.size())))) return;
  }
}

}  // namespace

std::string_view path_of(std::string_view target) noexcept {
  const std::string_view rest = without_origin(target);
  const std::string_view path = rest.substr(0, std::min(rest.find('?'), rest.size()));
  return path.empty() ? "/" : path;
}

std::string_view query_of(std::string_view target) noexcept {
  const std::size_t mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
}

std::optional<std::string> percent_decoded(std::string_view text) { return decoded(text, false); }
std::optional<std::string> form_decoded(std::string_view text) { return decoded(text, true); }

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
                          c == '.' || c == '_' || c == '~';
    if (is_plain) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return encoded;
}

std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  each_pair(query, [&](std::string_view name, std::string_view value) {
    pairs.emplace_back(form_decoded_or_throw(name), form_decoded_or_throw(value));
    return false;
  });
  return pairs;
}

std::optional<std::string> query_value_of(std::string_view query, std::string_view name) {
  std::optional<std::string> found;
  each_pair(query, [&](std::string_view encoded, std::string_view value) {
    if (encoded != name && form_decoded(encoded) != name) return false;
    found = form_decoded_or_throw(value);
    return true;
  });
  return found;
}

}  // namespace ringback::http

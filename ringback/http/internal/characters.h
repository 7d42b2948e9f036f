// Which bytes may stand where in a message. (RFC 9110, section 5.6; RFC 9112; RFC 3986)
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace ringback::http::internal {

enum Class : std::uint8_t {
  kToken = 1,   // tchar
  kValue = 2,   // in a field's value: visible, blank, or not ASCII
  kTarget = 4,  // in a request's target: visible ASCII but '#'
  kHost = 8,    // in a host with its port
};

constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> classes{};
  for (int c = 0; c < 256; ++c) {
    const bool is_letter_or_digit = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    const bool is_visible = c > 0x20 && c < 0x7f;
    const auto is_one_of = [c](std::string_view set) { return set.find(static_cast<char>(c)) != set.npos; };
    std::uint8_t bits = 0;
    if (is_letter_or_digit || (is_visible && is_one_of("!#$%&'*+-.^_`|~"))) bits |= kToken;
    if (is_visible || c == ' ' || c == '\t' || c >= 0x80) bits |= kValue;
    if (is_visible && c != '#') bits |= kTarget;
    if (is_letter_or_digit || (is_visible && is_one_of("-._~%!$&'()*+,;=:[]"))) bits |= kHost;
    classes[static_cast<std::size_t>(c)] = bits;
  }
  return classes;
}

inline constexpr std::array<std::uint8_t, 256> kClasses = make_classes();

inline bool is_in(Class which, char c) noexcept { return (kClasses[static_cast<unsigned char>(c)] & which) != 0; }

// Gives where the first stands, from `from` on, that is not; or the end.
inline std::size_t end_of(Class which, std::string_view text, std::size_t from = 0) noexcept {
  while (from < text.size() && is_in(which, text[from])) ++from;
  return from;
}

inline bool is_all_in(Class which, std::string_view text) noexcept { return end_of(which, text) == text.size(); }

inline bool is_token(std::string_view text) noexcept { return !text.empty() && is_all_in(kToken, text); }
inline bool is_field_value(std::string_view text) noexcept { return is_all_in(kValue, text); }
inline bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

// `name` is a token, and `lower` as long: letters in lower case, and hyphens. A token's bytes with that bit set are
// equal only where they are, but for case.
template <std::size_t N>
bool is_named(std::string_view name, const char (&lower)[N]) noexcept {
  constexpr std::size_t kBytes = N - 1;
  using Word = std::conditional_t<(kBytes >= 8), std::uint64_t, std::uint32_t>;
  constexpr Word kCase = static_cast<Word>(~Word{0} / 255 * 0x20);
  Word differs = 0;
  for (std::size_t i = 0; i < kBytes; i += sizeof(Word)) {
    const std::size_t at = std::min(i, kBytes - sizeof(Word));
    Word word;
    Word wanted;
    std::memcpy(&word, name.data() + at, sizeof word);
    std::memcpy(&wanted, lower + at, sizeof wanted);
    differs |= (word | kCase) ^ wanted;
  }
  return differs == 0;
}

inline char lowered(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

// 0 to 15; -1 where it is none.
inline int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  const char low = static_cast<char>(c | 0x20);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

}  // namespace ringback::http::internal

// Which bytes may stand where in a message. (RFC 9110, section 5.6; RFC 9112; RFC 3986)
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

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

inline bool is_all_in(Class which, std::string_view text) noexcept {
  for (const char c : text) {
    if (!is_in(which, c)) return false;
  }
  return true;
}

inline bool is_token(std::string_view text) noexcept { return !text.empty() && is_all_in(kToken, text); }
inline bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

// Eight bytes at a time: most hold no control character, and those that do are looked at one by one.
inline bool is_field_value(std::string_view text) noexcept {
  constexpr std::uint64_t kOnes = ~std::uint64_t{0} / 255;
  constexpr std::uint64_t kHighs = kOnes * 0x80;
  while (text.size() >= 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data(), 8);
    const std::uint64_t below_space = (word - kOnes * 0x20) & ~word;
    const std::uint64_t delete_as_zero = word ^ (kOnes * 0x7f);
    const std::uint64_t is_delete = (delete_as_zero - kOnes) & ~delete_as_zero;
    if (((below_space | is_delete) & kHighs) != 0 && !is_all_in(kValue, text.substr(0, 8))) return false;
    text.remove_prefix(8);
  }
  return is_all_in(kValue, text);
}

inline char lowered(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

// 0 to 15; -1 where it is none.
inline int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  const char low = static_cast<char>(c | 0x20);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

}  // namespace ringback::http::internal

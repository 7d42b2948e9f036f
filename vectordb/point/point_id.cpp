#include "vectordb/point/point_id.h"

#include <charconv>

#include "ringback/base/check.h"

namespace vectordb {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

int digit_of(char letter) noexcept {
  if (letter >= '0' && letter <= '9') return letter - '0';
  if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
  if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
  return -1;
}

constexpr bool has_hyphen_before(std::size_t byte) noexcept {
  return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

std::optional<std::array<std::uint8_t, 16>> bytes_of(std::string_view text, bool hyphens) noexcept {
  std::array<std::uint8_t, 16> bytes{};
  std::size_t at = 0;
  for (std::size_t byte = 0; byte < bytes.size(); ++byte) {
    if (hyphens && has_hyphen_before(byte) && text[at++] != '-') return std::nullopt;
    const int high = digit_of(text[at]);
    const int low = digit_of(text[at + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes[byte] = static_cast<std::uint8_t>(high << 4 | low);
    at += 2;
  }
  return bytes;
}

// Without what may stand around it.
std::string_view bare(std::string_view text) noexcept {
  constexpr std::string_view kUrn = "urn:uuid:";
  if (text.starts_with(kUrn)) return text.substr(kUrn.size());
  if (text.size() == 38 && text.front() == '{' && text.back() == '}') return text.substr(1, 36);
  return text;
}

std::uint64_t big_endian(const std::uint8_t* bytes) noexcept {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | bytes[i];
  return value;
}

void append_hex(std::string& text, std::uint64_t value, int from_byte, int to_byte) {
  for (int byte = from_byte; byte < to_byte; ++byte) {
    const std::uint64_t bits = value >> (8 * (7 - byte));
    text += kDigits[bits >> 4 & 15];
    text += kDigits[bits & 15];
  }
}

}  // namespace

std::uint64_t PointId::from_signed(std::int64_t number) noexcept {
  RINGBACK_CHECK(number >= 0, "a PointId was made of a negative number: ids are from 0 to 2^64-1");
  return static_cast<std::uint64_t>(number);
}

PointId PointId::uuid(const std::array<std::uint8_t, 16>& bytes) noexcept {
  PointId id;
  id.is_uuid_ = true;
  id.high_ = big_endian(bytes.data());
  id.low_ = big_endian(bytes.data() + 8);
  return id;
}

std::optional<PointId> PointId::parse(std::string_view text) noexcept {
  const std::string_view hex = bare(text);
  if (hex.size() == 32 || hex.size() == 36) {
    const auto bytes = bytes_of(hex, hex.size() == 36);
    return bytes ? std::optional(uuid(*bytes)) : std::nullopt;
  }
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return PointId(number);
}

std::string PointId::text() const {
  if (!is_uuid_) return std::to_string(low_);
  std::string text;
  text.reserve(36);
  append_hex(text, high_, 0, 4);
  text += '-';
  append_hex(text, high_, 4, 6);
  text += '-';
  append_hex(text, high_, 6, 8);
  text += '-';
  append_hex(text, low_, 0, 2);
  text += '-';
  append_hex(text, low_, 2, 8);
  return text;
}

std::size_t PointId::hash() const noexcept {
  std::uint64_t mixed = (low_ ^ (high_ * 0x9e3779b97f4a7c15U)) + static_cast<std::uint64_t>(is_uuid_);
  mixed = (mixed ^ mixed >> 32) * 0xd6e8feb86659fd93U;
  return static_cast<std::size_t>(mixed ^ mixed >> 32);
}

}  // namespace vectordb

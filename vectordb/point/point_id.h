// The name of a point: a whole number, or a UUID.
//
//   PointId a = 7;
//   PointId b = *PointId::parse("550e8400-e29b-41d4-a716-446655440000");
//
// Ordered: numbers by their size, then UUIDs as their bytes are. Threads: none of its own; like an int.
#pragma once

#include <array>
#include <compare>
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace vectordb {

class PointId {
 public:
  PointId() noexcept = default;
  PointId(std::unsigned_integral auto number) noexcept : low_(number) {}  // NOLINT: a number is one
  // A negative one is a bug and aborts.
  PointId(std::signed_integral auto number) noexcept : low_(from_signed(number)) {}  // NOLINT: a number is one

  // The sixteen bytes in the order in which they are written.
  static PointId uuid(const std::array<std::uint8_t, 16>& bytes) noexcept;

  // Digits, or a UUID: with hyphens, without them, in braces, or after "urn:uuid:"; letters of any
  // case. Nothing for other text, and for a number over 2^64-1.
  static std::optional<PointId> parse(std::string_view text) noexcept;

  bool is_number() const noexcept { return !is_uuid_; }
  // Meaningful only where is_number().
  std::uint64_t number() const noexcept { return low_; }

  // "7", or the UUID in lower case with hyphens.
  std::string text() const;

  friend bool operator==(const PointId&, const PointId&) noexcept = default;
  friend std::strong_ordering operator<=>(const PointId&, const PointId&) noexcept = default;

  std::size_t hash() const noexcept;

 private:
  static std::uint64_t from_signed(std::int64_t number) noexcept;

  // In the order in which they are compared.
  bool is_uuid_ = false;
  std::uint64_t high_ = 0;
  std::uint64_t low_ = 0;
};

}  // namespace vectordb

template <>
struct std::hash<vectordb::PointId> {
  std::size_t operator()(const vectordb::PointId& id) const noexcept { return id.hash(); }
};

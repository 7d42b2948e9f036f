// How near two vectors are, and which way is nearer.
//
//   cosine     the angle between them: 1 the same direction, -1 opposite. More is nearer.
//   dot        the sum of products, which grows with their lengths too. More is nearer.
//   euclid     the length of the straight line between them. Less is nearer.
//   manhattan  the sum of the differences of their coordinates. Less is nearer.
//
// With cosine vectors are kept at length 1, and so are queries: a vector that is read back has the
// direction that was put in. One of zeros has no direction; it is kept as it is, and scores 0.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vectordb {

enum class Distance : std::uint8_t { cosine, dot, euclid, manhattan };

// "cosine" for Distance::cosine, and so on.
std::string_view to_string(Distance distance) noexcept;
// The other way round, in any case of letters; nothing for another word.
std::optional<Distance> distance_from(std::string_view name) noexcept;

constexpr bool more_is_nearer(Distance distance) noexcept {
  return distance == Distance::cosine || distance == Distance::dot;
}

}  // namespace vectordb

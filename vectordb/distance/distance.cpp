#include "vectordb/distance/distance.h"

#include <algorithm>
#include <array>

namespace vectordb {
namespace {

constexpr std::array kAll{Distance::cosine, Distance::dot, Distance::euclid, Distance::manhattan};

constexpr char lower(char letter) noexcept {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

}  // namespace

std::string_view to_string(Distance distance) noexcept {
  switch (distance) {
    case Distance::cosine: return "cosine";
    case Distance::dot: return "dot";
    case Distance::euclid: return "euclid";
    case Distance::manhattan: return "manhattan";
  }
  return "";
}

std::optional<Distance> distance_from(std::string_view name) noexcept {
  for (const Distance distance : kAll) {
    const std::string_view known = to_string(distance);
    if (std::ranges::equal(name, known, {}, lower)) return distance;
  }
  return std::nullopt;
}

}  // namespace vectordb

#include "vectordb/distance/unit_length.h"

#include <cmath>
#include <cstddef>

namespace vectordb {
namespace {

// The product of two floats is exact in a double, and their squares do not overflow there.
double sum_of_squares(std::span<const float> vector) noexcept {
  constexpr std::size_t kLanes = 8;
  double lanes[kLanes] = {};
  for (std::size_t i = 0; i < vector.size(); ++i) {
    const double value = static_cast<double>(vector[i]);
    lanes[i % kLanes] += value * value;
  }
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

}  // namespace

void make_unit_length(std::span<float> vector) noexcept {
  constexpr double kRounding = 1e-6;
  const double squares = sum_of_squares(vector);
  if (squares == 0 || std::abs(squares - 1) <= kRounding) return;
  const double length = std::sqrt(squares);
  for (float& value : vector) value = static_cast<float>(static_cast<double>(value) / length);
}

}  // namespace vectordb

#include "vectordb/distance/unit_length.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "vectordb/distance/distance.h"

namespace vectordb {
namespace {

double length_of(const std::vector<float>& vector) {
  double squares = 0;
  for (const float value : vector) squares += static_cast<double>(value) * static_cast<double>(value);
  return std::sqrt(squares);
}

TEST(UnitLength, the_direction_stays) {
  std::vector<float> vector{3, 4};
  make_unit_length(vector);
  EXPECT_EQ(vector, (std::vector<float>{0.6F, 0.8F}));
}

TEST(UnitLength, holds_for_the_largest_and_the_smallest_numbers) {
  for (const float value : {std::numeric_limits<float>::max(), std::numeric_limits<float>::min(),
                            std::numeric_limits<float>::denorm_min()}) {
    std::vector<float> vector(100, -value);
    make_unit_length(vector);
    EXPECT_NEAR(length_of(vector), 1, 1e-5) << value;
  }
}

TEST(UnitLength, a_second_time_changes_nothing) {
  for (std::size_t dimension = 1; dimension < 300; ++dimension) {
    std::vector<float> vector(dimension);
    for (std::size_t i = 0; i < dimension; ++i) vector[i] = static_cast<float>(std::sin(static_cast<double>(i + 1)));
    make_unit_length(vector);
    std::vector<float> again = vector;
    make_unit_length(again);
    ASSERT_EQ(again, vector) << dimension;
  }
}

TEST(UnitLength, zeros_stay_zeros) {
  std::vector<float> vector{0, -0.0F, 0};
  make_unit_length(vector);
  EXPECT_EQ(vector, std::vector<float>(3));
}

TEST(Distance, has_a_name_that_is_read_back) {
  for (const Distance distance : {Distance::cosine, Distance::dot, Distance::euclid, Distance::manhattan}) {
    EXPECT_EQ(distance_from(to_string(distance)), distance);
  }
  EXPECT_EQ(distance_from("Cosine"), Distance::cosine);
  EXPECT_EQ(distance_from("cos"), std::nullopt);
  EXPECT_EQ(distance_from(""), std::nullopt);
}

}  // namespace
}  // namespace vectordb

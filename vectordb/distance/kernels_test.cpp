#include "vectordb/distance/kernels.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace vectordb {
namespace {

enum class What { products, squares, differences };

Sum sum_of(const Kernels& kernels, What what) {
  switch (what) {
    case What::products: return kernels.products;
    case What::squares: return kernels.squares;
    case What::differences: return kernels.differences;
  }
  return nullptr;
}

// Vectors side by side, the first at an address of our choice.
struct Vectors {
  Vectors(std::size_t count, std::size_t dimension, std::size_t misaligned, std::uint32_t seed)
      : stride(dimension + misaligned % 3), values(misaligned + count * stride), first(values.data() + misaligned) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> uniform(-1, 1);
    for (float& value : values) value = uniform(random);
  }

  std::size_t stride;
  std::vector<float> values;
  const float* first;
};

std::vector<float> sums(const Kernels& kernels, What what, const Vectors& queries, std::size_t query_count,
                        const Vectors& rows, std::size_t row_count, std::size_t dimension) {
  std::vector<float> result(query_count * (row_count + 1), 42);
  sum_of(kernels, what)({.queries = queries.first,
                         .query_count = query_count,
                         .query_stride = queries.stride,
                         .rows = rows.first,
                         .row_count = row_count,
                         .row_stride = rows.stride,
                         .dimension = dimension,
                         .sums = result.data(),
                         .sums_stride = row_count + 1});
  return result;
}

class Kernel : public testing::TestWithParam<std::tuple<const Kernels*, What>> {};

TEST_P(Kernel, slow_gives_the_bits_of_the_reference_in_every_dimension) {
  const auto [kernels, what] = GetParam();
  for (std::size_t dimension = 1; dimension <= 1100; ++dimension) {
    const std::size_t queries = 1 + dimension % 6;
    const std::size_t rows = 1 + dimension % 7;
    const Vectors left(queries, dimension, dimension % 5, 1);
    const Vectors right(rows, dimension, dimension % 4, 2);
    const auto expected = sums(*usable_kernels().front(), what, left, queries, right, rows, dimension);
    const auto found = sums(*kernels, what, left, queries, right, rows, dimension);
    for (std::size_t i = 0; i < found.size(); ++i) {
      ASSERT_EQ(std::bit_cast<std::uint32_t>(found[i]), std::bit_cast<std::uint32_t>(expected[i]))
          << "dimension " << dimension << ", place " << i << ": " << found[i] << " instead of " << expected[i];
    }
  }
}

TEST_P(Kernel, gives_what_arithmetic_gives) {
  const auto [kernels, what] = GetParam();
  for (const std::size_t dimension : {1U, 15U, 16U, 17U, 128U, 1000U}) {
    const Vectors left(1, dimension, 1, 3);
    const Vectors right(1, dimension, 0, 4);
    double expected = 0;
    for (std::size_t i = 0; i < dimension; ++i) {
      const double a = static_cast<double>(left.first[i]);
      const double b = static_cast<double>(right.first[i]);
      if (what == What::products) expected += a * b;
      if (what == What::squares) expected += (a - b) * (a - b);
      if (what == What::differences) expected += std::abs(a - b);
    }
    EXPECT_NEAR(sums(*kernels, what, left, 1, right, 1, dimension)[0], expected, 1e-6 * static_cast<double>(dimension));
  }
}

TEST_P(Kernel, gives_the_same_for_a_pair_whatever_stands_beside_it) {
  const auto [kernels, what] = GetParam();
  const Vectors left(11, 77, 1, 5);
  const Vectors right(13, 77, 2, 6);
  const auto all = sums(*kernels, what, left, 11, right, 13, 77);
  for (std::size_t q = 0; q < 11; ++q) {
    for (std::size_t r = 0; r < 13; ++r) {
      Vectors one_left = left;
      one_left.first = one_left.values.data() + (left.first - left.values.data()) + q * left.stride;
      Vectors one_right = right;
      one_right.first = one_right.values.data() + (right.first - right.values.data()) + r * right.stride;
      ASSERT_EQ(all[q * 14 + r], sums(*kernels, what, one_left, 1, one_right, 1, 77)[0]) << q << ' ' << r;
    }
  }
}

TEST_P(Kernel, writes_its_sums_and_nothing_beside_them) {
  const auto [kernels, what] = GetParam();
  const Vectors left(5, 20, 0, 7);
  const Vectors right(6, 20, 0, 8);
  const auto found = sums(*kernels, what, left, 5, right, 6, 20);
  for (std::size_t q = 0; q < 5; ++q) EXPECT_EQ(found[q * 7 + 6], 42);
}

TEST_P(Kernel, nothing_adds_up_to_nothing) {
  const auto [kernels, what] = GetParam();
  const Vectors any(2, 16, 0, 9);
  EXPECT_EQ(sums(*kernels, what, any, 1, any, 1, 0)[0], 0);
  EXPECT_EQ(sums(*kernels, what, any, 2, any, 0, 16), std::vector<float>(2, 42));
  EXPECT_EQ(sums(*kernels, what, any, 0, any, 2, 16), std::vector<float>());
}

TEST_P(Kernel, lets_infinities_and_nan_go_their_way) {
  const auto [kernels, what] = GetParam();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  for (std::size_t at = 0; at < 37; ++at) {
    for (const float odd : {kInfinity, -kInfinity, kNan}) {
      Vectors left(5, 37, 0, 10);
      const Vectors right(9, 37, 1, 11);
      left.values[at] = odd;
      const auto expected = sums(*usable_kernels().front(), what, left, 5, right, 9, 37);
      const auto found = sums(*kernels, what, left, 5, right, 9, 37);
      for (std::size_t i = 0; i < found.size(); ++i) {
        ASSERT_EQ(std::isnan(found[i]), std::isnan(expected[i])) << at;
        if (!std::isnan(found[i])) {
          ASSERT_EQ(found[i], expected[i]) << at;
        }
      }
    }
  }
}

std::string name_of(const testing::TestParamInfo<std::tuple<const Kernels*, What>>& info) {
  constexpr const char* kNames[] = {"products", "squares", "differences"};
  return std::string(std::get<0>(info.param)->name) + "_" + kNames[static_cast<int>(std::get<1>(info.param))];
}

INSTANTIATE_TEST_SUITE_P(Each, Kernel,
                         testing::Combine(testing::ValuesIn(usable_kernels().begin(), usable_kernels().end()),
                                          testing::Values(What::products, What::squares, What::differences)),
                         name_of);

TEST(Kernels, the_last_usable_one_is_the_one_in_use) {
  EXPECT_EQ(&kernels(), usable_kernels().back());
  EXPECT_EQ(usable_kernels().front()->name, "scalar");
}

}  // namespace
}  // namespace vectordb

#include "vectordb/index/exact_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "ringback/base/error.h"
#include "vectordb/index/nearest.h"

namespace vectordb {
namespace {

constexpr Distance kDistances[] = {Distance::cosine, Distance::dot, Distance::euclid, Distance::manhattan};
struct AnyRow final : RowRules {};
const AnyRow kNoRules;

std::vector<std::uint64_t> rows_of(const std::vector<Near>& found) {
  std::vector<std::uint64_t> rows;
  for (const Near& near : found) rows.push_back(near.row);
  return rows;
}

// Small whole numbers: every sum is exact, so that a plain loop gives the same, and many are equal.
std::vector<float> some_numbers(std::size_t count, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<float> numbers(count);
  for (float& number : numbers) number = static_cast<float>(static_cast<int>(random() % 7) - 3);
  return numbers;
}

// Vectors in several blocks whose numbers leave gaps.
struct Table {
  Table(std::size_t rows, std::size_t dim, std::uint32_t seed)
      : dimension(dim), numbers(some_numbers(rows * dim, seed)) {
    for (std::size_t at = 0, size = 1; at < rows; at += size, size = 2 * size + 1) {
      blocks.push_back({numbers.data() + at * dim, std::min(size, rows - at), dim, blocks.size() << 32});
    }
  }

  std::size_t dimension;
  std::vector<float> numbers;
  std::vector<RowBlock> blocks;
};

float plain_nearness(Distance distance, const float* a, const float* b, std::size_t dimension) {
  float sum = 0;
  for (std::size_t i = 0; i < dimension; ++i) {
    const float apart = a[i] - b[i];
    if (more_is_nearer(distance)) sum += a[i] * b[i];
    if (distance == Distance::euclid) sum -= apart * apart;
    if (distance == Distance::manhattan) sum -= std::fabs(apart);
  }
  return sum;
}

// By sorting all.
std::vector<std::uint64_t> plainly(Distance distance, const Table& table, const float* query, std::size_t limit,
                                   const RowRules& rules) {
  std::vector<Near> all;
  for (const RowBlock& block : table.blocks) {
    for (std::size_t i = 0; i < block.count; ++i) {
      if ((rules.accepted(block.first + i, 1) & 1) == 0) continue;
      all.push_back(
          {block.first + i, plain_nearness(distance, query, block.vectors + i * block.stride, table.dimension)});
    }
  }
  std::ranges::sort(all, [&](const Near& a, const Near& b) {
    return a.nearness != b.nearness ? a.nearness > b.nearness : rules.comes_first(a.row, b.row);
  });
  all.resize(std::min(all.size(), limit));
  return rows_of(all);
}

TEST(ExactSearch, finds_what_sorting_all_finds) {
  for (const Distance distance : kDistances) {
    for (const std::size_t dimension : {1U, 2U, 15U, 33U, 130U}) {
      const Table table(500, dimension, 1);
      const std::vector<float> queries = some_numbers(9 * dimension, 2);
      const std::vector<std::size_t> limits{0, 1, 2, 10, 64, 499, 500, 501, std::numeric_limits<std::size_t>::max()};
      const auto found = ExactSearch{distance, dimension, table.blocks, kNoRules, {}}.run(queries, limits);
      for (std::size_t q = 0; q < limits.size(); ++q) {
        EXPECT_EQ(rows_of(found[q]), plainly(distance, table, queries.data() + q * dimension, limits[q], kNoRules))
            << to_string(distance) << ", dimension " << dimension << ", limit " << limits[q];
      }
    }
  }
}

// Rows whose number has certain last bits, the larger number first.
class SomeRows final : public RowRules {
 public:
  SomeRows(std::uint64_t modulus, bool backwards) : modulus_(modulus), backwards_(backwards) {}
  std::uint64_t accepted(std::uint64_t first, unsigned count) const noexcept override {
    std::uint64_t bits = 0;
    for (unsigned i = 0; i < count; ++i) {
      if ((first + i) % modulus_ == 0) bits |= std::uint64_t{1} << i;
    }
    return bits;
  }
  bool comes_first(std::uint64_t a, std::uint64_t b) const noexcept override { return backwards_ ? a > b : a < b; }

 private:
  std::uint64_t modulus_;
  bool backwards_;
};

TEST(ExactSearch, finds_only_accepted_rows_and_orders_equals_as_told) {
  const Table table(700, 8, 3);
  const std::vector<float> query = some_numbers(8, 4);
  const std::vector<std::size_t> limit{20};
  for (const std::uint64_t modulus : {1U, 2U, 7U, 100U, 1000U}) {
    for (const bool backwards : {false, true}) {
      const SomeRows rules(modulus, backwards);
      std::atomic<std::uint64_t> looked_at{0};
      const ExactSearch search{Distance::dot, 8, table.blocks, rules, {}, &looked_at};
      EXPECT_EQ(rows_of(search.run(query, limit)[0]), plainly(Distance::dot, table, query.data(), 20, rules))
          << modulus;
      std::uint64_t accepted = 0;
      for (const RowBlock& block : table.blocks) {
        for (std::size_t i = 0; i < block.count; ++i) accepted += rules.accepted(block.first + i, 1) & 1;
      }
      EXPECT_EQ(looked_at.load(), accepted) << modulus;
    }
  }
}

TEST(ExactSearch, a_batch_gives_bit_for_bit_what_each_query_gives_alone) {
  std::mt19937 random(5);
  std::uniform_real_distribution<float> uniform(-1, 1);
  constexpr std::size_t kDimension = 100;
  Table table(2000, kDimension, 6);
  for (float& number : table.numbers) number = uniform(random);
  std::vector<float> queries(133 * kDimension);
  for (float& number : queries) number = uniform(random);
  for (const Distance distance : kDistances) {
    const ExactSearch search{distance, kDimension, table.blocks, kNoRules, {}};
    const auto together = search.run(queries, std::vector<std::size_t>(133, 10));
    for (std::size_t q = 0; q < together.size(); ++q) {
      const auto alone =
          search.run(std::span(queries).subspan(q * kDimension, kDimension), std::vector<std::size_t>{10});
      ASSERT_EQ(rows_of(alone[0]), rows_of(together[q]));
      for (std::size_t i = 0; i < 10; ++i) {
        ASSERT_EQ(std::bit_cast<std::uint32_t>(alone[0][i].nearness),
                  std::bit_cast<std::uint32_t>(together[q][i].nearness));
      }
    }
  }
}

TEST(ExactSearch, nothing_is_found_among_nothing) {
  const ExactSearch search{Distance::dot, 3, {}, kNoRules, {}};
  EXPECT_THAT(search.run(std::vector<float>(6), std::vector<std::size_t>{5, 5}),
              testing::ElementsAre(testing::IsEmpty(), testing::IsEmpty()));
  EXPECT_TRUE(search.run({}, {}).empty());
}

TEST(ExactSearch, what_overflows_is_found_last_and_what_is_no_number_never) {
  constexpr float kMax = std::numeric_limits<float>::max();
  const std::vector<float> rows{1, 1, -kMax, -kMax, kMax, kMax, kMax, -kMax};
  const RowBlock block{rows.data(), 4, 2, 0};
  const ExactSearch search{Distance::dot, 2, {&block, 1}, kNoRules, {}};
  // kMax * kMax * 2 - the same: infinity less infinity.
  const auto found = search.run(std::vector<float>{kMax, kMax}, std::vector<std::size_t>{10});
  EXPECT_EQ(rows_of(found[0]), (std::vector<std::uint64_t>{0, 2, 1}));
}

// Asks to stop at the row `at`, and counts what is asked about afterwards.
class StopAt final : public RowRules {
 public:
  StopAt(std::stop_source source, std::uint64_t at) : source_(std::move(source)), at_(at) {}
  std::uint64_t accepted(std::uint64_t first, unsigned count) const noexcept override {
    if (source_.stop_requested()) ++late;
    if (first + count > at_) source_.request_stop();
    return ~std::uint64_t{0};
  }
  mutable int late = 0;

 private:
  mutable std::stop_source source_;
  std::uint64_t at_;
};

TEST(ExactSearch, stops_within_one_block_of_rows_and_one_chunk_of_queries) {
  constexpr std::size_t kDimension = 64;
  const std::vector<float> numbers(20000 * kDimension);
  const RowBlock block{numbers.data(), 20000, kDimension, 0};
  for (const std::size_t queries : {1U, 500U}) {
    const std::stop_source source;
    const StopAt rules(source, 10000);
    std::atomic<std::uint64_t> looked_at{0};
    const ExactSearch search{Distance::cosine, kDimension, {&block, 1}, rules, source.get_token(), &looked_at};
    EXPECT_THROW(search.run(std::vector<float>(queries * kDimension), std::vector<std::size_t>(queries, 1)),
                 ringback::Cancelled);
    EXPECT_EQ(rules.late, 0);
    EXPECT_GE(looked_at.load(), 9900 * queries);
    EXPECT_LE(looked_at.load(), 10000 * queries + std::uint64_t{64} * 64);
  }
}

TEST(ExactSearch, looks_at_the_token_also_where_no_row_is_accepted) {
  const std::vector<float> numbers(1000);
  const RowBlock block{numbers.data(), 1000, 1, 1};
  const SomeRows none(5000, false);
  std::stop_source source;
  source.request_stop();
  const ExactSearch search{Distance::cosine, 1, {&block, 1}, none, source.get_token()};
  EXPECT_THROW(search.run(std::vector<float>(1), std::vector<std::size_t>{1}), ringback::Cancelled);
}

TEST(Score, is_what_the_distance_says) {
  EXPECT_EQ(score_of(Distance::cosine, 0.5F), 0.5F);
  EXPECT_EQ(score_of(Distance::dot, -2), -2);
  EXPECT_EQ(score_of(Distance::euclid, -25), 5);
  EXPECT_EQ(score_of(Distance::manhattan, -7), 7);
  EXPECT_FALSE(std::signbit(score_of(Distance::euclid, -0.0F)));
  EXPECT_FALSE(std::signbit(score_of(Distance::manhattan, -0.0F)));
}

}  // namespace
}  // namespace vectordb

#include "vectordb/index/exact_search.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "ringback/base/error.h"
#include "vectordb/distance/kernels.h"
#include "vectordb/index/nearest.h"

namespace vectordb {
namespace {

// Rows that stay in the first-level cache while queries pass by.
constexpr std::size_t kRowBytes = std::size_t{24} << 10;
constexpr std::size_t kRowsMax = 64;
// Queries that stay in the second-level cache while rows pass by.
constexpr std::size_t kGroupBytes = std::size_t{512} << 10;
constexpr std::size_t kGroupMax = 1024;
// Queries between two looks at the stop token, and the multiplications that they may take.
constexpr std::size_t kQueriesMax = 64;
constexpr std::size_t kMultiplicationsMax = std::size_t{1} << 19;

std::size_t in_fours(std::size_t count, std::size_t most) noexcept {
  return std::clamp<std::size_t>(count / 4 * 4, 4, most);
}

Sum sum_for(Distance distance) noexcept {
  switch (distance) {
    case Distance::cosine:
    case Distance::dot: return kernels().products;
    case Distance::euclid: return kernels().squares;
    case Distance::manhattan: return kernels().differences;
  }
  return nullptr;
}

// One run over all rows with a group of queries.
class Pass {
 public:
  Pass(const ExactSearch& search, std::span<const float> queries, std::span<Nearest> nearest) noexcept
      : search_(search),
        queries_(queries),
        nearest_(nearest),
        sum_(sum_for(search.distance)),
        sign_(more_is_nearer(search.distance) ? 1.0F : -1.0F),
        rows_(in_fours(kRowBytes / (sizeof(float) * search.dimension), kRowsMax)),
        chunk_(in_fours(kMultiplicationsMax / (rows_ * search.dimension), kQueriesMax)) {}

  void look_at(const RowBlock& block) {
    for (std::size_t row = 0; row < block.count; row += rows_) {
      look_at(block, row, static_cast<unsigned>(std::min(rows_, block.count - row)));
    }
  }

 private:
  void look_at(const RowBlock& block, std::size_t row, unsigned count) {
    const std::uint64_t all = ~std::uint64_t{0} >> (64 - count);
    const std::uint64_t accepted = search_.rules.accepted(block.first + row, count) & all;
    if (accepted == 0) return check_stop(0);
    // Where few are left it is cheaper to take them one by one.
    const bool is_sparse = std::popcount(accepted) * 4 < static_cast<int>(count);
    for (std::size_t q = 0; q < nearest_.size(); q += chunk_) {
      const std::size_t queries = std::min(chunk_, nearest_.size() - q);
      if (is_sparse) {
        for (std::uint64_t left = accepted; left != 0; left &= left - 1) {
          hold(block, row + static_cast<std::size_t>(std::countr_zero(left)), 1, 1, q, queries);
        }
      } else {
        hold(block, row, count, accepted, q, queries);
      }
      check_stop(static_cast<std::size_t>(std::popcount(accepted)) * queries);
    }
  }

  // Rows against queries.
  void hold(const RowBlock& block, std::size_t row, std::size_t count, std::uint64_t accepted, std::size_t q,
            std::size_t queries) {
    sum_({.queries = queries_.data() + q * search_.dimension,
          .query_count = queries,
          .query_stride = search_.dimension,
          .rows = block.vectors + row * block.stride,
          .row_count = count,
          .row_stride = block.stride,
          .dimension = search_.dimension,
          .sums = sums_.data(),
          .sums_stride = kRowsMax});
    for (std::size_t i = 0; i < queries; ++i) {
      const std::span<float> sums(sums_.data() + i * kRowsMax, count);
      if (sign_ < 0) {
        for (float& sum : sums) sum = -sum;
      }
      nearest_[q + i].offer(block.first + row, sums, accepted);
    }
  }

  void check_stop(std::size_t rows_looked_at) const {
    if (search_.looked_at != nullptr) search_.looked_at->fetch_add(rows_looked_at, std::memory_order_relaxed);
    if (search_.stop.stop_requested()) throw ringback::Cancelled{};
  }

  const ExactSearch& search_;
  const std::span<const float> queries_;
  const std::span<Nearest> nearest_;
  const Sum sum_;
  const float sign_;
  const std::size_t rows_;
  const std::size_t chunk_;
  std::array<float, kRowsMax * kQueriesMax> sums_;
};

}  // namespace

std::vector<std::vector<Near>> ExactSearch::run(std::span<const float> queries,
                                                std::span<const std::size_t> limits) const {
  if (stop.stop_requested()) throw ringback::Cancelled{};
  std::vector<Nearest> nearest;
  nearest.reserve(limits.size());
  for (const std::size_t limit : limits) nearest.emplace_back(limit, rules);

  const std::size_t group = in_fours(kGroupBytes / (sizeof(float) * dimension), kGroupMax);
  for (std::size_t q = 0; q < limits.size(); q += group) {
    const std::size_t count = std::min(group, limits.size() - q);
    Pass pass(*this, queries.subspan(q * dimension, count * dimension), std::span(nearest).subspan(q, count));
    for (const RowBlock& block : blocks) pass.look_at(block);
  }

  std::vector<std::vector<Near>> found;
  found.reserve(limits.size());
  for (Nearest& of_one : nearest) found.push_back(std::move(of_one).take());
  return found;
}

float score_of(Distance distance, float nearness) noexcept {
  if (more_is_nearer(distance)) return nearness;
  const float apart = 0.0F - nearness;  // Not -nearness: nothing apart is 0, not -0.
  return distance == Distance::euclid ? std::sqrt(apart) : apart;
}

}  // namespace vectordb

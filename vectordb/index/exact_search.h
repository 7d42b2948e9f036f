// The nearest rows, by looking at every one.
//
// Rows are taken a cache's worth at a time and held against all queries, so that a batch reads memory
// hardly more often than one query does. Synchronous and pure: no thread, no lock, no allocation but
// for what it gives.
//
// Threads: none of its own. Lifetime: what it is given outlives the call.
// Errors: throws ringback::Cancelled once `stop` is asked for; it is looked at after some tens of
// microseconds' work at most.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

#include "vectordb/distance/distance.h"

namespace vectordb {

// Rows of vectors side by side in memory, `stride` floats apart. Their numbers go up from `first`.
struct RowBlock {
  const float* vectors = nullptr;
  std::size_t count = 0;
  std::size_t stride = 0;
  std::uint64_t first = 0;
};

// What is known of rows besides their vectors.
class RowRules {
 public:
  // Bit i says whether row first + i is to be looked at; `count` is at most 64. All rows lie in one
  // RowBlock. Others may be looked at and are not found.
  virtual std::uint64_t accepted(std::uint64_t /*first*/, unsigned /*count*/) const noexcept {
    return ~std::uint64_t{0};
  }

  // Of two rows that are equally near, whether `a` is found before `b`. A total order.
  virtual bool comes_first(std::uint64_t a, std::uint64_t b) const noexcept { return a < b; }

 protected:
  ~RowRules() = default;
};

// A row that was found. More nearness is nearer, whatever the distance: see score_of().
struct Near {
  std::uint64_t row = 0;
  float nearness = 0;
};

struct ExactSearch {
  Distance distance = Distance::cosine;
  std::size_t dimension = 0;
  std::span<const RowBlock> blocks;
  const RowRules& rules;
  std::stop_token stop;
  // Counts rows held against a query, once for each query; written before `stop` is looked at.
  std::atomic<std::uint64_t>* looked_at = nullptr;

  // For each query the `limits[q]` nearest, nearest first; of equally near ones as the rules say. What is
  // found for a query does not depend on the others. A row whose distance is not a number, since parts
  // of it overflowed both ways, is not found. Queries are `dimension` floats each, side by side.
  std::vector<std::vector<Near>> run(std::span<const float> queries, std::span<const std::size_t> limits) const;
};

// What a nearness is called outside: a distance where less is nearer.
float score_of(Distance distance, float nearness) noexcept;

}  // namespace vectordb

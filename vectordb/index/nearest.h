// The best few of many, as they come by.
#pragma once

#include <span>
#include <vector>

#include "vectordb/index/exact_search.h"

namespace vectordb {

// Keeps the `limit` nearest of what it is offered. Threads: none of its own; like a vector.
// Cost: hardly more than a comparison for a row that is not among them.
class Nearest {
 public:
  Nearest(std::size_t limit, const RowRules& rules);

  // Rows first, first + 1, ... with these nearnesses, those whose bit in `accepted` is set; 64 at most.
  void offer(std::uint64_t first, std::span<const float> nearnesses, std::uint64_t accepted);
  void offer(Near row);

  // Nearest first. Of no more use afterwards.
  std::vector<Near> take() &&;

 private:
  bool is_full() const noexcept { return heap_.size() == limit_; }
  bool is_better(const Near& a, const Near& b) const noexcept;

  std::size_t limit_;
  const RowRules& rules_;
  std::vector<Near> heap_;  // the worst of them in front
  float worst_;             // what a row needs to be looked at closely
};

}  // namespace vectordb

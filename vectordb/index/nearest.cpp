#include "vectordb/index/nearest.h"

#include <algorithm>
#include <limits>

namespace vectordb {
namespace {

// Whether any of them is at least `bound`: without a branch in the loop, which becomes wide instructions.
bool any_reaches(std::span<const float> nearnesses, float bound) noexcept {
  int reaches = 0;
  for (const float nearness : nearnesses) reaches |= static_cast<int>(nearness >= bound);
  return reaches != 0;
}

}  // namespace

Nearest::Nearest(std::size_t limit, const RowRules& rules)
    : limit_(limit),
      rules_(rules),
      worst_(limit == 0 ? std::numeric_limits<float>::quiet_NaN() : -std::numeric_limits<float>::infinity()) {
  constexpr std::size_t kReservedMax = 1024;
  heap_.reserve(std::min(limit, kReservedMax));
}

bool Nearest::is_better(const Near& a, const Near& b) const noexcept {
  if (a.nearness != b.nearness) return a.nearness > b.nearness;
  return rules_.comes_first(a.row, b.row);
}

void Nearest::offer(std::uint64_t first, std::span<const float> nearnesses, std::uint64_t accepted) {
  if (!any_reaches(nearnesses, worst_)) return;
  for (std::size_t i = 0; i < nearnesses.size(); ++i) {
    if (nearnesses[i] >= worst_ && (accepted >> i & 1) != 0) offer({first + i, nearnesses[i]});
  }
}

void Nearest::offer(Near row) {
  if (!(row.nearness >= worst_)) return;
  const auto better = [this](const Near& a, const Near& b) { return is_better(a, b); };
  if (is_full()) {
    if (!is_better(row, heap_.front())) return;
    std::ranges::pop_heap(heap_, better);
    heap_.back() = row;
  } else {
    heap_.push_back(row);
  }
  std::ranges::push_heap(heap_, better);
  if (is_full()) worst_ = heap_.front().nearness;
}

std::vector<Near> Nearest::take() && {
  std::ranges::sort(heap_, [this](const Near& a, const Near& b) { return is_better(a, b); });
  return std::move(heap_);
}

}  // namespace vectordb

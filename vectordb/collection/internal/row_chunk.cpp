#include "vectordb/collection/internal/row_chunk.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>

namespace vectordb::internal {
namespace {

constexpr std::size_t kCacheLine = 64;
constexpr std::size_t kLargePage = std::size_t{2} << 20;

std::size_t alignment_for(std::size_t bytes) noexcept { return bytes >= kLargePage ? kLargePage : kCacheLine; }

}  // namespace

Floats::Floats(std::size_t count) {
  const std::size_t alignment = alignment_for(count * sizeof(float));
  const std::size_t bytes = (count * sizeof(float) + alignment - 1) / alignment * alignment;
  data_ = static_cast<float*>(std::aligned_alloc(alignment, bytes));
  if (data_ == nullptr) throw std::bad_alloc();
  // A wish: without large pages it is slower and no less right.
  if (alignment == kLargePage) static_cast<void>(::madvise(data_, bytes, MADV_HUGEPAGE));
}

Floats::~Floats() { std::free(data_); }

std::uint64_t RowChunk::visible(std::size_t first, unsigned count, std::uint64_t sequence) const noexcept {
  if (!has_deleted()) return ~std::uint64_t{0};
  std::uint64_t bits = 0;
  for (unsigned i = 0; i < count; ++i) bits |= std::uint64_t{is_visible(first + i, sequence)} << i;
  return bits;
}

std::size_t RowChunk::add(const PointId& id, std::span<const float> vector, Payload payload, std::uint64_t version) {
  std::ranges::copy(vector, floats_.data() + used_ * dimension_);
  Row& row = rows_[used_];
  row.id = id;
  row.version = version;
  row.payload = std::move(payload);
  return used_++;
}

void RowChunk::mark_deleted(std::size_t row, std::uint64_t sequence) noexcept {
  rows_[row].deleted_at.store(sequence, std::memory_order_relaxed);
  deleted_.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace vectordb::internal

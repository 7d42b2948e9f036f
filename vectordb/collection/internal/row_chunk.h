// Rows that were allocated together: vectors side by side, and what belongs to each.
//
// Protocol. The one writer fills rows from the front. A published row (see row_store.h) does not change, except
// that the writer may set `deleted_at` once, to the sequence number from which the row is deleted. A reader
// looks only at rows that were published at its sequence number or before. `deleted_` counts the deleted rows.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>

#include "vectordb/point/point.h"

namespace vectordb::internal {

// Uninitialised floats at a multiple of 64 bytes; large ones on large pages where the system has them.
class Floats {
 public:
  explicit Floats(std::size_t count);
  ~Floats();
  Floats(const Floats&) = delete;
  Floats& operator=(const Floats&) = delete;

  float* data() const noexcept { return data_; }

 private:
  float* data_;
};

class RowChunk : public std::enable_shared_from_this<RowChunk> {
 public:
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

  struct Row {
    PointId id;
    std::uint64_t version = 0;
    Payload payload;
    std::atomic<std::uint64_t> deleted_at{kNever};
  };

  RowChunk(std::size_t capacity, std::size_t dimension)
      : capacity_(capacity), dimension_(dimension), floats_(capacity * dimension), rows_(new Row[capacity]) {}

  std::size_t capacity() const noexcept { return capacity_; }
  std::size_t bytes() const noexcept { return capacity_ * dimension_ * sizeof(float); }
  const float* vectors() const noexcept { return floats_.data(); }
  std::span<const float> vector(std::size_t row) const noexcept {
    return {floats_.data() + row * dimension_, dimension_};
  }
  const Row& row(std::size_t row) const noexcept { return rows_[row]; }

  // Whether a reader at `sequence` sees `row`, which was published at or before it.
  bool is_visible(std::size_t row, std::uint64_t sequence) const noexcept {
    // Relaxed: deletions up to our sequence number were published with it. A later one, read or not, has a
    // larger number than ours.
    return rows_[row].deleted_at.load(std::memory_order_relaxed) > sequence;
  }
  bool has_deleted() const noexcept { return deleted_.load(std::memory_order_relaxed) != 0; }
  // Bit i for row first + i.
  std::uint64_t visible(std::size_t first, unsigned count, std::uint64_t sequence) const noexcept;

  // By the writer only, from here on.
  std::size_t used() const noexcept { return used_; }
  std::size_t deleted() const noexcept { return deleted_.load(std::memory_order_relaxed); }
  bool is_full() const noexcept { return used_ == capacity_; }
  std::size_t add(const PointId& id, std::span<const float> vector, Payload payload, std::uint64_t version);
  void mark_deleted(std::size_t row, std::uint64_t sequence) noexcept;

 private:
  const std::size_t capacity_;
  const std::size_t dimension_;
  const Floats floats_;
  const std::unique_ptr<Row[]> rows_;
  std::size_t used_ = 0;
  std::atomic<std::size_t> deleted_{0};
};

}  // namespace vectordb::internal

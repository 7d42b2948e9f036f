// The rows of a collection: one writer, and any number of readers that never wait.
//
// Protocol. Each commit() has a sequence number. The writer appends rows and marks others deleted; readers do
// not see that yet. commit() publishes all of it as one: a Snapshot taken later sees everything, an earlier
// one nothing. To replace a point, the writer adds a row and marks the old one deleted. A chunk with more than
// half of its rows deleted is compacted: its other rows are appended again, and its memory is freed with the
// last Snapshot that has it.
//
//   published_   guarded by lock_, held to copy or to replace it and for nothing else
//   the rest     the writer's
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "vectordb/collection/internal/row_chunk.h"
#include "vectordb/index/exact_search.h"

namespace vectordb::internal {

// Where a row is. Good while its point is not replaced or removed.
struct RowPlace {
  RowChunk* chunk = nullptr;
  std::size_t row = 0;
};

// The rows as they were at one sequence number. Threads: reading is safe from any thread.
class Snapshot final : public RowRules {
 public:
  using Chunks = std::vector<std::shared_ptr<const RowChunk>>;

  Snapshot() = default;
  Snapshot(std::shared_ptr<const Chunks> chunks, std::size_t in_last, std::uint64_t sequence)
      : chunks_(std::move(chunks)), in_last_(in_last), sequence_(sequence) {}

  // The number of row r of chunk c is c * 2^32 + r.
  std::vector<RowBlock> blocks(std::size_t dimension) const;
  std::uint64_t accepted(std::uint64_t first, unsigned count) const noexcept override {
    return chunk_of(first).visible(first & kRowBits, count, sequence_);
  }
  bool comes_first(std::uint64_t a, std::uint64_t b) const noexcept override { return row(a).id < row(b).id; }

  const RowChunk::Row& row(std::uint64_t number) const noexcept { return chunk_of(number).row(number & kRowBits); }
  std::span<const float> vector(std::uint64_t number) const noexcept {
    return chunk_of(number).vector(number & kRowBits);
  }

 private:
  static constexpr unsigned kRowShift = 32;
  static constexpr std::uint64_t kRowBits = (std::uint64_t{1} << kRowShift) - 1;

  const RowChunk& chunk_of(std::uint64_t number) const noexcept { return *(*chunks_)[number >> kRowShift]; }

  std::shared_ptr<const Chunks> chunks_;
  std::size_t in_last_ = 0;  // published rows of the last chunk; of the others all are
  std::uint64_t sequence_ = 0;
};

class RowStore {
 public:
  explicit RowStore(std::size_t dimension) : dimension_(dimension) {}

  Snapshot snapshot() const;

  // By the writer only. Readers see what it adds and marks deleted after commit().
  RowPlace add(const PointId& id, std::span<const float> vector, Payload payload, std::uint64_t version);
  void mark_deleted(RowPlace place) noexcept;
  // Compacts, then publishes. Calls `moved(id, place)` for each point that compaction gave another row.
  // If memory runs out, nothing is lost: the next commit() publishes it.
  template <typename Moved>
  void commit(Moved&& moved) {
    while (RowChunk* const chunk = find_sparse()) {
      compact(*chunk, moved);
    }
    publish();
  }
  // Of memory for vectors.
  std::size_t bytes() const noexcept;

 private:
  void begin_chunk();
  template <typename Moved>
  void compact(RowChunk& chunk, Moved& moved) {
    for (std::size_t row = 0; row < chunk.used(); ++row) {
      if (!chunk.is_visible(row, sequence_ + 1)) continue;
      const RowChunk::Row& old = chunk.row(row);
      moved(old.id, add(old.id, chunk.vector(row), old.payload, old.version));
      mark_deleted({&chunk, row});
    }
    remove_chunk(chunk);
  }
  RowChunk* find_sparse() noexcept;
  void remove_chunk(const RowChunk& chunk) noexcept;
  void publish();

  const std::size_t dimension_;
  std::vector<std::shared_ptr<RowChunk>> chunks_;
  std::uint64_t sequence_ = 0;  // the last that was published
  bool chunks_changed_ = false;
  bool may_be_sparse_ = false;

  mutable std::mutex lock_;
  struct Published {
    std::shared_ptr<const Snapshot::Chunks> chunks;
    std::size_t in_last = 0;
    std::uint64_t sequence = 0;
    std::size_t bytes = 0;
  } published_;
};

}  // namespace vectordb::internal

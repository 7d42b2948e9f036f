// The rows of a collection: one writer, and any number of readers that wait for nobody.
//
// Protocol. Time goes in moments: each commit() ends one. The writer appends rows and buries others,
// which nobody sees; commit() publishes them as one: readers that take a Snapshot later see all, those
// before none. A replaced point is a new row and a buried one. A chunk of which more than half is dead is
// given up: what lives in it is appended again, and the chunk goes with the last Snapshot of it.
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

// The rows as they were at one moment. Threads: reading is safe from any thread.
class Snapshot final : public RowRules {
 public:
  using Chunks = std::vector<std::shared_ptr<const RowChunk>>;

  Snapshot() = default;
  Snapshot(std::shared_ptr<const Chunks> chunks, std::size_t in_last, std::uint64_t moment)
      : chunks_(std::move(chunks)), in_last_(in_last), moment_(moment) {}

  // The number of row r of chunk c is c * 2^32 + r.
  std::vector<RowBlock> blocks(std::size_t dimension) const;
  std::uint64_t accepted(std::uint64_t first, unsigned count) const noexcept override {
    return chunk_of(first).alive(first & kRowBits, count, moment_);
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
  std::uint64_t moment_ = 0;
};

class RowStore {
 public:
  explicit RowStore(std::size_t dimension) : dimension_(dimension) {}

  Snapshot snapshot() const;

  // By the writer only. What is added and buried shows with commit().
  RowPlace add(const PointId& id, std::span<const float> vector, Payload payload, std::uint64_t version);
  void bury(RowPlace place) noexcept;
  // `moved(id, place)` is called for each point that has another row from now on. Where memory runs out
  // nothing is lost, and the next one publishes.
  template <typename Moved>
  void commit(Moved&& moved) {
    while (RowChunk* const chunk = find_sparse()) {
      for (std::size_t row = 0; row < chunk->used(); ++row) {
        if (!chunk->is_alive(row, moment_ + 1)) continue;
        const RowChunk::Row& old = chunk->row(row);
        moved(old.id, add(old.id, chunk->vector(row), old.payload, old.version));
        bury({chunk, row});
      }
      give_up(*chunk);
    }
    publish();
  }
  // Of memory for vectors.
  std::size_t bytes() const noexcept;

 private:
  void begin_chunk();
  RowChunk* find_sparse() noexcept;
  void give_up(const RowChunk& chunk) noexcept;
  void publish();

  const std::size_t dimension_;
  std::vector<std::shared_ptr<RowChunk>> chunks_;
  std::uint64_t moment_ = 0;  // the last that was published
  bool chunks_changed_ = false;
  bool may_be_sparse_ = false;

  mutable std::mutex lock_;
  struct Published {
    std::shared_ptr<const Snapshot::Chunks> chunks;
    std::size_t in_last = 0;
    std::uint64_t moment = 0;
    std::size_t bytes = 0;
  } published_;
};

}  // namespace vectordb::internal

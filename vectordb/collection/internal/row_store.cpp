#include "vectordb/collection/internal/row_store.h"

#include <algorithm>

namespace vectordb::internal {
namespace {

// Small at first, and never so large that compacting one takes long.
constexpr std::size_t kFirstChunkBytes = std::size_t{64} << 10;
constexpr std::size_t kChunkBytesMax = std::size_t{4} << 20;
constexpr std::size_t kChunkRowsMin = 8;
constexpr std::size_t kChunkRowsMax = std::size_t{1} << 14;

}  // namespace

std::vector<RowBlock> Snapshot::blocks(std::size_t dimension) const {
  std::vector<RowBlock> blocks;
  if (chunks_ == nullptr) return blocks;
  blocks.reserve(chunks_->size());
  for (std::size_t i = 0; i < chunks_->size(); ++i) {
    const RowChunk& chunk = *(*chunks_)[i];
    const bool is_last = i + 1 == chunks_->size();
    blocks.push_back({chunk.vectors(), is_last ? in_last_ : chunk.capacity(), dimension, i << kRowShift});
  }
  return blocks;
}

Snapshot RowStore::snapshot() const {
  std::lock_guard guard(lock_);
  return {published_.chunks, published_.in_last, published_.sequence};
}

std::size_t RowStore::bytes() const noexcept {
  std::lock_guard guard(lock_);
  return published_.bytes;
}

RowPlace RowStore::add(const PointId& id, std::span<const float> vector, Payload payload, std::uint64_t version) {
  if (chunks_.empty() || chunks_.back()->is_full()) begin_chunk();
  RowChunk& chunk = *chunks_.back();
  return {&chunk, chunk.add(id, vector, std::move(payload), version)};
}

void RowStore::mark_deleted(RowPlace place) noexcept {
  place.chunk->mark_deleted(place.row, sequence_ + 1);
  may_be_sparse_ = may_be_sparse_ || place.chunk->deleted() * 2 > place.chunk->used();
}

void RowStore::begin_chunk() {
  const std::size_t row_bytes = dimension_ * sizeof(float);
  const std::size_t most = std::clamp(kChunkBytesMax / row_bytes, kChunkRowsMin, kChunkRowsMax);
  const std::size_t wanted = chunks_.empty() ? kFirstChunkBytes / row_bytes : chunks_.back()->capacity() * 2;
  auto chunk = std::make_shared<RowChunk>(std::clamp(wanted, kChunkRowsMin, most), dimension_);
  chunks_.push_back(std::move(chunk));
  chunks_changed_ = true;
}

// Only full ones: the last is still being written.
RowChunk* RowStore::find_sparse() noexcept {
  if (!may_be_sparse_) return nullptr;
  const auto sparse = std::ranges::find_if(
      chunks_, [](const auto& chunk) { return chunk->is_full() && chunk->deleted() * 2 > chunk->used(); });
  if (sparse != chunks_.end()) return sparse->get();
  may_be_sparse_ = false;
  return nullptr;
}

void RowStore::remove_chunk(const RowChunk& chunk) noexcept {
  std::erase_if(chunks_, [&](const auto& each) { return each.get() == &chunk; });
  chunks_changed_ = true;
}

void RowStore::publish() {
  Published now;
  if (chunks_changed_ || published_.chunks == nullptr) {
    now.chunks = std::make_shared<const Snapshot::Chunks>(chunks_.begin(), chunks_.end());
  }
  for (const auto& chunk : chunks_) now.bytes += chunk->bytes();
  now.in_last = chunks_.empty() ? 0 : chunks_.back()->used();
  now.sequence = ++sequence_;
  chunks_changed_ = false;
  std::lock_guard guard(lock_);
  if (now.chunks == nullptr) now.chunks = std::move(published_.chunks);
  std::swap(published_, now);  // The old one is released outside the lock.
}

}  // namespace vectordb::internal

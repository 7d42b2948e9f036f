// Received bytes, which the Chunk owns.
//
// The bytes may lie in a buffer that a driver lent (a ring buffer) or on the heap; destroying the
// Chunk gives them back. Threads: a Chunk is used by one thread at a time and may be destroyed on any.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <utility>

#include "ringback/base/runtime.h"

namespace ringback {

namespace runtime {

// Who takes a Chunk's memory back. give_back() may be called on any thread, once per chunk.
class ChunkOwner {
 public:
  virtual void give_back(std::byte* bytes) noexcept = 0;

 protected:
  ~ChunkOwner() = default;
};

}  // namespace runtime

class Chunk {
 public:
  Chunk() noexcept = default;

  // Lent memory: `owner` outlives the chunk.
  Chunk(std::byte* bytes, std::size_t size, runtime::ChunkOwner& owner) noexcept
      : memory_(bytes), data_(bytes), size_(size), owner_(&owner) {}

  // A copy of `bytes` on the heap; empty where there is no memory for it.
  static Chunk try_copy_of(std::span<const std::byte> bytes) noexcept {
    Chunk chunk;
    chunk.memory_ = chunk.data_ = new (std::nothrow) std::byte[bytes.size()];
    if (chunk.memory_ == nullptr) return chunk;
    chunk.size_ = bytes.size();
    if (!bytes.empty()) std::memcpy(chunk.data_, bytes.data(), bytes.size());
    return chunk;
  }
  // The same. Errors: std::bad_alloc.
  static Chunk copy_of(std::span<const std::byte> bytes) {
    Chunk chunk = try_copy_of(bytes);
    if (chunk.memory_ == nullptr) throw std::bad_alloc();
    return chunk;
  }

  Chunk(Chunk&& other) noexcept
      : memory_(std::exchange(other.memory_, nullptr)),
        data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        owner_(std::exchange(other.owner_, nullptr)) {}
  Chunk& operator=(Chunk&& other) noexcept {
    Chunk taken(std::move(other));
    std::swap(memory_, taken.memory_);
    std::swap(data_, taken.data_);
    std::swap(size_, taken.size_);
    std::swap(owner_, taken.owner_);
    return *this;
  }
  ~Chunk() {
    if (owner_ != nullptr) {
      owner_->give_back(memory_);
    } else {
      delete[] memory_;
    }
  }

  std::span<std::byte> bytes() noexcept { return {data_, size_}; }
  std::span<const std::byte> bytes() const noexcept { return {data_, size_}; }
  std::string_view text() const noexcept { return {reinterpret_cast<const char*>(data_), size_}; }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }

  // Forgets the first `count` bytes, which have been used.
  void drop_front(std::size_t count) noexcept {
    data_ += count;
    size_ -= count;
  }

 private:
  std::byte* memory_ = nullptr;
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  runtime::ChunkOwner* owner_ = nullptr;
};

}  // namespace ringback

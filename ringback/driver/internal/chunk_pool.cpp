#include "ringback/driver/internal/chunk_pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <new>
#include <utility>

#include "ringback/base/error.h"

namespace ringback::internal {
namespace {

// Mapped, so that buffers nobody has used yet cost no memory.
std::byte* map_memory(std::size_t bytes) {
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw Error::from_os(errno, "map receive buffers");
  return static_cast<std::byte*>(memory);
}

}  // namespace

ChunkPool* ChunkPool::make(std::uint32_t count, std::uint32_t bytes) { return new ChunkPool(count, bytes); }

ChunkPool::ChunkPool(std::uint32_t count, std::uint32_t bytes)
    : count_(count),
      bytes_(bytes),
      lent_max_(count - std::max(count / 4, 1U)),
      here_(count, true),
      next_(count, kNone),
      memory_(map_memory(std::size_t{count} * bytes)) {}

ChunkPool::~ChunkPool() { ::munmap(memory_, std::size_t{count_} * bytes_); }

void ChunkPool::detach() noexcept {
  bool last = false;
  {
    std::lock_guard hold(lock_);
    is_detached_ = true;
    last = lent_ == 0;
  }
  if (last) delete this;
}

Chunk ChunkPool::take(std::uint32_t index, std::size_t size, bool& is_free) noexcept {
  is_free = false;
  if (lend(index, lent_max_)) return {buffer(index), size, *this};
  Chunk copy = Chunk::try_copy_of({buffer(index), size});
  is_free = !copy.empty();
  if (is_free) return copy;
  // The bytes are no longer in the socket: rather run out of buffers than lose them.
  lend(index, count_);
  return {buffer(index), size, *this};
}

bool ChunkPool::lend(std::uint32_t index, std::uint32_t lent_max) noexcept {
  std::lock_guard hold(lock_);
  if (lent_ >= lent_max) return false;
  ++lent_;
  here_[index] = false;
  return true;
}

void ChunkPool::give_back(std::byte* bytes) noexcept {
  const auto index = static_cast<std::uint32_t>(static_cast<std::size_t>(bytes - memory_) / bytes_);
  bool last = false;
  {
    std::lock_guard hold(lock_);
    next_[index] = returned_;
    returned_ = index;
    returned_hint_.store(true, std::memory_order_relaxed);
    last = --lent_ == 0 && is_detached_;
  }
  if (last) delete this;
}

std::uint32_t ChunkPool::returned_chain() noexcept {
  std::lock_guard hold(lock_);
  returned_hint_.store(false, std::memory_order_relaxed);
  return std::exchange(returned_, kNone);
}

}  // namespace ringback::internal

#include "ringback/driver/internal/chunk_pool.h"

#include <sys/mman.h>

#include <cerrno>
#include <mutex>
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

ChunkPool* ChunkPool::make(std::uint32_t count, std::uint32_t bytes, WakeSignal& signal) {
  return new ChunkPool(count, bytes, signal);
}

ChunkPool::ChunkPool(std::uint32_t count, std::uint32_t bytes, WakeSignal& signal)
    : count_(count),
      bytes_(bytes),
      here_(count, true),
      next_(count, kNone),
      memory_(map_memory(std::size_t{count} * bytes)),
      signal_(&signal) {}

ChunkPool::~ChunkPool() { ::munmap(memory_, std::size_t{count_} * bytes_); }

void ChunkPool::detach() noexcept {
  bool last = false;
  {
    std::lock_guard hold(lock_);
    signal_ = nullptr;
    last = lent_ == 0;
  }
  if (last) delete this;
}

Chunk ChunkPool::lend(std::uint32_t index, std::size_t size) noexcept {
  here_[index] = false;
  {
    std::lock_guard hold(lock_);
    ++lent_;
  }
  return {buffer(index), size, *this};
}

bool ChunkPool::starve() noexcept {
  std::lock_guard hold(lock_);
  // With nothing lent nobody could give anything back: the shortage is over, or was another one.
  starving_ = returned_ == kNone && lent_ != 0;
  return starving_;
}

void ChunkPool::give_back(std::byte* bytes) noexcept {
  const auto index = static_cast<std::uint32_t>(static_cast<std::size_t>(bytes - memory_) / bytes_);
  bool last = false;
  {
    std::lock_guard hold(lock_);
    next_[index] = returned_;
    returned_ = index;
    returned_hint_.store(true, std::memory_order_relaxed);
    last = --lent_ == 0 && signal_ == nullptr;
    // Under the lock, because the signal dies with the driver.
    if (starving_ && signal_ != nullptr) signal_->raise();
    starving_ = false;
  }
  if (last) delete this;
}

std::uint32_t ChunkPool::returned_chain() noexcept {
  std::lock_guard hold(lock_);
  returned_hint_.store(false, std::memory_order_relaxed);
  return std::exchange(returned_, kNone);
}

}  // namespace ringback::internal

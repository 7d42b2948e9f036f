#include "ringback/driver/internal/buffer_ring.h"

#include <sys/mman.h>

#include <cerrno>

namespace ringback::internal {

int BufferRing::open(Ring& ring, ChunkPool& pool) noexcept {
  const std::size_t bytes = pool.count() * sizeof(io_uring_buf);
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return -errno;
  if (const int code = ring.register_buffers(memory, pool.count(), kGroup); code < 0) {
    ::munmap(memory, bytes);
    return code;
  }
  buffers_ = static_cast<io_uring_buf_ring*>(memory);
  count_ = pool.count();
  for (std::uint32_t index = 0; index < count_; ++index) {
    if (pool.is_here(index)) add(pool, index);
  }
  return 0;
}

void BufferRing::clear() noexcept {
  if (buffers_ != nullptr) ::munmap(buffers_, count_ * sizeof(io_uring_buf));
  buffers_ = nullptr;
}

void BufferRing::add(const ChunkPool& pool, std::uint32_t index) noexcept {
  io_uring_buf_ring_add(buffers_, pool.buffer(index), pool.bytes(), static_cast<std::uint16_t>(index),
                        io_uring_buf_ring_mask(count_), 0);
  io_uring_buf_ring_advance(buffers_, 1);
}

}  // namespace ringback::internal

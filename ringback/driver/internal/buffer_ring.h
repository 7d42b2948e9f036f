// The ring through which one io_uring is given buffers to receive into.
//
// Threads: the ring's owner. Lifetime: ends after the Ring it was registered with, and shares the
// pool's buffers with it; a buffer that is lent or returned is not in it.
#pragma once

#include <liburing.h>

#include <cstdint>

#include "ringback/driver/internal/chunk_pool.h"
#include "ringback/driver/internal/ring.h"

namespace ringback::internal {

class BufferRing {
 public:
  // The group that requests name.
  static constexpr std::uint16_t kGroup = 0;

  BufferRing() noexcept = default;
  ~BufferRing() { clear(); }
  BufferRing(const BufferRing&) = delete;
  BufferRing& operator=(const BufferRing&) = delete;

  bool exists() const noexcept { return buffers_ != nullptr; }

  // Registers with `ring` and hands it every buffer that the pool has. 0 or a negative errno.
  int open(Ring& ring, ChunkPool& pool) noexcept;

  // After the ring it was registered with is gone.
  void clear() noexcept;

  // Hands one buffer to the kernel.
  void add(const ChunkPool& pool, std::uint32_t index) noexcept;

 private:
  io_uring_buf_ring* buffers_ = nullptr;
  std::uint32_t count_ = 0;
};

}  // namespace ringback::internal

// The buffers that a driver lends to its chunks, and how they come back from any thread.
//
// A buffer is in one of three places: with the driver (it may give it to the kernel), lent to a
// Chunk, or returned. Everything that crosses threads stands under `lock_`: the chain of returned
// buffers, the count of lent ones, and whether the driver is gone; the rest is the driver's thread's.
//
// A quarter of the buffers is never lent: once the others are out, chunks are copies on the heap.
// Otherwise those who keep their chunks (many slow connections) would stop all the others from
// receiving, and could wait for each other for ever.
//
// Lifetime: shared between the driver (until detach()) and the chunks that are out; the last one
// out deletes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ringback/base/atomic.h"
#include "ringback/driver/chunk.h"

namespace ringback::internal {

class ChunkPool final : public ChunkOwner {
 public:
  // Errors: exhausted, or bad_alloc, where there is no memory.
  static ChunkPool* make(std::uint32_t count, std::uint32_t bytes);

  // The driver ends; the pool lives on while chunks are out.
  void detach() noexcept;

  std::uint32_t count() const noexcept { return count_; }
  std::uint32_t bytes() const noexcept { return bytes_; }
  std::byte* buffer(std::uint32_t index) const noexcept { return memory_ + std::size_t{index} * bytes_; }

  // The first `size` bytes of buffer `index`, lent or copied. `is_free`: copied, and the buffer may
  // be received into again.
  Chunk take(std::uint32_t index, std::size_t size, bool& is_free) noexcept;

  // True where buffers have returned since the last take_returned(). One load.
  bool has_returned() const noexcept { return returned_hint_.load(std::memory_order_relaxed); }

  // Calls use(index) for every buffer that has returned.
  template <typename Use>
  void take_returned(Use&& use) noexcept {
    for (std::uint32_t index = returned_chain(); index != kNone; index = next_[index]) {
      here_[index] = true;
      use(index);
    }
  }

  // True for a buffer that is neither lent nor returned.
  bool is_here(std::uint32_t index) const noexcept { return here_[index]; }

  void give_back(std::byte* bytes) noexcept override;

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  ChunkPool(std::uint32_t count, std::uint32_t bytes);
  ~ChunkPool();

  bool lend(std::uint32_t index, std::uint32_t lent_max) noexcept;
  std::uint32_t returned_chain() noexcept;

  const std::uint32_t count_;
  const std::uint32_t bytes_;
  const std::uint32_t lent_max_;
  std::vector<bool> here_;           // the owner's
  std::vector<std::uint32_t> next_;  // written under the lock for returned buffers only
  std::byte* const memory_;
  std::atomic<bool> returned_hint_{false};

  SpinLock lock_;
  std::uint32_t returned_ = kNone;
  std::uint32_t lent_ = 0;
  bool is_detached_ = false;
};

}  // namespace ringback::internal

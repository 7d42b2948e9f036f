// The buffers that a driver lends to its chunks, and how they come back from any thread.
//
// A buffer is in one of three places: with the driver (it may give it to the kernel), lent to a
// Chunk, or returned. lend() and take_returned() are the owner's; give_back() is anybody's.
// Everything that crosses threads stands under `lock_`: the chain of returned buffers, the count of
// lent ones, and the signal of the driver, which is null once the driver is gone.
//
// Lifetime: shared between the driver (until detach()) and the chunks that are out; the last one
// out deletes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ringback/base/atomic.h"
#include "ringback/driver/chunk.h"
#include "ringback/driver/internal/wake_signal.h"

namespace ringback::internal {

class ChunkPool final : public ChunkOwner {
 public:
  // `signal` is raised when a buffer returns while somebody starves for one.
  // Errors: exhausted where there is no memory.
  static ChunkPool* make(std::uint32_t count, std::uint32_t bytes, WakeSignal& signal);

  // The driver ends; the pool lives on while chunks are out.
  void detach() noexcept;

  std::uint32_t count() const noexcept { return count_; }
  std::uint32_t bytes() const noexcept { return bytes_; }
  std::byte* buffer(std::uint32_t index) const noexcept { return memory_ + std::size_t{index} * bytes_; }

  // Lends buffer `index`, of which the first `size` bytes are filled.
  Chunk lend(std::uint32_t index, std::size_t size) noexcept;

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

  // Somebody waits for a buffer: the signal is raised for the next one. False: there is no need to
  // wait, one has come already.
  bool starve() noexcept;

  void give_back(std::byte* bytes) noexcept override;

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  ChunkPool(std::uint32_t count, std::uint32_t bytes, WakeSignal& signal);
  ~ChunkPool();

  std::uint32_t returned_chain() noexcept;

  const std::uint32_t count_;
  const std::uint32_t bytes_;
  std::vector<bool> here_;           // the owner's
  std::vector<std::uint32_t> next_;  // written under the lock for returned buffers only
  std::byte* const memory_;
  std::atomic<bool> returned_hint_{false};

  SpinLock lock_;
  std::uint32_t returned_ = kNone;
  std::uint32_t lent_ = 0;
  bool starving_ = false;
  WakeSignal* signal_;
};

}  // namespace ringback::internal

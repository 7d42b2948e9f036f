// The driver over io_uring: requests are entries in a ring, handed over in batches by poll().
//
// The ring admits one thread (SINGLE_ISSUER) and completes only when that thread asks
// (DEFER_TASKRUN), so bytes never move into a buffer behind its owner's back. It belongs to the
// thread that submits or polls first. With nothing in flight another thread may go on; the ring is
// then made anew. With something in flight that is a programmer's mistake, and aborts.
//
// Where a request is (the bits of its word, see uring_driver.cpp): in `backlog_`, waiting for room
// in the queue; with the kernel, in no list, or in `cancels_` while its cancellation waits for room;
// in `ended_`, cancelled while the kernel did not have it. Entries are handed over in the order of the calls,
// cancellations among them, so a cancellation never meets a later request at the same address.
#pragma once

#include <memory>

#include "ringback/driver/driver.h"
#include "ringback/driver/internal/buffer_ring.h"
#include "ringback/driver/internal/chunk_pool.h"
#include "ringback/driver/internal/request_list.h"
#include "ringback/driver/internal/ring.h"
#include "ringback/driver/internal/wake_signal.h"

namespace ringback::internal {

class UringDriver final : public Driver {
 public:
  // Errors: unsupported where the kernel has no io_uring or an old one; exhausted.
  explicit UringDriver(const DriverOptions& options);
  ~UringDriver() override;

  std::string_view name() const noexcept override { return "uring"; }
  TimePoint now() noexcept override { return std::chrono::steady_clock::now(); }
  std::uint64_t random() noexcept override;
  bool submit(KernelRequest& request, Result& now) noexcept override;
  void cancel(KernelRequest& request) noexcept override;
  std::size_t poll(Deadline until) noexcept override;
  void wake() noexcept override { signal_.raise(); }
  int wake_fd() noexcept override;
  std::size_t in_flight() const noexcept override { return in_flight_; }

 private:
  bool own() noexcept;
  int open_buffers() noexcept;
  io_uring_sqe* room() noexcept;
  bool may_raise_signal() const noexcept { return writes_in_flight_ != 0 && !writes_raise_no_signal_; }
  void hand_over(KernelRequest& request) noexcept;
  void prepare(const KernelRequest& request, io_uring_sqe& entry) const noexcept;
  bool prepare_cancel(KernelRequest& request) noexcept;
  void watch_signal() noexcept;
  int register_eventfd() noexcept;
  void drain_eventfd() noexcept;
  void take_back_buffers() noexcept;
  void settle() noexcept;
  void enter_for_a_look() noexcept;
  void enter_and_wait(const Duration* limit) noexcept;

  std::size_t deliver_all() noexcept;
  std::size_t deliver_ended() noexcept;
  std::size_t deliver(const io_uring_cqe& completion) noexcept;
  std::size_t deliver_to(KernelRequest& request, std::int32_t value, bool more, Chunk chunk) noexcept;
  std::size_t deliver_many(KernelRequest& request, std::int32_t value, bool more, Chunk chunk) noexcept;
  std::size_t finish(KernelRequest& request, std::int32_t value) noexcept;
  std::size_t wait_without_ring(Deadline until) noexcept;

  const DriverOptions options_;
  const bool writes_raise_no_signal_;
  std::uint64_t random_state_;

  WakeSignal signal_;
  std::unique_ptr<Ring> ring_;
  BufferRing buffers_;
  ChunkPool* pool_ = nullptr;  // made at the first receive_many
  std::uint64_t owner_ = 0;
  bool signal_watched_ = false;
  int eventfd_ = -1;  // made for wake_fd(): the kernel writes it where there is a completion
  bool eventfd_is_registered_ = false;
  bool polling_ = false;
  int ring_error_ = 0;

  std::size_t in_flight_ = 0;
  std::size_t writes_in_flight_ = 0;  // those that might raise SIGPIPE
  RequestList backlog_;
  RequestList cancels_;
  RequestList ended_;
};

}  // namespace ringback::internal

// One io_uring: the two rings in shared memory, and the system call that moves them.
//
// liburing's preparation of entries is used; its waiting is not, because it skips the kernel where
// completions are at hand, and with DEFER_TASKRUN the others then never come.
//
// Threads: whoever calls enable() owns it; on other threads only the destructor may be called, after
// the last request has completed.
#pragma once

#include <liburing.h>

#include <cstdint>

#include "ringback/base/time.h"

namespace ringback::internal {

class Ring {
 public:
  // An io_uring that no thread owns yet, its descriptor close-on-exec. `entries` is rounded up to
  // a power of two; completions get four times as many.
  // Errors: unsupported where the kernel has none or lacks what is needed; exhausted.
  explicit Ring(std::uint32_t entries);
  ~Ring();
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  // Makes the calling thread the owner.
  void enable() noexcept;

  int descriptor() const noexcept { return ring_.ring_fd; }

  // A zeroed entry to fill, or null where the queue is full.
  io_uring_sqe* next_entry() noexcept;

  // Entries the kernel has not taken yet.
  std::uint32_t pending() const noexcept;

  // Hands over every entry. False: the kernel took none or not all for now (EAGAIN, EBUSY, EINTR).
  bool submit() noexcept;

  enum class Entered : std::uint8_t { ok, interrupted, timed_out, refused };

  // Hands over every entry, runs the kernel's deferred work and waits for one completion, or `limit`
  // at most where it is not null. `wait` false: never waits. `refused`: the kernel has no memory
  // for requests now, or wants completions taken first.
  Entered enter(bool wait, const Duration* limit) noexcept { return enter(pending(), wait, limit); }
  // The same, without handing anything over.
  Entered wait_only(const Duration* limit) noexcept { return enter(0, true, limit); }

  // True where the kernel has completions which only enter() brings.
  bool must_enter() const noexcept;

  // Completions in the ring: how many, the first, and taking the first out.
  std::uint32_t ready() const noexcept;
  const io_uring_cqe& front() const noexcept;
  void pop() noexcept;

  // Has the kernel write to `eventfd` where there is a completion, or work that brings one. 0 or a
  // negative errno.
  int register_eventfd(int eventfd) noexcept;

  // Registers a ring of buffers: `memory` is page-aligned. 0 or a negative errno.
  int register_buffers(void* memory, std::uint32_t count, std::uint16_t group) noexcept;

 private:
  Entered enter(std::uint32_t count, bool wait, const Duration* limit) noexcept;
  bool lacks_something() noexcept;
  void publish() noexcept;

  io_uring ring_{};
};

}  // namespace ringback::internal

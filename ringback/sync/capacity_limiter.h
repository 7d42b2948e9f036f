// At most so many at once, where the number may change while the program runs, and which tells who waits.
//
//   CapacityLimiter connections(20);
//   auto lease = co_await connections.acquire();     // given back when `lease` dies
//   connections.set_capacity(5);                     // the service is under load
//
// Where the number never changes, a Semaphore is the smaller one.
#pragma once

#include <cstddef>
#include <optional>
#include <source_location>
#include <tuple>
#include <utility>
#include <vector>

#include "ringback/sync/waiter_list.h"

namespace ringback {

class CapacityLimiter;

// A part of the capacity that was taken: gives it back when it dies.
//
// Threads: one at a time; may be given to another thread. Lifetime: ends before its CapacityLimiter.
class [[nodiscard]] Lease {
 public:
  // Holds nothing.
  Lease() noexcept = default;
  Lease(Lease&& other) noexcept : limiter_(std::exchange(other.limiter_, nullptr)) {}
  Lease& operator=(Lease&& other) noexcept {
    if (this != &other) {
      release();
      limiter_ = std::exchange(other.limiter_, nullptr);
    }
    return *this;
  }
  ~Lease() { release(); }

  // Gives back now; later calls and the destructor do nothing.
  void release() noexcept;
  explicit operator bool() const noexcept { return limiter_ != nullptr; }

 private:
  friend class CapacityLimiter;
  explicit Lease(CapacityLimiter& limiter) noexcept : limiter_(&limiter) {}

  CapacityLimiter* limiter_ = nullptr;
};

// Threads: any, for everything, from tasks, callbacks and wait() at once.
// Lifetime: must outlive everyone waiting in it and every Lease; destroying it under a waiter aborts.
// First come, first served; who comes later never overtakes a waiter, woken or not.
class CapacityLimiter {
 public:
  // While the capacity is 0, acquire() waits.
  explicit CapacityLimiter(std::size_t capacity) noexcept : capacity_(capacity) {}
  ~CapacityLimiter();
  CapacityLimiter(const CapacityLimiter&) = delete;
  CapacityLimiter& operator=(const CapacityLimiter&) = delete;

  class [[nodiscard]] Acquire final : public internal::WaitLeaf {
   public:
    using value_type = Lease;
    Acquire(Acquire&& other) noexcept : WaitLeaf(std::move(other)), limiter_(other.limiter_) {}
    ~Acquire() {
      if (end() == End::given && !is_taken_) std::ignore = Lease(*limiter_);
    }

    bool begin(runtime::Waiter& waiter) noexcept;
    Outcome<Lease> take() noexcept;
    void request_cancel(Reason reason) noexcept override;
    std::string_view what() const noexcept override { return "capacity"; }

   private:
    friend class CapacityLimiter;
    explicit Acquire(CapacityLimiter& limiter) noexcept : limiter_(&limiter) {}

    CapacityLimiter* limiter_;
    bool is_taken_ = false;
  };

  // Waits until fewer than the capacity are in use and all who came earlier have had theirs.
  //
  // Cancel: nothing was taken. One that meets the hand-over loses: the Lease is delivered.
  // Cost: no allocation.
  Acquire acquire() noexcept { return Acquire(*this); }

  // Without waiting: nothing where it is full or somebody waits.
  std::optional<Lease> try_acquire() noexcept;

  // A larger capacity lets waiters in at once. A smaller one takes no Lease away: acquire() waits until enough
  // Leases have been given back.
  void set_capacity(std::size_t capacity) noexcept;

  // At this moment; others may change it before it can be used. More are in use than the capacity after
  // that was lowered.
  struct Usage {
    std::size_t capacity;
    std::size_t in_use;
    std::size_t waiting;
  };
  Usage usage() const noexcept;

  // Where the tasks were created that wait, the first in line first; nowhere (line 0) for what is not a task.
  std::vector<std::source_location> waiting() const;

 private:
  friend class Lease;

  enum class Try : std::uint8_t { given, must_wait, lost };

  // Under lock_.
  Try try_give(Acquire& leaf) noexcept;
  bool give_or_line_up(Acquire& leaf) noexcept;
  void settle(internal::Woken& woken) noexcept;

  void give_back() noexcept;

  mutable runtime::SpinLock lock_;
  std::size_t capacity_;
  std::size_t in_use_ = 0;
  std::size_t waiting_ = 0;  // in line_
  internal::WaiterList line_;
};

inline void Lease::release() noexcept {
  if (limiter_ != nullptr) std::exchange(limiter_, nullptr)->give_back();
}

}  // namespace ringback

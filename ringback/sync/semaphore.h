// A number of permits, and a line of those who want some: at most so many at once.
//
//   Semaphore at_most{64};
//   auto permit = co_await at_most.acquire();     // given back when `permit` dies
#pragma once

#include <cstddef>
#include <optional>
#include <utility>

#include "ringback/sync/waiter_list.h"

namespace ringback {

class Semaphore;

namespace runtime {
class ConditionWait;
}

namespace internal {
class PermitWait;
}

// Permits that were taken: gives them back when it dies. What was not taken cannot be given back.
//
// Threads: one at a time; may be given to another thread. Lifetime: ends before its Semaphore.
class [[nodiscard]] Permit {
 public:
  // Holds nothing.
  Permit() noexcept = default;
  Permit(Permit&& other) noexcept
      : semaphore_(std::exchange(other.semaphore_, nullptr)), count_(std::exchange(other.count_, 0)) {}
  Permit& operator=(Permit&& other) noexcept {
    if (this != &other) {
      release();
      semaphore_ = std::exchange(other.semaphore_, nullptr);
      count_ = std::exchange(other.count_, 0);
    }
    return *this;
  }
  ~Permit() { release(); }

  // Gives back now, once; later calls and the destructor do nothing.
  void release() noexcept;

  // How many it holds.
  std::size_t count() const noexcept { return count_; }
  explicit operator bool() const noexcept { return semaphore_ != nullptr; }

 private:
  friend class Semaphore;
  friend class internal::PermitWait;
  friend class runtime::ConditionWait;
  Permit(Semaphore& semaphore, std::size_t count) noexcept : semaphore_(&semaphore), count_(count) {}

  Semaphore* semaphore_ = nullptr;
  std::size_t count_ = 0;
};

namespace internal {

// Waiting for permits; what Semaphore::acquire() and Mutex::lock() have in common.
class PermitWait : public WaitLeaf {
 public:
  inline bool begin(Waiter& waiter) noexcept;

  void request_cancel(Reason reason) noexcept override;
  std::string_view what() const noexcept override { return "semaphore"; }

 protected:
  PermitWait(Semaphore& semaphore, std::size_t count) noexcept : semaphore_(&semaphore), count_(count) {}
  inline ~PermitWait();
  PermitWait(PermitWait&& other) noexcept
      : WaitLeaf(std::move(other)), semaphore_(other.semaphore_), count_(other.count_) {}

  Outcome<Permit> take_permit() noexcept {
    if (end() != End::given) [[unlikely]]
      return cancelled_failure();
    return Permit(*std::exchange(semaphore_, nullptr), count_);
  }

  Semaphore* semaphore_;  // null once what was given has been taken out

 private:
  friend class ::ringback::Semaphore;
  bool begin_asking(Waiter& waiter) noexcept;

  std::size_t count_;
};

}  // namespace internal

// Threads: any, for everything, from tasks, callbacks and wait() at once.
// Lifetime: must outlive everyone waiting in it and every Permit; destroying it under a waiter aborts.
// First come, first served: a waiter for many permits holds up those behind it who want few, so it
// cannot starve. Who comes later never overtakes a waiter, woken or not.
class Semaphore {
 public:
  explicit Semaphore(std::size_t permits) noexcept : available_(permits) {}
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  class [[nodiscard]] Acquire final : public internal::PermitWait {
   public:
    using value_type = Permit;
    Acquire(Acquire&&) noexcept = default;
    Outcome<Permit> take() noexcept { return take_permit(); }

   private:
    friend class Semaphore;
    using PermitWait::PermitWait;
  };

  // Waits until `count` permits (at least one) are free and all who came earlier have had theirs.
  //
  // Cancel: nothing was taken. One that meets the hand-over loses: the Permit is delivered.
  // Asking for more than there will ever be waits for ever. Cost: no allocation.
  Acquire acquire(std::size_t count = 1) noexcept {
    RINGBACK_CHECK(count != 0, "no permits were asked for: acquire at least one");
    return Acquire(*this, count);
  }

  // Without waiting: nothing where too few are free or somebody waits.
  std::optional<Permit> try_acquire(std::size_t count = 1) noexcept;

  // Adds `count` new permits: the limit grows.
  void add_permits(std::size_t count) noexcept;

  // How many are free at this moment. Not zero also while the first in line wants more than that.
  std::size_t available() const noexcept;

 private:
  friend class Permit;
  friend class internal::PermitWait;
  friend class runtime::ConditionWait;

  enum class Try : std::uint8_t { given, must_wait, lost };

  // Under lock_.
  Try try_give(internal::PermitWait& leaf) noexcept;
  bool give_or_line_up(internal::PermitWait& leaf) noexcept;
  void settle(internal::Woken& woken) noexcept;

  void give_back(std::size_t count) noexcept {
    if (lock_.try_lock()) [[likely]] {
      const bool is_alone = line_.empty();
      if (is_alone) available_ += count;
      lock_.unlock();
      if (is_alone) return;
    }
    give_back_to_line(count);
  }
  void give_back_to_line(std::size_t count) noexcept;
  // For a waiter that already holds a claim, or needs none: a Condition's waiter that takes its lock again.
  void line_up_claimed(internal::PermitWait& leaf) noexcept;

  mutable runtime::SpinLock lock_;
  std::size_t available_;
  internal::WaiterList line_;
};

// What is not simple (somebody waits, a race around us, cancelled) goes out of line.
inline bool internal::PermitWait::begin(runtime::Waiter& waiter) noexcept {
  Semaphore& semaphore = *semaphore_;
  if (waiter.context().takes_freely() && semaphore.lock_.try_lock()) [[likely]] {
    const bool is_free = semaphore.line_.empty() && semaphore.available_ >= count_;
    if (is_free) semaphore.available_ -= count_;
    semaphore.lock_.unlock();
    if (is_free) [[likely]] {
      set_end(End::given);
      return true;
    }
  }
  return begin_asking(waiter);
}

inline internal::PermitWait::~PermitWait() {
  if (end() == End::given && semaphore_ != nullptr) [[unlikely]]
    semaphore_->give_back(count_);
}

inline void Permit::release() noexcept {
  if (semaphore_ == nullptr) return;
  std::exchange(semaphore_, nullptr)->give_back(std::exchange(count_, 0));
}

}  // namespace ringback

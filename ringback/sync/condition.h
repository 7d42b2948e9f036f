// Waiting, with a Mutex held, until what it guards may have changed.
//
//   auto lock = co_await mutex.lock();
//   co_await changed.wait(lock, [&] { return !list.empty(); });
#pragma once

#include <concepts>

#include "ringback/async/task.h"
#include "ringback/sync/mutex.h"

namespace ringback {

class Condition;

namespace runtime {

// Two lines one after the other: the condition's, then the mutex's.
//
// Protocol. `retakes_` is written under the condition's lock, once: by the notification or the
// cancellation that took the leaf out of the condition's line. From then on it stands in the mutex's
// line, where no cancellation reaches it, and needs no claim: it must have its lock back.
class [[nodiscard]] ConditionWait final : public internal::PermitWait {
 public:
  using value_type = void;
  ConditionWait(ConditionWait&& other) noexcept
      : PermitWait(std::move(other)), condition_(other.condition_), lock_(other.lock_) {}

  bool begin(Waiter& waiter) noexcept;
  Outcome<void> take() noexcept;

  void request_cancel(Reason reason) noexcept override;
  std::string_view what() const noexcept override { return "condition"; }

 private:
  friend class ::ringback::Condition;
  ConditionWait(Condition& condition, MutexLock& lock) noexcept;
  static Semaphore& semaphore_of(MutexLock& lock) noexcept;
  void retake() noexcept;

  Condition* condition_;
  MutexLock* lock_;
  std::atomic<bool> retakes_{false};
  bool cancelled_ = false;
};

}  // namespace runtime

// Threads: any, for everything, from tasks, callbacks and wait() at once.
// Lifetime: must outlive everyone waiting in it; destroying it under a waiter aborts.
// First come, first served. Wakes only by notification, never on its own; still another task may
// have changed the state before the lock is back, so wait with a predicate or look again.
class Condition {
 public:
  Condition() noexcept = default;
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;

  // Unlocks, waits for a notification, and locks again. `lock` must be held, and stay where it is.
  //
  // Cancel: the lock is taken again first, then the cancellation is reported; no notification was
  // used up. Refused before it began (already cancelled, deadline passed): the lock was never let go.
  // Cost: no allocation.
  runtime::ConditionWait wait(MutexLock& lock) noexcept { return runtime::ConditionWait(*this, lock); }

  // Waits until `is_true()`, which is called with the lock held. Cost: a task's frame.
  template <std::predicate Predicate>
  Task<void> wait(MutexLock& lock, Predicate is_true) {
    return wait_until_true(*this, lock, std::move(is_true));
  }

  // Wakes the first in line, or all. With or without the mutex held.
  void notify_one() noexcept;
  void notify_all() noexcept;

 private:
  friend class runtime::ConditionWait;

  template <typename Predicate>
  static Task<void> wait_until_true(Condition& condition, MutexLock& lock, Predicate is_true) {
    bool done = is_true();
    while (!done) {
      co_await condition.wait(lock);
      done = is_true();
    }
  }

  runtime::SpinLock lock_;
  internal::WaiterList line_;
};

}  // namespace ringback

// One at a time, also across awaits: a lock that a task may hold while it is suspended.
//
//   auto lock = co_await mutex.lock();            // unlocked when `lock` dies
//
// Between plain code that never awaits while it holds the lock, std::mutex is the better one.
#pragma once

#include "ringback/sync/semaphore.h"

namespace ringback {

class Mutex;

// A lock that is held; unlocks when it dies.
//
// Threads: one at a time; may be given to another thread. Lifetime: ends before its Mutex.
class [[nodiscard]] MutexLock {
 public:
  // Holds nothing.
  MutexLock() noexcept = default;
  MutexLock(MutexLock&&) noexcept = default;
  MutexLock& operator=(MutexLock&&) noexcept = default;

  // Unlocks now; later calls and the destructor do nothing.
  void unlock() noexcept { permit_.release(); }
  bool is_held() const noexcept { return static_cast<bool>(permit_); }

 private:
  friend class Mutex;
  friend class runtime::ConditionWait;
  explicit MutexLock(Permit permit) noexcept : permit_(std::move(permit)) {}

  Permit permit_;
};

// Threads, lifetime and order as Semaphore: any thread; outlives everyone who uses it; first come,
// first served, the lock passing straight to the next. Not recursive: who locks twice waits for ever.
class Mutex {
 public:
  Mutex() noexcept = default;
  ~Mutex() { RINGBACK_CHECK(one_.available() == 1, "a Mutex was destroyed while it is locked"); }

  class [[nodiscard]] Lock final : public internal::PermitWait {
   public:
    using value_type = MutexLock;
    Lock(Lock&&) noexcept = default;
    Outcome<MutexLock> take() noexcept {
      Outcome<Permit> permit = take_permit();
      if (!permit.ok()) return std::move(permit).failure();
      return MutexLock(*std::move(permit));
    }
    std::string_view what() const noexcept override { return "mutex"; }

   private:
    friend class Mutex;
    using PermitWait::PermitWait;
  };

  // Waits until the lock is free and all who came earlier have had it.
  //
  // Cancel: not locked. A cancellation that meets the hand-over loses: the lock is delivered.
  // Cost: no allocation.
  Lock lock() noexcept { return Lock(one_, 1); }

  // Without waiting: nothing where it is held or somebody waits.
  std::optional<MutexLock> try_lock() noexcept {
    std::optional<Permit> permit = one_.try_acquire();
    if (!permit.has_value()) return std::nullopt;
    return MutexLock(*std::move(permit));
  }

 private:
  Semaphore one_{1};
};

}  // namespace ringback

#include "ringback/sync/condition.h"

namespace ringback {

using namespace runtime;

ConditionWait::ConditionWait(Condition& condition, MutexLock& lock) noexcept
    : PermitWait(semaphore_of(lock), 1), condition_(&condition), lock_(&lock) {}

Semaphore& ConditionWait::semaphore_of(MutexLock& lock) noexcept {
  RINGBACK_CHECK(lock.is_held(), "a Condition was waited for without its lock: lock the Mutex first");
  return *lock.permit_.semaphore_;
}

bool ConditionWait::begin(Waiter& waiter) noexcept {
  RINGBACK_CHECK(lock_->is_held(), "a Condition was waited for without its lock: lock the Mutex first");
  Parked parked = Parked::refused;
  if (attach(waiter)) {
    parked = suspend([this]() noexcept {
      {
        std::lock_guard guard(condition_->lock_);
        condition_->line_.add(*this);
      }
      // In line first: who takes the lock now and notifies will find us. Whatever that leads to, we
      // are not resumed before the context's lock, or this thread's turn, has been left.
      lock_->unlock();
      return true;
    });
  }
  if (parked == Parked::suspended) return false;
  cancelled_ = true;
  return true;
}

Outcome<void> ConditionWait::take() noexcept {
  if (retakes_.load(std::memory_order_relaxed)) {
    Outcome<Permit> permit = take_permit();
    lock_->permit_ = *std::move(permit);
  }
  if (cancelled_) return cancelled_failure();
  return {};
}

void ConditionWait::request_cancel(Reason) noexcept {
  if (retakes_.load(std::memory_order_relaxed)) return;
  {
    std::lock_guard guard(condition_->lock_);
    if (retakes_.load(std::memory_order_relaxed) || !condition_->line_.cancel(*this)) return;
    retakes_.store(true, std::memory_order_relaxed);
    cancelled_ = true;
  }
  retake();
}

void ConditionWait::retake() noexcept { semaphore_->line_up_claimed(*this); }

void Condition::notify_one() noexcept {
  ConditionWait* leaf = nullptr;
  {
    std::lock_guard guard(lock_);
    leaf = static_cast<ConditionWait*>(line_.claim_first());
    if (leaf == nullptr) return;
    leaf->retakes_.store(true, std::memory_order_relaxed);
  }
  leaf->retake();
}

void Condition::notify_all() noexcept {
  IntrusiveList<internal::WaitLeaf, internal::WaitTag> notified;
  {
    std::lock_guard guard(lock_);
    while (internal::WaitLeaf* leaf = line_.claim_first()) {
      static_cast<ConditionWait*>(leaf)->retakes_.store(true, std::memory_order_relaxed);
      notified.push_back(*leaf);
    }
  }
  while (internal::WaitLeaf* leaf = notified.pop_front()) static_cast<ConditionWait*>(leaf)->retake();
}

}  // namespace ringback

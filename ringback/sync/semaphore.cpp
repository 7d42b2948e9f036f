#include "ringback/sync/semaphore.h"

namespace ringback {

using namespace runtime;

// Tries, and lines up where that fails, both under the context's lock and the semaphore's.
bool internal::PermitWait::begin_asking(Waiter& waiter) noexcept {
  Parked parked = Parked::refused;
  const bool may_try = attach(waiter);
  if (may_try) {
    parked = suspend([this]() noexcept {
      std::lock_guard guard(semaphore_->lock_);
      return semaphore_->give_or_line_up(*this);
    });
  }
  if (parked != Parked::refused) return parked == Parked::at_once;
  if (may_try) {
    // The deadline has passed: what can complete at once still does.
    std::lock_guard guard(semaphore_->lock_);
    if (semaphore_->try_give(*this) == Semaphore::Try::given) return true;
  }
  set_end(End::cancelled);
  return true;
}

void internal::PermitWait::request_cancel(Reason) noexcept {
  if (is_past_cancelling()) return;
  Woken woken;
  std::lock_guard guard(semaphore_->lock_);
  if (!semaphore_->line_.cancel(*this)) return;
  woken.add(*this);
  semaphore_->settle(woken);  // It may have wanted more than those behind it.
}

Semaphore::Try Semaphore::try_give(internal::PermitWait& leaf) noexcept {
  if (available_ < leaf.count_ || !line_.empty()) return Try::must_wait;
  if (!leaf.try_claim()) return Try::lost;
  leaf.set_end(internal::PermitWait::End::given);
  available_ -= leaf.count_;
  return Try::given;
}

// False: it has been given what it wants.
bool Semaphore::give_or_line_up(internal::PermitWait& leaf) noexcept {
  switch (try_give(leaf)) {
    case Try::given: return false;
    case Try::lost: line_.lose(leaf); return true;
    case Try::must_wait: line_.add(leaf); return true;
  }
  return true;
}

void Semaphore::settle(internal::Woken& woken) noexcept {
  while (!line_.empty()) {
    auto& leaf = static_cast<internal::PermitWait&>(*line_.front());
    if (available_ < leaf.count_) return;
    if (!line_.claim_front()) continue;
    available_ -= leaf.count_;
    woken.add(leaf);
  }
}

void Semaphore::give_back_to_line(std::size_t count) noexcept {
  internal::Woken woken;
  std::lock_guard guard(lock_);
  available_ += count;
  settle(woken);
}

void Semaphore::line_up_claimed(internal::PermitWait& leaf) noexcept {
  internal::Woken woken;
  leaf.claim_no_more();
  leaf.set_end(internal::PermitWait::End::none);
  std::lock_guard guard(lock_);
  if (!give_or_line_up(leaf)) woken.add(leaf);
}

void Semaphore::add_permits(std::size_t count) noexcept { give_back(count); }

std::optional<Permit> Semaphore::try_acquire(std::size_t count) noexcept {
  RINGBACK_CHECK(count != 0, "no permits were asked for: acquire at least one");
  std::lock_guard guard(lock_);
  if (available_ < count || !line_.empty()) return std::nullopt;
  available_ -= count;
  return Permit(*this, count);
}

std::size_t Semaphore::available() const noexcept {
  std::lock_guard guard(lock_);
  return available_;
}

}  // namespace ringback

#include "ringback/sync/capacity_limiter.h"

namespace ringback {

using namespace runtime;

CapacityLimiter::~CapacityLimiter() {
  RINGBACK_CHECK(in_use_ == 0, "a CapacityLimiter was destroyed before a Lease of it: let that go first");
}

bool CapacityLimiter::Acquire::begin(Waiter& waiter) noexcept {
  Parked parked = Parked::refused;
  const bool may_try = attach(waiter);
  if (may_try) {
    parked = suspend([this]() noexcept {
      std::lock_guard guard(limiter_->lock_);
      return limiter_->give_or_line_up(*this);
    });
  }
  if (parked != Parked::refused) return parked == Parked::at_once;
  if (may_try) {
    // The deadline has passed: what can complete at once still does.
    std::lock_guard guard(limiter_->lock_);
    if (limiter_->try_give(*this) == Try::given) return true;
  }
  set_end(End::cancelled);
  return true;
}

Outcome<Lease> CapacityLimiter::Acquire::take() noexcept {
  if (end() != End::given) return cancelled_failure();
  is_taken_ = true;
  return Lease(*limiter_);
}

void CapacityLimiter::Acquire::request_cancel(Reason) noexcept {
  if (is_past_cancelling()) return;
  internal::Woken woken;
  std::lock_guard guard(limiter_->lock_);
  const bool was_in_line = end() == End::none;
  if (!limiter_->line_.cancel(*this)) return;
  if (was_in_line) --limiter_->waiting_;
  woken.add(*this);
}

CapacityLimiter::Try CapacityLimiter::try_give(Acquire& leaf) noexcept {
  if (in_use_ >= capacity_ || !line_.empty()) return Try::must_wait;
  if (!leaf.try_claim()) return Try::lost;
  leaf.set_end(Acquire::End::given);
  ++in_use_;
  return Try::given;
}

// False: it has been given what it wants.
bool CapacityLimiter::give_or_line_up(Acquire& leaf) noexcept {
  switch (try_give(leaf)) {
    case Try::given: return false;
    case Try::lost: line_.lose(leaf); return true;
    case Try::must_wait: break;
  }
  line_.add(leaf);
  ++waiting_;
  return true;
}

void CapacityLimiter::settle(internal::Woken& woken) noexcept {
  while (in_use_ < capacity_ && !line_.empty()) {
    internal::WaitLeaf& leaf = *line_.front();
    --waiting_;
    if (!line_.claim_front()) continue;
    ++in_use_;
    woken.add(leaf);
  }
}

void CapacityLimiter::give_back() noexcept {
  internal::Woken woken;
  std::lock_guard guard(lock_);
  --in_use_;
  settle(woken);
}

void CapacityLimiter::set_capacity(std::size_t capacity) noexcept {
  internal::Woken woken;
  std::lock_guard guard(lock_);
  capacity_ = capacity;
  settle(woken);
}

std::optional<Lease> CapacityLimiter::try_acquire() noexcept {
  std::lock_guard guard(lock_);
  if (in_use_ >= capacity_ || !line_.empty()) return std::nullopt;
  ++in_use_;
  return Lease(*this);
}

CapacityLimiter::Usage CapacityLimiter::usage() const noexcept {
  std::lock_guard guard(lock_);
  return {capacity_, in_use_, waiting_};
}

std::vector<std::source_location> CapacityLimiter::waiting() const {
  std::vector<std::source_location> places;
  for (bool is_complete = false; !is_complete;) {
    places.clear();
    places.reserve(usage().waiting);  // Not under the lock: it may take time.
    std::lock_guard guard(lock_);
    is_complete = waiting_ <= places.capacity();
    if (is_complete) line_.visit([&](const internal::WaitLeaf& leaf) { places.push_back(leaf.waiting_place()); });
  }
  return places;
}

}  // namespace ringback

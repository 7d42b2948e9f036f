#include "ringback/sync/event.h"

namespace ringback {

bool Event::Wait::begin(Waiter& waiter) noexcept {
  if (!attach(waiter)) [[unlikely]] {
    set_end(End::cancelled);
    return true;
  }
  {
    // Not by is_set() alone: after set() has let us go, set() must not touch the event any more.
    std::lock_guard guard(event_->lock_);
    if (event_->is_set() && try_claim()) {
      set_end(End::given);
      return true;
    }
  }
  const Parked parked = suspend([this]() noexcept { return take_or_line_up(); });
  if (parked == Parked::suspended) return false;
  if (parked == Parked::refused) set_end(End::cancelled);
  return true;
}

// False: it was set in between.
bool Event::Wait::take_or_line_up() noexcept {
  std::lock_guard guard(event_->lock_);
  if (!event_->is_set()) {
    event_->line_.add(*this);
  } else if (try_claim()) {
    set_end(End::given);
    return false;
  } else {
    event_->line_.lose(*this);
  }
  return true;
}

void Event::Wait::request_cancel(Reason) noexcept {
  if (is_past_cancelling()) return;
  internal::Woken woken;
  std::lock_guard guard(event_->lock_);
  if (event_->line_.cancel(*this)) woken.add(*this);
}

void Event::set() noexcept {
  internal::Woken woken;
  std::lock_guard guard(lock_);
  is_set_.store(true, std::memory_order_release);
  while (internal::WaitLeaf* leaf = line_.claim_first()) woken.add(*leaf);
}

void Event::reset() noexcept {
  std::lock_guard guard(lock_);
  is_set_.store(false, std::memory_order_release);
}

}  // namespace ringback

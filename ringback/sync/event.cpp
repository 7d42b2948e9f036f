#include "ringback/sync/event.h"

namespace ringback {

using namespace runtime;

// Not by is_set() alone, without the lock: once it has let us go, set() must not touch the event.
bool Event::Wait::begin(Waiter& waiter) noexcept {
  Parked parked = Parked::refused;
  const bool may_look = attach(waiter);
  if (may_look) parked = suspend([this]() noexcept { return look_and_line_up(); });
  if (parked != Parked::refused) return parked == Parked::at_once;
  set_end(may_look && look() ? End::given : End::cancelled);
  return true;
}

// Past the deadline: what has happened already still counts.
bool Event::Wait::look() noexcept {
  std::lock_guard guard(event_->lock_);
  return event_->is_set() && try_claim();
}

// False: it is set, there is nothing to wait for.
bool Event::Wait::look_and_line_up() noexcept {
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

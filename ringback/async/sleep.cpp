#include "ringback/async/sleep.h"

#include "ringback/exec/timer_service.h"

namespace ringback {

bool Sleep::begin(Waiter& waiter) noexcept {
  Parked parked = Parked::refused;
  if (attach(waiter)) {
    parked = suspend([this]() noexcept {
      if (length_ == Duration::zero()) {
        executor().post(*this);
      } else {
        TimerService& timers = executor().timers();
        timers.add(*this, saturating_add(timers.now(), length_));
      }
      return true;
    });
  }
  if (parked == Parked::suspended) return false;
  length_ = kCancelled;
  return true;
}

void Sleep::request_cancel(Reason) noexcept {
  if (!executor().timers().remove(*this)) return;  // It has expired: completion wins.
  length_ = kCancelled;
  executor().post(*this);
}

Outcome<void> Sleep::take() noexcept {
  if (length_ == kCancelled) return cancelled_failure();
  return {};
}

}  // namespace ringback

#include "ringback/async/sleep.h"

#include "ringback/exec/timer_service.h"

namespace ringback {

using namespace runtime;

bool Sleep::begin(Waiter& waiter) noexcept {
  Parked parked = Parked::refused;
  if (attach(waiter)) {
    parked = suspend([this]() noexcept {
      const Duration length = deadline().time_since_epoch();
      if (length == Duration::zero()) {
        executor().post(*this);
      } else {
        TimerService& timers = executor().timers();
        timers.add(*this, saturating_add(timers.now(), length));
      }
      return true;
    });
  }
  if (parked == Parked::suspended) return false;
  set_deadline(kCancelled);
  return true;
}

void Sleep::request_cancel(Reason) noexcept {
  if (!executor().timers().remove(*this)) return;  // It has expired: completion wins.
  set_deadline(kCancelled);
  executor().post(*this);
}

Outcome<void> Sleep::take() noexcept {
  if (deadline() == kCancelled) return cancelled_failure();
  return {};
}

TimePoint now() noexcept {
  Executor* here = internal::this_thread.executor;
  return here != nullptr ? here->timers().now() : std::chrono::steady_clock::now();
}

}  // namespace ringback

#include "ringback/async/timeout.h"

#include "ringback/async/group.h"
#include "ringback/exec/timer_service.h"

namespace ringback::internal {

void TimeoutCore::before_any() noexcept {
  const bool passed_already = is_absolute_ ? Deadline::at(TimePoint(limit_)).passed(context().executor().timers().now())
                                           : limit_ <= Duration::zero();
  if (passed_already) {
    const TimePoint moment = is_absolute_ ? TimePoint(limit_) : TimePoint::min();
    passed_ = !outer_is_due(moment) && alarm_.cancel(Reason::deadline);
  } else if (sets_alarm_first()) {
    set_alarm();
  }
}

void TimeoutCore::set_alarm() noexcept {
  TimerService& timers = context().executor().timers();
  const TimePoint moment = is_absolute_ ? TimePoint(limit_) : saturating_add(timers.now(), limit_);
  if (Deadline::at(moment).is_never()) return;
  alarm_is_out_ = true;
  timers.add(alarm_, moment);
}

// True: the alarm will not ring (any more).
bool TimeoutCore::stop_alarm() noexcept {
  alarm_.lock();
  if (alarm_is_out_ && context().executor().timers().remove(alarm_)) alarm_is_out_ = false;
  operation_ended_ = true;
  const bool silent = !alarm_is_out_;
  alarm_.unlock();
  return silent;
}

bool TimeoutCore::ended_under_alarm() noexcept {
  if (!stop_alarm()) return false;
  alarm_.end();
  return true;
}

void TimeoutCore::suspended() noexcept {
  if (!passed_) set_alarm();
}

void TimeoutCore::complete() noexcept {
  if (stop_alarm()) finish();
}

void TimeoutCore::rang() noexcept {
  alarm_.lock();
  bool ended = operation_ended_;
  alarm_.unlock();
  // The operation cannot finish us before alarm_is_out_ is cleared below: cancelling is safe.
  const bool cancelled = !ended && !outer_is_due(alarm_.deadline()) && alarm_.cancel(Reason::deadline);
  alarm_.lock();
  if (cancelled) passed_ = true;
  alarm_is_out_ = false;
  ended = operation_ended_;
  alarm_.unlock();
  if (ended) finish();
}

// Of limits with one moment the outer one acts, for both. On a Pool they ring on any worker.
bool TimeoutCore::outer_is_due(TimePoint moment) noexcept {
  for (Context* around = alarm_.parent(); around != nullptr && !around->is_shielded(); around = around->parent()) {
    if (around->is_limited() && static_cast<Alarm*>(around)->core().rings_by(moment)) return true;
  }
  return false;
}

bool TimeoutCore::rings_by(TimePoint moment) noexcept {
  const Context::Locked locked(alarm_);
  if (alarm_is_out_) return alarm_.deadline() <= moment;
  // Not set yet: it is once the operation inside, which asks, has begun.
  return is_absolute_ && TimePoint(limit_) <= moment && !alarm_.is_cancelled_or_expired();
}

void TimeoutCore::finish() noexcept {
  alarm_.end();
  outer_->complete();
}

Failure TimeoutCore::translate(Failure failure) const {
  if (!failure.is_cancelled()) return failure;
  if (passed_) return TimeoutError("timeout");
  return Group::seen_from_outside(std::move(failure), outer_->context());
}

}  // namespace ringback::internal

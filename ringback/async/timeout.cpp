#include "ringback/async/timeout.h"

#include "ringback/async/group.h"
#include "ringback/exec/timer_service.h"

namespace ringback::internal {

void TimeoutCore::before_any() noexcept {
  const bool passed_already = is_absolute_ ? Deadline::at(TimePoint(limit_)).passed(context().executor().timers().now())
                                           : limit_ <= Duration::zero();
  if (passed_already) {
    passed_ = own_context_.cancel(Reason::deadline);
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
  own_context_.lock();
  if (alarm_is_out_ && context().executor().timers().remove(alarm_)) alarm_is_out_ = false;
  operation_ended_ = true;
  const bool silent = !alarm_is_out_;
  own_context_.unlock();
  return silent;
}

bool TimeoutCore::ended_under_alarm() noexcept {
  if (!stop_alarm()) return false;
  own_context_.end();
  return true;
}

void TimeoutCore::suspended() noexcept {
  if (!passed_) set_alarm();
}

void TimeoutCore::complete() noexcept {
  if (stop_alarm()) finish();
}

void TimeoutCore::rang() noexcept {
  own_context_.lock();
  bool ended = operation_ended_;
  own_context_.unlock();
  // The operation cannot finish us before alarm_is_out_ is cleared below: cancelling is safe.
  const bool cancelled = !ended && own_context_.cancel(Reason::deadline);
  own_context_.lock();
  if (cancelled) passed_ = true;
  alarm_is_out_ = false;
  ended = operation_ended_;
  own_context_.unlock();
  if (ended) finish();
}

void TimeoutCore::finish() noexcept {
  own_context_.end();
  outer_->complete();
}

Failure TimeoutCore::translate(Failure failure) const {
  if (!failure.is_cancelled()) return failure;
  if (passed_) return TimeoutError("timeout");
  return Group::seen_from_outside(std::move(failure), outer_->context());
}

}  // namespace ringback::internal

#include "ringback/exec/timer_service.h"

#include "ringback/exec/executor.h"
#include "ringback/exec/loop.h"

namespace ringback {

using namespace runtime;

TimePoint TimerService::now() noexcept { return loop_.now(); }

Deadline TimerService::earliest_to_wait_for() noexcept {
  if (!shared_) return wheel_.earliest();
  std::lock_guard guard(lock_);
  return waited_for_ = wheel_.earliest();
}

void TimerService::expire(TimePoint now, JobQueue& into) noexcept {
  if (!shared_) {
    wheel_.expire(now, into);
    return;
  }
  JobQueue expired;
  {
    std::lock_guard guard(lock_);
    waited_for_ = Deadline::at(TimePoint::min());  // The loop is awake: nobody needs to wake it.
    wheel_.expire(now, expired);
  }
  while (Job* job = expired.pop()) home_.post(*job);
}

bool TimerService::empty() noexcept {
  if (!shared_) return wheel_.empty();
  std::lock_guard guard(lock_);
  return wheel_.empty();
}

std::size_t TimerService::size() noexcept {
  if (!shared_) return wheel_.size();
  std::lock_guard guard(lock_);
  return wheel_.size();
}

void TimerService::add_shared(Timer& timer, TimePoint deadline) noexcept {
  bool sooner = false;
  {
    std::lock_guard guard(lock_);
    wheel_.add(timer, deadline);
    sooner = Deadline::at(deadline) < waited_for_;
    if (sooner) waited_for_ = Deadline::at(deadline);
  }
  if (sooner) loop_.nudge();
}

bool TimerService::remove_shared(Timer& timer) noexcept {
  std::lock_guard guard(lock_);
  if (!timer.is_armed()) return false;
  wheel_.remove(timer);
  return true;
}

}  // namespace ringback

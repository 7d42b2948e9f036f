#include "ringback/sync/rate_limiter.h"

#include <algorithm>

#include "ringback/async/sleep.h"
#include "ringback/exec/timer_service.h"

namespace ringback {

using namespace runtime;

// What is done when the lock is free again: declared before its guard.
class RateLimiter::Settling {
 public:
  Settling() noexcept = default;
  ~Settling() {
    if (first_ != nullptr) first_->executor().post(first_->alarm_);
  }
  Settling(const Settling&) = delete;
  Settling& operator=(const Settling&) = delete;

  void tell(Acquire& leaf) noexcept { woken_.add(leaf); }
  // It is the first in line: has it look on its own executor, by then or now.
  void watch(Acquire& leaf, TimePoint then) noexcept {
    leaf.is_alarm_out_ = true;
    Executor& executor = leaf.executor();
    if (executor.is_current() || executor.is_concurrent()) {
      executor.timers().add(leaf.alarm_, then);
    } else {
      first_ = &leaf;
    }
  }

 private:
  internal::Woken woken_;
  Acquire* first_ = nullptr;
};

namespace {

// Rounded up, so that never more than the rate are given.
Duration time_of_one(const Rate& rate) noexcept {
  RINGBACK_CHECK(rate.permits != 0 && rate.per > Duration::zero(), "a Rate is of some permits in some time");
  const auto permits = static_cast<Duration::rep>(rate.permits);
  return Duration((rate.per.count() - 1) / permits + 1);
}

}  // namespace

RateLimiter::RateLimiter(Rate rate) : each_(time_of_one(rate)), burst_(rate.burst.value_or(rate.permits)) {
  RINGBACK_CHECK(burst_ != 0, "a RateLimiter that saves up nothing could never give: let burst be at least 1");
  RINGBACK_CHECK(static_cast<Duration::rep>(burst_) <= Duration::max().count() / 4 / each_.count(),
                 "a RateLimiter would take longer to fill than there is time");
}

void RateLimiter::check_count(std::size_t count) const noexcept {
  RINGBACK_CHECK(count != 0 && count <= burst_,
                 "that many permits never come together: acquire from 1 to the burst of the RateLimiter");
}

TimePoint RateLimiter::earliest(std::size_t count) const noexcept {
  return full_at_ - each_ * static_cast<Duration::rep>(burst_ - count);
}

void RateLimiter::use_up(std::size_t count, TimePoint now) noexcept {
  full_at_ = std::max(full_at_, now) + each_ * static_cast<Duration::rep>(count);
}

RateLimiter::Try RateLimiter::try_give(Acquire& leaf, TimePoint now) noexcept {
  if (!line_.empty() || earliest(leaf.count_) > now) return Try::must_wait;
  if (!leaf.try_claim()) return Try::lost;
  leaf.set_end(Acquire::End::given);
  use_up(leaf.count_, now);
  return Try::given;
}

// False: it has been given what it wants. On the leaf's executor.
bool RateLimiter::give_or_line_up(Acquire& leaf) noexcept {
  Settling settling;
  std::lock_guard guard(lock_);
  switch (try_give(leaf, leaf.now())) {
    case Try::given: return false;
    case Try::lost: line_.lose(leaf); return true;
    case Try::must_wait: break;
  }
  const bool is_first = line_.empty();
  line_.add(leaf);
  if (is_first) settling.watch(leaf, earliest(leaf.count_));
  return true;
}

// Nobody in line has its alarm out.
void RateLimiter::settle(TimePoint now, Settling& settling) noexcept {
  while (!line_.empty()) {
    auto& leaf = static_cast<Acquire&>(*line_.front());
    const TimePoint then = earliest(leaf.count_);
    if (then > now) return settling.watch(leaf, then);
    if (!line_.claim_front()) continue;
    use_up(leaf.count_, now);
    settling.tell(leaf);
  }
}

bool RateLimiter::try_acquire(std::size_t count) noexcept {
  check_count(count);
  const TimePoint now = ringback::now();
  std::lock_guard guard(lock_);
  if (!line_.empty() || earliest(count) > now) return false;
  use_up(count, now);
  return true;
}

TimePoint RateLimiter::Acquire::now() const noexcept { return executor().timers().now(); }

bool RateLimiter::Acquire::begin(Waiter& waiter) noexcept {
  Parked parked = Parked::refused;
  const bool may_try = attach(waiter);
  if (may_try) parked = suspend([this]() noexcept { return limiter_->give_or_line_up(*this); });
  if (parked != Parked::refused) return parked == Parked::at_once;
  if (may_try) {
    // The deadline has passed: what can complete at once still does.
    std::lock_guard guard(limiter_->lock_);
    if (limiter_->try_give(*this, now()) == Try::given) return true;
  }
  set_end(End::cancelled);
  return true;
}

// In a job of its executor.
void RateLimiter::Acquire::look() noexcept {
  Settling settling;
  std::lock_guard guard(limiter_->lock_);
  is_alarm_out_ = false;
  if (end() == End::cancelled) return settling.tell(*this);
  limiter_->settle(now(), settling);
}

void RateLimiter::Acquire::request_cancel(Reason) noexcept {
  if (is_past_cancelling()) return;
  Settling settling;
  std::lock_guard guard(limiter_->lock_);
  const bool was_first = limiter_->line_.front() == this;
  if (!limiter_->line_.cancel(*this)) return;
  if (is_alarm_out_ && executor().timers().remove(alarm_)) is_alarm_out_ = false;
  if (!is_alarm_out_) settling.tell(*this);
  if (was_first) limiter_->settle(now(), settling);
}

}  // namespace ringback

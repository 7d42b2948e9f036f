// At most so many in a time: a token bucket.
//
//   RateLimiter calls({.permits = 10, .per = 1s, .burst = 3});
//   co_await calls.acquire();          // at once for the first three, then one every 100 ms
//
// The bucket is full at the beginning and fills evenly: one permit every per/permits, `burst` at most. In
// any stretch of time t no more than burst + t * permits / per are given.
#pragma once

#include <cstddef>
#include <optional>

#include "ringback/base/time.h"
#include "ringback/exec/timer.h"
#include "ringback/sync/waiter_list.h"

namespace ringback {

struct Rate {
  // At least 1.
  std::size_t permits;
  // More than zero.
  Duration per;
  // How many may be saved up, at least 1; nothing: as many as `permits`.
  std::optional<std::size_t> burst = std::nullopt;
};

// Threads: any, for everything, from tasks, callbacks and wait() at once.
// Lifetime: must outlive everyone waiting in it; destroying it under a waiter aborts.
// First come, first served: a waiter for many permits holds up those behind it who want few.
// The first waiter in line measures time, by the clock of its executor. Executors that share a limiter share a clock.
class RateLimiter {
 public:
  explicit RateLimiter(Rate rate);
  RateLimiter(const RateLimiter&) = delete;
  RateLimiter& operator=(const RateLimiter&) = delete;

  class Acquire;

  // Waits until `count` permits (from 1 to the burst) are there and all who came earlier have had theirs.
  // They are used up: there is nothing to give back.
  //
  // Cancel: none was used up; those behind move up. One that meets the hand-over loses: they are.
  // Cost: no allocation; a timer for the first in line only.
  Acquire acquire(std::size_t count = 1) noexcept;

  // Without waiting. False: too few are there, or somebody waits.
  bool try_acquire(std::size_t count = 1) noexcept;

 private:
  class Settling;
  enum class Try : std::uint8_t { given, must_wait, lost };

  void check_count(std::size_t count) const noexcept;
  // Under lock_.
  TimePoint earliest(std::size_t count) const noexcept;
  void use_up(std::size_t count, TimePoint now) noexcept;
  Try try_give(Acquire& leaf, TimePoint now) noexcept;
  bool give_or_line_up(Acquire& leaf) noexcept;
  void settle(TimePoint now, Settling& settling) noexcept;

  const Duration each_;  // between two permits
  const std::size_t burst_;
  runtime::SpinLock lock_;
  TimePoint full_at_{};  // the bucket is full from then on, if nothing is taken
  internal::WaiterList line_;
};

// Protocol, in addition to waiter_list.h: only the first in line has its alarm out (`is_alarm_out_`, under the
// limiter's lock), as a timer on its executor or, where somebody on another executor made it the
// first, posted there. A leaf whose alarm is out is told by the alarm only, cancelled or not.
class [[nodiscard]] RateLimiter::Acquire final : public internal::WaitLeaf {
 public:
  using value_type = void;
  Acquire(Acquire&& other) noexcept
      : WaitLeaf(std::move(other)), limiter_(other.limiter_), count_(other.count_), alarm_(*this) {}

  bool begin(runtime::Waiter& waiter) noexcept;
  Outcome<void> take() noexcept {
    if (end() != End::given) return cancelled_failure();
    return {};
  }
  void request_cancel(Reason reason) noexcept override;
  std::string_view what() const noexcept override { return "rate"; }

 private:
  friend class RateLimiter;

  class Alarm final : public runtime::Timer {
   public:
    explicit Alarm(Acquire& leaf) noexcept : leaf_(leaf) {}
    void run() noexcept override { leaf_.look(); }

   private:
    Acquire& leaf_;
  };

  Acquire(RateLimiter& limiter, std::size_t count) noexcept : limiter_(&limiter), count_(count), alarm_(*this) {}
  void look() noexcept;
  TimePoint now() const noexcept;

  RateLimiter* limiter_;
  std::size_t count_;
  Alarm alarm_;
  bool is_alarm_out_ = false;
};

inline RateLimiter::Acquire RateLimiter::acquire(std::size_t count) noexcept {
  check_count(count);
  return Acquire(*this, count);
}

}  // namespace ringback

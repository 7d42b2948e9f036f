// A limit on how long an operation may take, which really stops it.
//
//   Page page = co_await timeout(2s, http.get(url));      // throws TimeoutError after 2 s
//
// When the limit passes, the operation is cancelled and its clean-up awaited; then the await throws
// TimeoutError. It may exceed the limit by exactly that clean-up. An operation that ends with a
// value or an error of its own all the same gives that. A limit of zero or less means one attempt
// that does not wait: what can complete at once does, the first await that would suspend fails.
#pragma once

#include "ringback/async/operation.h"
#include "ringback/base/time.h"
#include "ringback/exec/timer.h"

namespace ringback {

namespace internal {

// The untyped half: a context of its own for the operation, and the alarm that cancels it.
//
// Protocol. The operation (complete) and the timer (removed, or fired) both end; the second of them finishes. A
// removed timer never fires. `operation_ended_` and `alarm_is_out_`
// are guarded by the context's lock on a Pool, by being on one thread elsewhere.
class TimeoutCore : public Waiter {
 public:
  void complete() noexcept final;
  bool try_claim() noexcept final { return outer_->try_claim(); }
  std::source_location place() const noexcept final { return outer_->place(); }
  const Waiter* awaited_by() const noexcept final { return outer_->awaited_by(); }

 protected:
  TimeoutCore(Duration limit, bool is_absolute) noexcept : limit_(limit), is_absolute_(is_absolute) {}
  TimeoutCore(TimeoutCore&& other) noexcept : limit_(other.limit_), is_absolute_(other.is_absolute_) {}
  ~TimeoutCore() = default;

  // Around the begin of the operation: before() opens the context and, on a Pool, sets the alarm,
  // since the operation may end on another worker at once; ended_at_once() or suspended() follows.
  void before(Waiter& outer) noexcept {
    outer_ = &outer;
    alarm_.begin_child(outer.context(), Context::limited);
    context_ = &alarm_;
    if (is_absolute_ || limit_ <= Duration::zero() || alarm_.is_concurrent()) [[unlikely]]
      before_any();
  }
  // True: the timeout has ended too.
  bool ended_at_once() noexcept {
    // On a Pool the alarm may be ringing on another worker: only the lock tells.
    if (alarm_.is_concurrent()) [[unlikely]]
      return ended_under_alarm();
    alarm_.end();
    return true;
  }
  void suspended() noexcept;
  bool sets_alarm_first() const noexcept { return context().executor().is_concurrent(); }

  // What the operation's failure means to the waiter of the timeout.
  Failure translate(Failure failure) const;

 private:
  // The context is the alarm's too: from that of an operation inside, it leads to the limits around it.
  class Alarm final : public Timer, public Context {
   public:
    explicit Alarm(TimeoutCore& core) noexcept : core_(core) {}
    void run() noexcept override { core_.rang(); }
    TimeoutCore& core() const noexcept { return core_; }

   private:
    TimeoutCore& core_;
  };

  void before_any() noexcept;
  bool ended_under_alarm() noexcept;
  void set_alarm() noexcept;
  bool stop_alarm() noexcept;
  void rang() noexcept;
  bool outer_is_due(TimePoint moment) noexcept;
  bool rings_by(TimePoint moment) noexcept;
  void finish() noexcept;

  Waiter* outer_ = nullptr;
  Alarm alarm_{*this};
  Duration limit_;
  const bool is_absolute_;
  bool alarm_is_out_ = false;  // set, and has neither been removed nor rung
  bool operation_ended_ = false;
  bool passed_ = false;  // the deadline was what cancelled the operation
};

}  // namespace internal

namespace runtime {

template <Operation Op>
class [[nodiscard]] Timeout final : public internal::TimeoutCore {
 public:
  using value_type = typename Op::value_type;

  Timeout(Duration limit, bool is_absolute, Op&& op) noexcept : TimeoutCore(limit, is_absolute), op_(std::move(op)) {}
  Timeout(Timeout&&) noexcept = default;

  bool begin(Waiter& outer) noexcept {
    before(outer);
    // On a Pool the operation may end, and this be gone, before begin() returns here.
    const bool watch_from_here = !sets_alarm_first();
    if (op_.begin(*this)) return ended_at_once();
    if (watch_from_here) suspended();
    return false;
  }

  Outcome<value_type> take() {
    Outcome<value_type> ended = op_.take();
    if (ended.ok()) return ended;
    return translate(std::move(ended).failure());
  }

 private:
  Op op_;
};

}  // namespace runtime

template <Awaited T>
runtime::Timeout<runtime::operation_t<T>> timeout(Duration limit, T&& op) {
  return {limit, false, runtime::operation_t<T>(runtime::operation_of(std::forward<T>(op)))};
}

// As timeout(), until a moment of the executor's clock; Deadline::never() sets no limit.
template <Awaited T>
runtime::Timeout<runtime::operation_t<T>> deadline(Deadline until, T&& op) {
  return {until.moment().time_since_epoch(), true, runtime::operation_t<T>(runtime::operation_of(std::forward<T>(op)))};
}

}  // namespace ringback

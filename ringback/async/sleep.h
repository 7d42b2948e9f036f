// Letting time pass, and letting others run.
#pragma once

#include "ringback/async/leaf.h"
#include "ringback/async/operation.h"
#include "ringback/base/time.h"
#include "ringback/exec/timer.h"

namespace ringback {

namespace runtime {

// Suspends the task for a time, or until a moment. See sleep().
class [[nodiscard]] Sleep final : public Timer, public Leaf {
 public:
  using value_type = void;

  explicit Sleep(Duration length) noexcept { set_deadline(TimePoint(length)); }
  Sleep(Sleep&& other) noexcept : Timer(std::move(other)), Leaf(std::move(other)) { set_deadline(other.deadline()); }

  bool begin(Waiter& waiter) noexcept;
  Outcome<void> take() noexcept;

  void request_cancel(Reason reason) noexcept override;
  std::string_view what() const noexcept override { return "sleep"; }

 private:
  void run() noexcept override { finish(); }
  std::source_location place() const noexcept override { return waiting_place(); }

  // The timer's own word holds the length until it is armed, and this once it was cancelled.
  static constexpr TimePoint kCancelled = TimePoint::min();
};

}  // namespace runtime

// Completes `length` from when it is begun, never earlier. Zero or less: once
// round the executor, for which a passed deadline has no time.
inline runtime::Sleep sleep(Duration length) noexcept {
  return runtime::Sleep(length < Duration::zero() ? Duration::zero() : length);
}

namespace runtime {

// Lets everything that is ready on this executor run first. Completes also past a deadline.
class [[nodiscard]] Yield {
 public:
  using value_type = void;

  bool begin(Waiter& waiter) noexcept {
    Context& context = waiter.context();
    if (context.is_cancelled()) [[unlikely]] {
      reason_ = context.reason();
      return refused_ = true;
    }
    context.executor().post_here(waiter);  // On a Pool `this` may be gone now.
    return false;
  }
  Outcome<void> take() const noexcept {
    if (refused_) [[unlikely]]
      return Failure(Cancelled{reason_});
    return {};
  }

 private:
  bool refused_ = false;
  Reason reason_{};
};

}  // namespace runtime

inline runtime::Yield yield() noexcept { return {}; }

// The time on the clock of the executor that runs here, real or virtual; on a plain thread the
// monotonic clock. For deadline(): `deadline(Deadline::at(now() + 2s), op)`.
TimePoint now() noexcept;

}  // namespace ringback

// `outcome(op)`: the same operation, but its end is a value: nothing is thrown at the await.
//
//   Outcome<Page> page = co_await outcome(fetch(url));
//   if (!page) log(page.failure().describe());
//
// A failure costs about a tenth of a throw this way. A cancellation of the awaiting task itself
// also arrives as a value; the next await fails then.
#pragma once

#include "ringback/async/operation.h"

namespace ringback {

namespace runtime {

template <Operation Op>
class [[nodiscard]] OutcomeOf {
 public:
  using value_type = Outcome<typename Op::value_type>;

  explicit OutcomeOf(Op&& op) noexcept : op_(std::move(op)) {}

  bool begin(Waiter& waiter) noexcept {
    waiter_ = &waiter;
    return op_.begin(waiter);
  }
  Outcome<value_type> take() {
    value_type outcome = op_.take();
    if (!outcome.ok() && outcome.failure().is_cancelled()) internal::note_cancelled(waiter_->context());
    return outcome;
  }

 private:
  Op op_;
  Waiter* waiter_ = nullptr;
};

}  // namespace runtime

namespace internal {

// The cancellation it ended with, else none: for who tells it as a value and then goes on with it.
template <typename T>
Failure cut_of(const Outcome<T>& ended) noexcept {
  return !ended.ok() && ended.failure().is_cancelled() ? ended.failure() : Failure();
}

}  // namespace internal

template <Awaited T>
runtime::OutcomeOf<runtime::operation_t<T>> outcome(T&& op) {
  return runtime::OutcomeOf<runtime::operation_t<T>>(
      runtime::operation_t<T>(runtime::operation_of(std::forward<T>(op))));
}

}  // namespace ringback

// What an operation is: a value that does nothing until begun, is begun once, and ends once.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include "ringback/async/waiter.h"
#include "ringback/base/outcome.h"

namespace ringback {

// Task, sleep(), Queue::get(), gather(...), timeout(...): all are operations, and all waits
// (co_await, wait, start, spawn) accept every one of them.
//
//  begin(waiter)  Starts it. True: it has ended already and waiter.complete() will not be called.
//                 False: complete() comes later; the operation stays where it is until then.
//  take()         The outcome, once, after the end.
//
// Movable until begun. Cancellation reaches it through waiter.context().
template <typename Op>
concept Operation = requires(Op op, runtime::Waiter& waiter) {
  typename Op::value_type;
  { op.begin(waiter) } -> std::same_as<bool>;
  { op.take() } -> std::same_as<Outcome<typename Op::value_type>>;
};

namespace runtime {

// The operation behind an expression: itself, or what its operation() gives (Future, Semaphore
// guards and whatever else is awaited by name).
template <typename T>
concept HasOperation = requires(T&& thing) {
  { std::forward<T>(thing).operation() } -> Operation;
};

}  // namespace runtime

template <typename T>
concept Awaited = Operation<std::remove_cvref_t<T>> || runtime::HasOperation<T>;

namespace runtime {

template <Awaited T>
decltype(auto) operation_of(T&& thing) {
  if constexpr (Operation<std::remove_cvref_t<T>>) {
    return std::forward<T>(thing);
  } else {
    return std::forward<T>(thing).operation();
  }
}

}  // namespace runtime

namespace internal {

// take() for those who may not throw: a value that cannot be moved out is a failure.
template <Operation Op>
Outcome<typename Op::value_type> take_from(Op& op) noexcept {
  try {
    return op.take();
  } catch (...) {
    return Failure::from_current();
  }
}

// An operation that is let go of before its holder dies.
template <Operation Op>
class Held {
 public:
  explicit Held(Op&& op) noexcept { ::new (static_cast<void*>(&op_)) Op(std::move(op)); }
  Held(Held&& other) noexcept : Held(std::move(other.op_)) {}
  ~Held() { drop(); }

  Op& operator*() noexcept { return op_; }
  void drop() noexcept {
    if (std::exchange(is_held_, false)) op_.Op::~Op();
  }

 private:
  union {
    Op op_;
  };
  bool is_held_ = true;
};

}  // namespace internal

namespace runtime {

// As a value that can be kept: moves rvalues in. Operations are begun once, so a name must be moved.
template <Awaited T>
using operation_t = std::remove_cvref_t<decltype(operation_of(std::declval<T>()))>;

template <Awaited T>
using value_of_t = typename operation_t<T>::value_type;

}  // namespace runtime

}  // namespace ringback

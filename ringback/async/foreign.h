// Awaiting awaitables of other libraries inside a Task.
//
// The foreign awaitable is awaited by a small coroutine of ours, which it may resume on whatever
// thread it likes; the Task goes on on its own executor. Such an await cannot be cancelled.
#pragma once

#include <coroutine>
#include <optional>

#include "ringback/async/leaf.h"
#include "ringback/async/operation.h"

namespace ringback {

namespace runtime {

template <typename T>
concept HasAwaitReady = requires(T&& thing) {
  { thing.await_ready() } -> std::convertible_to<bool>;
  thing.await_resume();
};

}  // namespace runtime
template <typename T>
concept Awaitable = runtime::HasAwaitReady<T> || requires(T&& thing) { static_cast<T&&>(thing).operator co_await(); } ||
                    requires(T&& thing) { operator co_await(static_cast<T&&>(thing)); };

namespace internal {

// Starts at once, ends itself.
struct Bridge {
  struct promise_type {
    Bridge get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept {}  // Not reached: the body catches everything.
  };
};

template <typename T>
decltype(auto) awaiter_of(T&& thing) {
  if constexpr (requires { static_cast<T&&>(thing).operator co_await(); }) {
    return static_cast<T&&>(thing).operator co_await();
  } else if constexpr (requires { operator co_await(static_cast<T&&>(thing)); }) {
    return operator co_await(static_cast<T&&>(thing));
  } else {
    return static_cast<T&&>(thing);
  }
}

template <typename Expression>
class ForeignAwait : public PostedLeaf {
 public:
  using result_type = decltype(awaiter_of(std::declval<Expression>()).await_resume());
  using value_type = std::remove_cvref_t<result_type>;

  explicit ForeignAwait(Expression&& expression) noexcept : expression_(&expression) {}
  ForeignAwait(ForeignAwait&& other) noexcept : PostedLeaf(std::move(other)), expression_(other.expression_) {}

  bool begin(Waiter& waiter) noexcept {
    if (!attach(waiter) || suspend([] { return true; }) == Parked::refused) {
      outcome_.emplace(cancelled_failure());
      return true;
    }
    try {
      cross(*this);
      return false;
    } catch (...) {  // No memory for the bridge: it has not begun.
      waiter.context().unpark();
      outcome_.emplace(Failure::from_current());
      return true;
    }
  }
  Outcome<value_type> take() { return *std::move(outcome_); }

  void request_cancel(Reason) noexcept override {}
  std::string_view what() const noexcept override { return "foreign awaitable"; }

 private:
  static Bridge cross(ForeignAwait& self) {
    try {
      if constexpr (std::is_void_v<value_type>) {
        co_await static_cast<Expression&&>(*self.expression_);
        self.outcome_.emplace();
      } else {
        value_type value = co_await static_cast<Expression&&>(*self.expression_);
        self.outcome_.emplace(std::move(value));
      }
    } catch (...) {
      self.outcome_.emplace(Failure::from_current());
    }
    self.deliver();
  }

  std::remove_reference_t<Expression>* expression_;
  std::optional<Outcome<value_type>> outcome_;
};

}  // namespace internal
}  // namespace ringback

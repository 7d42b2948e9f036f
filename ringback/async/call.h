// A plain function as an operation, so that spawn, start and on take both.
#pragma once

#include <atomic>
#include <optional>
#include <stop_token>

#include "ringback/async/leaf.h"
#include "ringback/async/operation.h"
#include "ringback/async/scope.h"
#include "ringback/exec/call_unlocked.h"

namespace ringback {

namespace internal {

template <typename F>
constexpr bool takes_stop_token = std::is_invocable_v<F&, std::stop_token>;

template <typename F>
auto call_result() {
  if constexpr (takes_stop_token<F>) {
    return std::type_identity<std::invoke_result_t<F&, std::stop_token>>();
  } else {
    return std::type_identity<std::invoke_result_t<F&>>();
  }
}

// Asks a function to stop, outside the locks under which its cancellation came up.
//
// Protocol: is_asked_ is set once, by the first request. Two hold it: the call, and the request on its
// way, which may come to it when the function has long returned.
class StopCall final : public Job {
 public:
  std::stop_token token() const noexcept { return source_.get_token(); }
  // Threads: any, where there is a CallsUnlocked.
  void ask_later() noexcept {
    if (is_asked_.exchange(true, std::memory_order_relaxed)) return;
    references_.fetch_add(1, std::memory_order_relaxed);
    CallsUnlocked::add(*this);
  }
  void ask_now() noexcept { source_.request_stop(); }
  void drop_reference() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

 private:
  void run() noexcept override {
    ask_now();
    drop_reference();
  }

  std::stop_source source_;
  std::atomic<bool> is_asked_{false};
  std::atomic<std::uint32_t> references_{1};
};

// Runs the function where it is begun, to its end. A function that takes a std::stop_token sees a
// cancellation there; another one cannot be cancelled once it runs.
template <typename F>
class [[nodiscard]] FunctionCall final : public Leaf {
 public:
  using value_type = typename decltype(call_result<F>())::type;

  explicit FunctionCall(F&& function) noexcept : function_(std::move(function)) {}
  FunctionCall(FunctionCall&& other) noexcept : Leaf(std::move(other)), function_(std::move(other.function_)) {}

  bool begin(Waiter& waiter) noexcept {
    if (!attach(waiter)) {
      outcome_.emplace(cancelled_failure());
    } else if constexpr (takes_stop_token<F>) {
      call_with_token();
    } else {
      call([&] { return function_(); });
    }
    return true;
  }
  Outcome<value_type> take() { return *std::move(outcome_); }

  void request_cancel(Reason) noexcept override { stop_->ask_later(); }
  std::string_view what() const noexcept override { return "function"; }
  // What runs cannot be told of a cancellation.
  static constexpr bool ignores_stop = !takes_stop_token<F>;

 private:
  template <typename Body>
  void call(Body&& body) noexcept {
    // What it starts and sees is that of its own place in the tree.
    Context* const outer = std::exchange(this_thread.context, &this->waiter().context());
    try {
      if constexpr (std::is_void_v<value_type>) {
        body();
        outcome_.emplace();
      } else {
        outcome_.emplace(body());
      }
    } catch (...) {
      outcome_.emplace(Failure::from_current());
    }
    this_thread.context = outer;
  }

  void call_with_token() noexcept {
    try {
      stop_ = new StopCall();
    } catch (...) {
      outcome_.emplace(Failure::from_current());
      return;
    }
    if (suspend([] { return true; }) == Parked::refused) {
      stop_->ask_now();
      call([&] { return function_(stop_->token()); });
    } else {
      call([&] { return function_(stop_->token()); });
      this->waiter().context().unpark();
    }
    stop_->drop_reference();
  }

  F function_;
  StopCall* stop_ = nullptr;  // while it runs
  std::optional<Outcome<value_type>> outcome_;
};

// What spawn, start and on make of their argument: an operation is itself; a function that gives an
// operation is kept beside it; any other function is called.
template <typename Work>
auto work_as_operation(Work&& work) {
  using W = std::decay_t<Work>;  // A function is held as a pointer to it.
  if constexpr (Awaited<Work>) {
    return operation_t<Work>(operation_of(std::forward<Work>(work)));
  } else if constexpr (requires(W& w) {
                         { w() } -> Operation;
                       }) {
    return keep_and_call(W(std::forward<Work>(work)));
  } else {
    static_assert(std::is_invocable_v<W&> || takes_stop_token<W>,
                  "give an operation (a Task, sleep(), ...), or a function without parameters or of a std::stop_token");
    return FunctionCall<W>(W(std::forward<Work>(work)));
  }
}

template <typename Work>
using work_operation_t = decltype(work_as_operation(std::declval<Work>()));

}  // namespace internal

namespace runtime {

template <typename Work>
concept WorkFor =
    Awaited<Work> || std::invocable<std::decay_t<Work>&> || std::invocable<std::decay_t<Work>&, std::stop_token>;

}  // namespace runtime

}  // namespace ringback

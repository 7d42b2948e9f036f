// Starting work and being called back: the second of the four ways to wait.
//
//   start(http.get(url), on(pool), [](Outcome<Page> page) { ... });
//
// on(Inline{}): the work runs here and now, then the callback, then start() returns. on(loop): both
// run later on the loop's thread. on(pool): on a worker, while the caller goes on. The callback is
// called exactly once, with the value, the failure or the cancellation, when the work and all it
// started have ended; it may itself be a coroutine, which the work's owner awaits. What it throws
// goes to the unhandled hook. It is destroyed right after the call.
#pragma once

#include "ringback/async/future.h"

namespace ringback {

namespace runtime {

// Names where something runs. See start().
struct OnExecutor {
  Executor& executor;
};
struct OnInline {};

struct OnAdmitted {
  Admission place;
};

}  // namespace runtime

inline runtime::OnExecutor on(Executor& executor) noexcept { return {executor}; }
inline runtime::OnAdmitted on(Admission place) noexcept { return {std::move(place)}; }
inline runtime::OnInline on(Inline) noexcept { return {}; }

// Work that was started: a view. Dropping it neither cancels nor blocks.
class Call {
 public:
  explicit Call(internal::Ref<internal::Root> root) noexcept : root_(std::move(root)) {}

  bool is_done() const noexcept { return root_->has_ended(); }
  // Asks the work to end; the callback then gets the cancellation. True: recorded before the end.
  bool cancel(Reason reason = Reason::requested) const noexcept { return root_->cancel(reason); }

 private:
  internal::Ref<internal::Root> root_;
};

namespace internal {

template <typename Callback, typename T>
constexpr bool is_coroutine_callback = Operation<std::invoke_result_t<Callback&, Outcome<T>>>;

// Calls, and reports what is thrown.
template <typename Callback, typename T>
void call_back(Callback& callback, Outcome<T> outcome, std::source_location place) noexcept {
  try {
    callback(std::move(outcome));
  } catch (...) {
    report_unhandled({Failure::from_current(), place, "a callback threw"});
  }
}

template <Operation Op, typename Callback>
class StartRoot final : public RootOf<Op> {
 public:
  StartRoot(Executor& home, Op&& op, Callback&& callback, std::source_location place) noexcept
      : RootOf<Op>(home, std::move(op), place), callback_(std::move(callback)) {}

 private:
  void work_ended() noexcept override {
    call_back(*callback_, this->take_outcome(), this->place());
    callback_.reset();
  }

  std::optional<Callback> callback_;
};

// An operation and then, shielded, the coroutine its callback makes. No task of its own: one that was
// cancelled before its first step would never call.
template <Operation Op, typename Callback>
class CoroutineCallback final : public Waiter {
 public:
  using value_type = void;
  using Called = std::invoke_result_t<Callback&, Outcome<typename Op::value_type>>;

  CoroutineCallback(Op&& op, Callback&& callback, std::source_location place) noexcept
      : op_(std::move(op)), callback_(std::move(callback)), place_(place) {}
  CoroutineCallback(CoroutineCallback&& other) noexcept
      : op_(std::move(other.op_)), callback_(std::move(other.callback_)), place_(other.place_) {}

  bool begin(Waiter& outer) noexcept {
    outer_ = &outer;
    context_ = &outer.context();
    return begin_child(op_, *this) && call();
  }
  Outcome<void> take() noexcept { return {}; }

  void complete() noexcept override {
    if (called_.has_value()) {
      finish();
      outer_->complete();
    } else if (call()) {
      outer_->complete();
    }
  }

 private:
  // True: it has ended already.
  bool call() noexcept {
    try {
      called_.emplace((*callback_)(take_from(op_)));
    } catch (...) {
      report_unhandled({Failure::from_current(), place_, "a callback threw"});
      callback_.reset();
      return true;
    }
    shield_.begin_child(outer_->context(), Context::shielded);
    context_ = &shield_;
    if (!called_->begin(*this)) return false;
    finish();
    return true;
  }
  void finish() noexcept {
    shield_.end();
    const Outcome<typename Called::value_type> end = take_from(*called_);
    if (!end.ok()) report_unhandled({end.failure(), place_, "a coroutine callback failed"});
  }

  Op op_;
  std::optional<Callback> callback_;
  const std::source_location place_;
  Waiter* outer_ = nullptr;
  Context shield_;
  std::optional<Called> called_;
};

template <Operation Op, typename Callback>
CoroutineCallback<Op, Callback> with_coroutine_callback(Op op, Callback callback, std::source_location place) {
  return {std::move(op), std::move(callback), place};
}

struct DropOutcome {
  void operator()(const Outcome<void>&) const noexcept {}
};

// `admitted`: where the work has its place in a Pool already, that.
template <WorkFor Work, typename Callback, typename... Admitted>
Call start_root(Executor& home, Work&& work, Callback callback, std::source_location place, Admitted... admitted) {
  using Op = work_operation_t<Work>;
  if constexpr (is_coroutine_callback<Callback, typename Op::value_type>) {
    return start_root(home,
                      with_coroutine_callback(work_as_operation(std::forward<Work>(work)), std::move(callback), place),
                      DropOutcome(), place, std::move(admitted)...);
  } else {
    auto* root =
        new StartRoot<Op, Callback>(home, work_as_operation(std::forward<Work>(work)), std::move(callback), place);
    auto view = Ref<Root>::adopt(root);
    root->start(std::move(admitted)...);
    return Call(std::move(view));
  }
}

}  // namespace internal

// Errors: overloaded where a Pool's queue is full, shut_down.
template <runtime::WorkFor Work, typename Callback>
Call start(Work&& work, runtime::OnExecutor where, Callback callback,
           std::source_location place = std::source_location::current()) {
  return internal::start_root(where.executor, std::forward<Work>(work), std::move(callback), place);
}

// In the place that `pool.admit()` has waited for: never overloaded.
template <runtime::WorkFor Work, typename Callback>
Call start(Work&& work, runtime::OnAdmitted where, Callback callback,
           std::source_location place = std::source_location::current()) {
  Executor& home = where.place.executor();
  return internal::start_root(home, std::forward<Work>(work), std::move(callback), place, std::move(where.place));
}

// Returns after the callback has. A plain function costs no allocation, and hardly more than
// calling it. Fails (would_deadlock) on a loop's thread, where it would block.
template <runtime::WorkFor Work, typename Callback>
void start(Work&& work, runtime::OnInline, Callback callback,
           std::source_location place = std::source_location::current()) {
  using W = std::decay_t<Work>;
  using T = typename internal::work_operation_t<Work>::value_type;
  static_assert(std::invocable<Callback&, Outcome<T>>, "the callback takes an Outcome of what the work gives");
  internal::check_may_wait("start on Inline");
  if constexpr (!Awaited<Work> && std::invocable<W&> && !requires(W& w) {
                  { w() } -> Operation;
                } && !internal::is_coroutine_callback<Callback, T>) {
    const auto ended = [&]() -> Outcome<T> {
      try {
        if constexpr (std::is_void_v<T>) {
          work();
          return {};
        } else {
          return work();
        }
      } catch (...) {
        return Failure::from_current();
      }
    };
    internal::call_back(callback, ended(), place);
  } else if constexpr (internal::is_coroutine_callback<Callback, T>) {
    wait(internal::with_coroutine_callback(internal::work_as_operation(std::forward<Work>(work)), std::move(callback),
                                           place));
  } else {
    internal::call_back(callback, wait_outcome(std::forward<Work>(work), place), place);
  }
}

// On the executor that runs here: inside a task or callback its own; on a plain thread Inline.
template <runtime::WorkFor Work, typename Callback>
void start(Work&& work, Callback callback, std::source_location place = std::source_location::current()) {
  if (Executor* here = internal::this_thread.executor) {
    start(std::forward<Work>(work), runtime::OnExecutor{*here}, std::move(callback), place);
  } else {
    start(std::forward<Work>(work), runtime::OnInline(), std::move(callback), place);
  }
}

}  // namespace ringback

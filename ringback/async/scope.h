// A block that starts work and does not end before all of it has.
//
//   co_await with_scope([&](Scope& scope) -> Task<> {
//     for (auto& peer : peers) scope.spawn(talk_to(peer));
//     co_await announce();
//   });                                     // here every peer has been talked to
//
// The first failure, of a child or of the body, cancels the others; all are awaited; it is thrown
// as itself, with later ones hung on it. Values of children are dropped: use gather() to have them.
// Where a cancellation from outside, or a deadline, has ended a child, the block ends with it also,
// whatever its body gave: what is behind the block relies on the children. Scope::cancel() does not.
#pragma once

#include <optional>

#include "ringback/async/gather.h"
#include "ringback/async/group.h"
#include "ringback/async/started.h"
#include "ringback/async/task.h"
#include "ringback/async/with_locals.h"

namespace ringback {

namespace internal {

// Keeps a callable in a frame that outlives the coroutine it makes: so captures stay alive.
template <typename F, typename... Args>
auto keep_and_call(F callable, Args... args) -> Task<typename std::invoke_result_t<F&, Args...>::value_type> {
  co_return co_await callable(std::move(args)...);
}

template <Operation Op>
Task<typename Op::value_type> as_task(Op op) {
  co_return co_await std::move(op);
}

}  // namespace internal

namespace runtime {
template <typename T>
class ScopeStart;
}

// Threads: the executor's own; on a Pool any of its workers, from inside the scope.
// Lifetime: lives inside with_scope() or a root; ends when the last child has ended.
class Scope {
 public:
  // What a child of start() is given, to say that it is ready. See started.h.
  template <typename T = void>
  using Started = runtime::Started<T>;

  explicit Scope(internal::Group& group) noexcept : group_(group) {}
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  // Starts a child: a Task, any other operation, or a callable that gives one and is kept for it.
  // It takes its first step when this executor comes to it. Fails (shut_down) where the scope has
  // ended. Cost: the task's frame; one more for what is not a Task.
  template <typename T>
  [[gnu::always_inline]] void spawn(Task<T> task) {
    if (auto* unbegun = std::move(task).begin_in(group_)) [[unlikely]]
      spawn_unbegun<T>(*unbegun);
  }
  template <typename F>
    requires(Operation<std::invoke_result_t<F&>>)
  void spawn(F callable) {
    spawn(internal::keep_and_call(std::move(callable)));
  }
  template <Operation Op>
  void spawn(Op op) {
    spawn(internal::as_task(std::move(op)));
  }

  // Starts a child and waits until it says that it is ready: `child` is a function that gives a Task and
  // takes a Scope::Started<T> first, and `args` after it. Gives the value that the child sets. See started.h.
  //
  // Errors: what the child fails with before it is ready; invalid where it ends without a word;
  // shut_down where the scope has ended. Cancel: the child is cancelled, and its clean-up awaited.
  template <typename F, typename... Args>
  auto start(F child, Args... args) -> runtime::ScopeStart<internal::started_of_t<F>>;

  // Cancels the children and the body; the scope then ends when they have cleaned up.
  void cancel(Reason reason = Reason::requested) noexcept { group_.context().cancel(reason); }
  bool is_cancelled() const noexcept { return group_.context().is_cancelled_or_expired(); }

 private:
  // A child sees what is bound where it is spawned, which may not be where its scope is.
  template <typename T>
  [[gnu::cold, gnu::noinline]] void spawn_unbegun(typename Task<T>::promise_type& promise) {
    Task<T> task = Task<T>::again(promise);
    internal::Locals here = internal::Locals::around(internal::this_thread.context);
    if (here == internal::Locals::around(&group_.context())) {
      if (task.begin_in_any(group_)) return;
    } else {
      task = internal::as_task(runtime::WithLocals<Task<T>>(std::move(here), false, std::move(task)));
      if (task.begin_in_any(group_)) return;
    }
    const internal::QuietDrop quiet;
    const Task<T> dropped(std::move(task));
    fail_closed();
  }
  [[noreturn]] static void fail_closed();

  internal::Group& group_;
};

namespace runtime {

// See Scope::start().
template <typename T>
class [[nodiscard]] ScopeStart final : public internal::StartCore::WaitLeaf {
 public:
  using value_type = T;

  ScopeStart(Scope& scope, internal::Ref<internal::StartState<T>> state, Task<void> child) noexcept
      : scope_(scope), state_(std::move(state)), child_(std::move(child)) {}
  ScopeStart(ScopeStart&& other) noexcept
      : WaitLeaf(std::move(other)),
        scope_(other.scope_),
        state_(std::move(other.state_)),
        child_(std::move(other.child_)) {}

  bool begin(Waiter& waiter) noexcept {
    if (!attach(waiter) || waiter.context().is_expired()) {
      const internal::QuietDrop quiet;
      const Task<void> dropped(std::move(child_));
      failure_ = cancelled_failure();
      return true;
    }
    try {
      scope_.spawn(std::move(child_));
    } catch (...) {
      failure_ = Failure::from_current();
      return true;
    }
    return begin_wait(*state_);
  }
  Outcome<T> take() {
    if (failure_.exists()) return failure_;
    return state_->take(waiter().context());
  }

 private:
  Scope& scope_;
  internal::Ref<internal::StartState<T>> state_;
  Task<void> child_;
  Failure failure_;
};

}  // namespace runtime

template <typename F, typename... Args>
auto Scope::start(F child, Args... args) -> runtime::ScopeStart<internal::started_of_t<F>> {
  using T = internal::started_of_t<F>;
  auto state = internal::Ref<internal::StartState<T>>::adopt(new internal::StartState<T>());
  auto task = internal::keep_and_call(std::move(child), runtime::Started<T>(state), std::move(args)...);
  return {*this, state, internal::run_until_over(internal::StartGuard<T>(state), std::move(task))};
}

namespace runtime {

template <typename F>
class [[nodiscard]] WithScope {
  using Body = std::invoke_result_t<F&, Scope&>;
  static_assert(Operation<Body>, "the body of with_scope is a function of Scope& that returns a Task");

 public:
  using value_type = typename Body::value_type;

  explicit WithScope(F&& body) noexcept : body_(std::move(body)) {}
  WithScope(WithScope&& other) noexcept : body_(std::move(other.body_)) {}

  bool begin(Waiter& waiter) noexcept {
    waiter_ = &waiter;
    group_.open(waiter);
    try {
      child_.emplace(body_(scope_));
      child_->begin(group_);
    } catch (...) {
      if (group_.note(Failure::from_current())) group_.context().cancel(Reason::sibling_failed);
    }
    return group_.begun();
  }

  Outcome<value_type> take() {
    Failure failure = group_.first_failure();
    if (failure.exists()) return failure;
    if (!child_.has_value()) return Failure(Cancelled{waiter_->context().reason()});  // There was no body.
    if (!child_->has_value()) return internal::Group::seen_from_outside(child_->failure(), waiter_->context());
    return child_->take();
  }

 private:
  F body_;
  internal::Group group_;
  Scope scope_{group_};
  Waiter* waiter_ = nullptr;
  std::optional<internal::GatherChild<Body, true>> child_;
};

}  // namespace runtime

template <typename F>
runtime::WithScope<F> with_scope(F body) {
  return runtime::WithScope<F>(std::move(body));
}

}  // namespace ringback

// The result of work that runs elsewhere: the third of the four ways to wait.
//
//   Future<int> sum = spawn(pool, [] { return add_up(); });
//   sum.on_done([](const Outcome<int>& sum) { ... });     // a callback
//   int a = co_await sum;                                 // in a Task
//   int b = sum.get();                                    // on a plain thread: blocks
//
// A Future is a view, cheap to copy: dropping it neither cancels nor blocks; cancel() does. The work
// is owned by the scope it was spawned in, or else by its executor.
#pragma once

#include <memory>
#include <optional>

#include "ringback/async/admit.h"
#include "ringback/async/root.h"
#include "ringback/async/unhandled.h"
#include "ringback/async/wait.h"
#include "ringback/base/unique_function.h"

namespace ringback {

template <typename T>
class Future;

namespace internal {

class FutureWaitTag;
class CallbackRunner;

// A done callback, waiting for its turn on an executor: in the list of its runner until somebody takes
// it out, under the runner's lock, to call it or to drop it. Two hold it: that list (or who took it
// out), and the DoneCallback that views it.
class CallbackNode final : public ListLink<class CallbackTag> {
 public:
  CallbackNode(unique_function<void()> call, std::source_location place) noexcept
      : call_(std::move(call)), place_(place), locals_(Locals::around(this_thread.context)) {}
  // For who took it out: calls, and reports what it throws.
  void call() noexcept;
  // For who took it out: destroys the callback with all it captured.
  void drop_call() noexcept {
    call_ = {};
    locals_.clear();
  }

  void add_reference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void drop_reference() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

 private:
  friend class CallbackRunner;

  unique_function<void()> call_;
  const std::source_location place_;
  Locals locals_;
  std::atomic<std::uint32_t> references_{1};
};

// The untyped half of a future's state.
//
// Protocol. `done_`, `waiters_` and `runners_` are guarded by lock_; the outcome is written once
// before done_ becomes true under the lock, and only read after.
class FutureCore {
 public:
  // A task (or a blocked thread) that awaits the future.
  class WaitLeaf : public PostedLeaf, public ListLink<FutureWaitTag> {
   public:
    void request_cancel(Reason reason) noexcept override;
    std::string_view what() const noexcept override { return "future"; }

   protected:
    explicit WaitLeaf(FutureCore& core) noexcept : core_(&core) {}
    WaitLeaf(WaitLeaf&& other) noexcept : PostedLeaf(std::move(other)), core_(other.core_) {}
    bool begin_wait(Waiter& waiter) noexcept;
    bool was_cancelled() const noexcept { return cancelled_; }

   private:
    friend class FutureCore;
    FutureCore* core_;
    bool cancelled_ = false;
  };

  bool is_done() const noexcept { return done_.load(std::memory_order_acquire); }
  // Of work on an Inline, which may be gone with its thread.
  bool is_inline_work() const noexcept { return is_inline_work_; }
  // Gives the runner it is with, and the node with a reference for the caller.
  struct Added {
    CallbackRunner* runner;
    Ref<CallbackNode> node;
  };
  Added add_callback(Executor* executor, unique_function<void()> call, std::source_location place);
  // Blocks the calling thread until it is done.
  void block() noexcept;
  void look() noexcept { looked_at_.store(true, std::memory_order_relaxed); }

  virtual Root& root() noexcept = 0;

 protected:
  explicit FutureCore(bool is_inline) noexcept;
  virtual ~FutureCore();

  // The outcome has been written: tells everybody. In the future's executor.
  void set_done() noexcept;
  bool was_looked_at() const noexcept { return looked_at_.load(std::memory_order_relaxed); }

 private:
  const bool is_inline_work_;
  const ProcessMark process_;  // whose child would wait for ever
  SpinLock lock_;
  std::atomic<bool> done_{false};
  std::atomic<bool> looked_at_{false};
  IntrusiveList<WaitLeaf, FutureWaitTag> waiters_;
  std::unique_ptr<CallbackRunner> runners_;
};

template <typename T>
class FutureState : public FutureCore {
 public:
  const Outcome<T>& outcome() const noexcept { return *outcome_; }
  Outcome<T>& outcome() noexcept { return *outcome_; }
  void add_reference() noexcept { root().add_reference(); }
  void drop_reference() noexcept { root().drop_reference(); }

 protected:
  explicit FutureState(bool is_inline) noexcept : FutureCore(is_inline) {}

  void set_outcome(Outcome<T> outcome) noexcept {
    outcome_.emplace(std::move(outcome));
    set_done();
  }

  std::optional<Outcome<T>> outcome_;
};

// What waiting for a future gives: a cancellation of the work is not one of the waiter's.
template <typename T>
Outcome<T> seen_by_waiter(const Outcome<T>& outcome) {
  if (!outcome.ok() && outcome.failure().is_cancelled()) {
    return Failure(make_aborted("future", outcome.failure().reason()));
  }
  return outcome;
}
template <typename T>
Outcome<T> moved_to_waiter(Outcome<T>& outcome) {
  if (!outcome.ok() && outcome.failure().is_cancelled()) {
    return Failure(make_aborted("future", outcome.failure().reason()));
  }
  return std::move(outcome);
}

// Blocks the calling thread until the future is done; see Future::get().
void block_for(FutureCore& future);

template <Operation Op>
class SpawnRoot final : public RootOf<Op>, public FutureState<typename Op::value_type> {
 public:
  SpawnRoot(Executor& home, Op&& op, std::source_location place) noexcept
      : RootOf<Op>(home, std::move(op), place), FutureState<typename Op::value_type>(home.is_inline()) {}

  Root& root() noexcept override { return *this; }
  // Both bases have them, and count the same thing.
  using RootOf<Op>::add_reference;
  using RootOf<Op>::drop_reference;

 private:
  ~SpawnRoot() override {
    if (this->outcome_.has_value() && !this->outcome_->ok() && !this->outcome_->failure().is_cancelled() &&
        !this->was_looked_at()) {
      report_unhandled({this->outcome_->failure(), this->place(), "a failed future was never looked at"});
    }
  }
  void work_ended() noexcept override { this->set_outcome(this->take_outcome()); }
};

}  // namespace internal

namespace runtime {

// Awaiting a future: gives a copy of the value, or the value itself from a moved future.
template <typename T, bool Moves>
class [[nodiscard]] FutureWait final : public internal::FutureCore::WaitLeaf {
 public:
  using value_type = T;

  explicit FutureWait(internal::Ref<internal::FutureState<T>> state) noexcept
      : WaitLeaf(*state), state_(std::move(state)) {}
  FutureWait(FutureWait&&) noexcept = default;

  bool begin(Waiter& waiter) noexcept { return this->begin_wait(waiter); }
  Outcome<T> take() {
    if (this->was_cancelled()) return this->cancelled_failure();
    state_->look();
    // Cut by what has cut the work: that is ours too.
    if (const auto& end = state_->outcome();
        !end.ok() && end.failure().is_cancelled() && this->waiter().context().is_cancelled_or_expired()) {
      return this->cancelled_failure();
    }
    if constexpr (Moves || !std::is_copy_constructible_v<Outcome<T>>) {
      return internal::moved_to_waiter(state_->outcome());
    } else {
      return internal::seen_by_waiter(state_->outcome());
    }
  }

 private:
  internal::Ref<internal::FutureState<T>> state_;
};

// A callback that was added to a Future: a view, through which it can be taken back.
//
// Threads: any. Dropping it changes nothing; while it lives it keeps the Future's value, and nothing of
// the callback once that was called.
class DoneCallback {
 public:
  DoneCallback() noexcept = default;
  DoneCallback(internal::Ref<internal::Root> work, internal::FutureCore::Added added) noexcept
      : work_(std::move(work)), runner_(added.runner), node_(std::move(added.node)) {}

  // True: it will not be called, and what it captured has been destroyed. False: it has been called, is
  // being called at this moment, or was removed before.
  bool remove() const noexcept;

 private:
  internal::Ref<internal::Root> work_;  // keeps runner_
  internal::CallbackRunner* runner_ = nullptr;
  internal::Ref<internal::CallbackNode> node_;
};

}  // namespace runtime

// Threads: any, for everything. Errors are those of the work; work that was cancelled gives Error
// aborted with the reason, since it is not the waiter that was cancelled.
template <typename T>
class Future {
 public:
  using value_type = T;

  explicit Future(internal::Ref<internal::FutureState<T>> state) noexcept : state_(std::move(state)) {}

  // True once the work has ended, whichever way.
  bool is_done() const noexcept { return state_->is_done(); }

  // The end as a value. Only where is_done(): asking earlier is a bug and aborts.
  const Outcome<T>& outcome() const {
    RINGBACK_CHECK(is_done(), "the outcome of a pending Future was read: await it, or look at is_done() first");
    state_->look();
    return state_->outcome();
  }

  // Blocks until the work has ended, then gives the value or throws. On a Pool's worker work that is
  // still queued there is run on the spot; else the Pool adds a worker for as long as this one
  // blocks. Errors also: would_deadlock on a loop's thread, and where the Pool can add no worker.
  T get() const& { return blocking_wait<false>(); }
  T get() && { return blocking_wait<true>(); }

  // As an operation, for co_await, timeout, gather, race, ...
  runtime::FutureWait<T, false> operation() const& { return runtime::FutureWait<T, false>(state_); }
  runtime::FutureWait<T, true> operation() && { return runtime::FutureWait<T, true>(std::move(state_)); }

  // Calls `callback` with the outcome once the work has ended: on the future's own executor, or on
  // the one named. On a Loop it is posted, never called from inside here; on a Pool the worker that
  // completes runs it; for Inline it is called at once. Callbacks for one executor run in order, each
  // once per addition, never overlapping; what one throws goes to the unhandled hook. It is destroyed
  // right after its call, or when it is removed through what this gives.
  //
  // Lifetime: the executor stays until the callback has been called or removed. One that is destroyed
  // while a callback waits for it aborts. A Future may outlive its own executor: then name another one.
  template <typename F>
    requires(std::invocable<F&, const Outcome<T>&>)
  runtime::DoneCallback on_done(F callback, std::source_location place = std::source_location::current()) const {
    return add_callback(nullptr, std::move(callback), place);
  }
  template <typename F>
    requires(std::invocable<F&, const Outcome<T>&>)
  runtime::DoneCallback on_done(Executor& executor, F callback,
                                std::source_location place = std::source_location::current()) const {
    return add_callback(&executor, std::move(callback), place);
  }
  // Called by the thread that completes the work; at once, by this call, if it is complete.
  template <typename F>
    requires(std::invocable<F&, const Outcome<T>&>)
  runtime::DoneCallback on_done(Inline, F callback,
                                std::source_location place = std::source_location::current()) const {
    return add_callback(&inline_loop(), std::move(callback), place);
  }
  // The name asyncio and concurrent.futures give it.
  template <typename F>
  runtime::DoneCallback add_done_callback(F callback,
                                          std::source_location place = std::source_location::current()) const {
    return on_done(std::move(callback), place);
  }

  // The next step of a chain: a Future of what `next` gives for this one's value (a plain value or an
  // operation). A failure skips `next` and ends the chain.
  template <typename F>
  auto then(F next, std::source_location place = std::source_location::current()) const;

  // Asks the work to end. True: recorded before it had ended.
  bool cancel(Reason reason = Reason::requested) const noexcept { return state_->root().cancel(reason); }

 private:
  template <bool Moves>
  T blocking_wait() const {
    internal::block_for(*state_);
    state_->look();
    if constexpr (Moves || !std::is_copy_constructible_v<Outcome<T>>) {
      return internal::moved_to_waiter(state_->outcome()).value();
    } else {
      return internal::seen_by_waiter(state_->outcome()).value();
    }
  }

  template <typename F>
  runtime::DoneCallback add_callback(Executor* executor, F callback, std::source_location place) const {
    state_->look();
    // A reference, taken for as long as the callback has not run; a completed future keeps none.
    auto added = state_->add_callback(
        executor,
        [state = state_, callback = std::move(callback)]() mutable { callback(std::as_const(*state).outcome()); },
        place);
    return {internal::Ref<internal::Root>::share(&state_->root()), std::move(added)};
  }

  internal::Ref<internal::FutureState<T>> state_;
};

// Starts `work` (an operation, a function that gives one, or a plain function) on `executor`, and
// gives its result as a Future. The scope around the caller owns the work, or else the executor.
// Errors: overloaded where a Pool's queue is full, shut_down. Cost: one allocation, and the task's.
template <runtime::WorkFor Work>
auto spawn(Executor& executor, Work&& work, std::source_location place = std::source_location::current()) {
  using Op = internal::work_operation_t<Work>;
  using T = typename Op::value_type;
  auto* root = new internal::SpawnRoot<Op>(executor, internal::work_as_operation(std::forward<Work>(work)), place);
  auto state = internal::Ref<internal::FutureState<T>>::adopt(root);
  root->start();
  return Future<T>(std::move(state));
}

// In the place that `co_await pool.admit()` has waited for: never overloaded.
template <runtime::WorkFor Work>
auto spawn(Admission place_in_pool, Work&& work, std::source_location place = std::source_location::current()) {
  using Op = internal::work_operation_t<Work>;
  using T = typename Op::value_type;
  auto* root = new internal::SpawnRoot<Op>(place_in_pool.executor(),
                                           internal::work_as_operation(std::forward<Work>(work)), place);
  auto state = internal::Ref<internal::FutureState<T>>::adopt(root);
  root->start(std::move(place_in_pool));
  return Future<T>(std::move(state));
}

// On the caller's thread, to its end: the Future is done when this returns.
template <runtime::WorkFor Work>
auto spawn(Inline, Work&& work, std::source_location place = std::source_location::current()) {
  internal::check_may_wait("spawn on Inline");
  using Op = internal::work_operation_t<Work>;
  using T = typename Op::value_type;
  auto* root = new internal::SpawnRoot<Op>(inline_loop(), internal::work_as_operation(std::forward<Work>(work)), place);
  auto state = internal::Ref<internal::FutureState<T>>::adopt(root);
  root->start();
  inline_loop().drive([root] { return root->is_released(); });
  return Future<T>(std::move(state));
}

namespace internal {

template <typename R>
struct StepResult {
  using type = R;
};
template <Operation R>
struct StepResult<R> {
  using type = typename R::value_type;
};

template <typename T, typename F>
auto chain(Future<T> first, F next) -> Task<typename StepResult<std::invoke_result_t<F&, T>>::type> {
  T value = co_await first;  // A copy where T can be copied: others may look at it too.
  if constexpr (Operation<std::invoke_result_t<F&, T>>) {
    co_return co_await next(std::move(value));
  } else if constexpr (std::is_void_v<std::invoke_result_t<F&, T>>) {
    next(std::move(value));
  } else {
    co_return next(std::move(value));
  }
}

template <typename F>
auto chain_void(Future<void> first, F next) -> Task<typename StepResult<std::invoke_result_t<F&>>::type> {
  co_await std::move(first);
  if constexpr (Operation<std::invoke_result_t<F&>>) {
    co_return co_await next();
  } else if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
    next();
  } else {
    co_return next();
  }
}

}  // namespace internal

template <typename T>
template <typename F>
auto Future<T>::then(F next, std::source_location place) const {
  Executor& home = state_->root().home();
  auto step = [&] {
    if constexpr (std::is_void_v<T>) {
      return internal::chain_void(*this, std::move(next));
    } else {
      return internal::chain(*this, std::move(next));
    }
  };
  if (!state_->is_inline_work() || internal::this_thread.executor == &home) return spawn(home, step(), place);
  // An Inline is not driven any more: the step runs on the loop that runs here, or else at once.
  Executor* here = internal::this_thread.executor;
  if (here != nullptr && !here->is_concurrent()) return spawn(*here, step(), place);
  return spawn(Inline{}, step(), place);
}

}  // namespace ringback

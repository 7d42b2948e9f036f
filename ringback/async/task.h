// A coroutine that is an operation: what `Task<T>` functions return.
//
//   Task<int> twice(Semaphore& gate, int x) {
//     auto permit = co_await gate.acquire();
//     co_return 2 * x;
//   }
//
// Lazy: nothing runs until it is awaited, given to a scope, or started; it is begun once. Awaited
// directly it runs in the awaiting task's cancellation scope and on its executor. Dropped before it
// was begun it is destroyed and reported once to the unhandled hook. A begun task always runs to its
// end: cancelling makes its awaits fail, it never destroys a frame from outside.
//
// Arguments are taken by value unless they are known to outlive the task. A lambda coroutine must
// not capture: its captures die with the lambda; pass arguments instead, or give the lambda to
// Scope::spawn, with_scope, each or map, which keep it.
#pragma once

#include <coroutine>
#include <new>
#include <source_location>
#include <utility>

#include "ringback/async/foreign.h"
#include "ringback/async/group.h"
#include "ringback/async/operation.h"
#include "ringback/async/unhandled.h"
#include "ringback/exec/frame_memory.h"

namespace ringback {

template <typename T>
class Task;
class OnExit;

namespace internal {

class Group;
struct ExitCleanup;

// What all task promises share. As a Waiter it waits for whatever the coroutine awaits, one
// operation at a time; as a Job it starts, resumes or frees the coroutine.
class TaskPromiseBase : public Waiter {
 public:
  static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
  static void operator delete(void* frame, std::size_t bytes) noexcept { free_frame(frame, bytes); }

  std::suspend_always initial_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { failure_ = Failure::from_current(); }

  std::source_location place() const noexcept { return place_; }
  void add_exit(ExitCleanup* cleanup) noexcept;
  void take_exit_failure(Failure later) noexcept;
  void end_task() noexcept {
    if (has_exits_) [[unlikely]]
      return run_exits();
    phase_ = Phase::ended;
    tell_end();
  }

 protected:
  enum class Phase : std::uint8_t { created, queued, running, ended };

  explicit TaskPromiseBase(std::source_location place) noexcept : waiter_(nullptr), place_(place) {}
  ~TaskPromiseBase() {}  // Nothing in the unions has anything to destroy.

  // The trampoline resumes `self` next; where something else is next already, or tasks have gone on
  // for long without anybody else having had a turn, it is posted.
  void resume_soon(std::coroutine_handle<> self) noexcept {
    ThreadState& state = this_thread;
    if (state.next || ++state.at_once >= kAtOnceMost) {
      context_->executor().post(*this);
      return;
    }
    state.context = context_;
    state.next = self;
  }

  // True: refused because it was cancelled before its first step.
  bool begin_task(Waiter& waiter, std::coroutine_handle<> self) noexcept {
    waiter_ = &waiter;
    context_ = &waiter.context();
    if (context_->is_cancelled()) return refuse();
    if (this_thread.next) return queue();
    phase_ = Phase::running;
    this_thread.context = context_;
    this_thread.next = self;
    return false;
  }

  bool begin_task_posted(Waiter& waiter) noexcept {
    waiter_ = &waiter;
    context_ = &waiter.context();
    return context_->is_cancelled() ? refuse() : queue();
  }

  bool queue() noexcept {
    phase_ = Phase::queued;
    context_->executor().post(*this);
    return false;
  }

  // The child's context lies in its own frame; the group is told of its end.
  bool begin_in(Group& group) noexcept {
    ::new (static_cast<void*>(&own_context_)) Context;
    if (!group.add(own_context_)) [[unlikely]]
      return false;
    is_scope_child_ = true;
    context_ = &own_context_;
    phase_ = Phase::queued;
    own_context_.executor().post(*this);
    return true;
  }
  // As a job: resumes, starts, or frees the coroutine. A job begins with nothing else to resume.
  void run_task(std::coroutine_handle<> self) noexcept {
    if (phase_ != Phase::running) {
      if (phase_ == Phase::ended || context_->is_cancelled()) return free_or_refuse(self);
      phase_ = Phase::running;
    }
    this_thread.context = context_;
    this_thread.next = self;
  }
  void free_or_refuse(std::coroutine_handle<> self) noexcept;
  bool refuse() noexcept;
  void report_dropped() noexcept;

  template <typename>
  friend class ::ringback::Task;
  template <typename>
  friend class TaskPromise;

  // Clean-up registered with on_exit(), the last first. Only where has_exits_.
  ExitCleanup*& exits() noexcept { return is_scope_child_ ? child_exits_ : awaited_exits_; }

  // A task is awaited (it has a waiter, and shares its context) or a scope's child (it has a context
  // of its own, and its group is told); each keeps its exits where it does not need the other word.
  union {
    Waiter* waiter_;
    ExitCleanup* child_exits_;
  };
  union {
    Context own_context_;
    ExitCleanup* awaited_exits_;
  };
  std::source_location place_;
  [[no_unique_address]] Failure failure_;  // the flags lie in its padding
  Phase phase_ = Phase::created;
  bool is_scope_child_ = false;
  bool has_value_ = false;
  bool has_exits_ = false;

 private:
  void run_exits() noexcept;
  void tell_end() noexcept {
    if (!is_scope_child_) return waiter_->complete();
    Group& group = Group::of(*own_context_.parent());
    if (failure_.exists()) [[unlikely]]
      fail_in(group);
    retire(*this);
    group.child_ended(own_context_);
  }
  void fail_in(Group& group) noexcept;
};

// `co_await expression`, where the expression is an operation or names one.
// One pointer to what is awaited and nothing more: it lies in the frame of every suspended task.
template <typename Expression>
class [[nodiscard]] Awaiting {
 public:
  explicit Awaiting(Expression expression) noexcept : operation_(operation_of(static_cast<Expression&&>(expression))) {}
  Awaiting(const Awaiting&) = delete;
  Awaiting& operator=(const Awaiting&) = delete;

  bool await_ready() const noexcept { return false; }

  // False: it has ended already. A task that never suspends still lets others run now and then.
  template <typename Promise>
  [[gnu::always_inline]] bool await_suspend(std::coroutine_handle<Promise> self) noexcept {
    Promise& promise = self.promise();
    if (!operation_.begin(promise)) return true;
    if (++this_thread.at_once < kAtOnceMost) return false;
    promise.context().executor().post(promise);
    return true;
  }

  auto await_resume() {
    auto outcome = operation_.take();
    // A task that was awaited by name, or came in as an argument, ends here too: were its frame kept,
    // a long chain of such would be freed as deep as it is long.
    if constexpr (requires { operation_.free_frame(); }) operation_.free_frame();
    if (!outcome.ok()) [[unlikely]] {
      if (outcome.failure().is_cancelled()) note_cancelled(*this_thread.context);
      outcome.failure().raise();
    }
    return std::move(outcome).value();
  }

 private:
  // By reference where it lies in the awaiting full expression or has a name; else it is kept here.
  std::conditional_t<std::is_reference_v<Expression>, decltype(operation_of(std::declval<Expression>())),
                     operation_t<Expression>>
      operation_;
};

template <typename T>
class TaskPromise;

// Everything of a promise that needs to know its own handle.
template <typename T>
class TaskPromiseOf : public TaskPromiseBase {
 public:
  using TaskPromiseBase::TaskPromiseBase;

  std::coroutine_handle<TaskPromise<T>> handle() noexcept {
    return std::coroutine_handle<TaskPromise<T>>::from_promise(static_cast<TaskPromise<T>&>(*this));
  }

  struct EndAwaiter {
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<TaskPromise<T>> self) noexcept { self.promise().end_task(); }
    void await_resume() const noexcept {}
  };
  EndAwaiter final_suspend() const noexcept { return {}; }

  void complete() noexcept final { resume_soon(handle()); }
  void run() noexcept final { run_task(handle()); }

  template <typename Expression>
    requires Awaited<Expression>
  Awaiting<Expression&&> await_transform(Expression&& expression) noexcept {
    return Awaiting<Expression&&>(std::forward<Expression>(expression));
  }
  template <typename Expression>
    requires(!Awaited<Expression> && Awaitable<Expression>)
  Awaiting<ForeignAwait<Expression>> await_transform(Expression&& expression) {
    return Awaiting<ForeignAwait<Expression>>(ForeignAwait<Expression>(std::forward<Expression>(expression)));
  }
  auto await_transform(OnExit on_exit) noexcept;
};

template <typename T>
class TaskPromise final : public TaskPromiseOf<T> {
 public:
  explicit TaskPromise(std::source_location place = std::source_location::current()) noexcept
      : TaskPromiseOf<T>(place) {}
  ~TaskPromise() {
    if (this->has_value_) value_.~T();
  }

  Task<T> get_return_object() noexcept;

  template <typename Value>
    requires std::constructible_from<T, Value>
  void return_value(Value&& value) {
    ::new (static_cast<void*>(std::addressof(value_))) T(std::forward<Value>(value));
    this->has_value_ = true;
  }

  Outcome<T> take() {
    if (this->failure_.exists() || !this->has_value_) return std::move(this->failure_);
    return std::move(value_);
  }

 private:
  union {
    T value_;
  };
};

template <>
class TaskPromise<void> final : public TaskPromiseOf<void> {
 public:
  explicit TaskPromise(std::source_location place = std::source_location::current()) noexcept
      : TaskPromiseOf<void>(place) {}

  Task<void> get_return_object() noexcept;
  void return_void() const noexcept {}
  Outcome<void> take() noexcept { return std::move(failure_); }
};

}  // namespace internal

// See the top of this file. Threads: begun in a job of the executor it runs on.
template <typename T = void>
class [[nodiscard]] Task {
 public:
  using value_type = T;
  using promise_type = internal::TaskPromise<T>;

  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    Task taken(std::move(other));
    std::swap(handle_, taken.handle_);
    return *this;
  }
  ~Task() {
    if (handle_) drop();
  }

  // Where the coroutine was called.
  std::source_location place() const noexcept { return handle_.promise().place(); }

  // As an operation; see operation.h.
  bool begin(Waiter& waiter) noexcept {
    check_unbegun();
    return handle_.promise().begin_task(waiter, handle_);
  }
  // As begin(), but the first step is a job of its own: siblings start in order, and one that is
  // cancelled before its turn never runs.
  bool begin_posted(Waiter& waiter) noexcept {
    check_unbegun();
    return handle_.promise().begin_task_posted(waiter);
  }
  Outcome<T> take() { return handle_.promise().take(); }
  // After the end, outside the coroutine.
  void free_frame() noexcept { std::exchange(handle_, nullptr).destroy(); }

  // Hands the coroutine over to `group`, which frees it at its end. (Scope::spawn) False: the group
  // has ended, and the task is dropped.
  bool begin_in(internal::Group& group) && noexcept {
    check_unbegun();
    if (!handle_.promise().begin_in(group)) return false;
    handle_ = nullptr;
    return true;
  }

 private:
  friend promise_type;
  explicit Task(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}

  void check_unbegun() const noexcept {
    RINGBACK_CHECK(handle_ && handle_.promise().phase_ == promise_type::Phase::created,
                   "a Task was awaited, started or spawned a second time: it can be begun once");
  }

  void drop() noexcept {
    if (handle_.promise().phase_ != promise_type::Phase::ended) [[unlikely]] {
      RINGBACK_CHECK(handle_.promise().phase_ == promise_type::Phase::created,
                     "a Task was destroyed while it runs: cancel it, and keep it until it has ended");
      handle_.promise().report_dropped();
    }
    handle_.destroy();
  }

  std::coroutine_handle<promise_type> handle_;
};

template <typename T>
Task<T> internal::TaskPromise<T>::get_return_object() noexcept {
  return Task<T>(this->handle());
}
inline Task<void> internal::TaskPromise<void>::get_return_object() noexcept { return Task<void>(handle()); }

}  // namespace ringback

#include "ringback/async/on_exit.h"  // the one awaited thing that needs Task to be complete

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
#include "ringback/base/compiler.h"
#include "ringback/exec/frame_memory.h"

namespace ringback {

template <typename T>
class Task;

namespace runtime {
class OnExit;
}

namespace internal {

class Group;
class ExitCleanup;

// What all task promises share. As a Waiter it waits for whatever the coroutine awaits, one
// operation at a time; as a Job it starts, resumes or frees the coroutine.
class TaskPromiseBase : public Waiter {
 public:
  static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
  static void operator delete(void* frame, std::size_t bytes) noexcept { free_frame(frame, bytes); }

  std::suspend_always initial_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { failure_ = Failure::from_current(); }

  std::source_location place() const noexcept final { return place_; }
  const Waiter* awaited_by() const noexcept final { return is_scope_child() ? nullptr : waiter_; }
  void add_exit(ExitCleanup* cleanup) noexcept;
  void take_exit_failure(Failure later) noexcept;
  // In a resumption: the resumer frees a scope's child afterwards.
  [[gnu::always_inline]] void end_task(std::coroutine_handle<> self) noexcept {
    const std::uint8_t traits = traits_;
    if (traits == kScopeChild && !failure_.exists()) {
      phase_ = Phase::ended;
      this_thread.ended = self;
      return Group::of(*own_context_.parent()).child_ended_confined(own_context_);
    }
    if ((traits & kHasExits) != 0) [[unlikely]]
      return run_exits(self);
    phase_ = Phase::ended;
    if (traits == 0) return waiter_->complete();
    tell_group();
  }

 protected:
  enum class Phase : std::uint8_t { created, queued, running, ended, refused };

  // What a task's end has to see to; none where it is awaited and has nothing to clean up.
  static constexpr std::uint8_t kScopeChild = 1;  // its group, and freeing itself
  static constexpr std::uint8_t kShared = 2;      // the group may be on a concurrent executor
  static constexpr std::uint8_t kHasExits = 4;

  explicit TaskPromiseBase(std::source_location place) noexcept : place_(place) {}
  ~TaskPromiseBase() {}  // Nothing in the unions has anything to destroy.

  // The trampoline resumes `self` next; where something else is next already, or tasks have gone on
  // for long without anybody else having had a turn, it is posted.
  void resume_soon(std::coroutine_handle<> self) noexcept {
    ThreadState& state = this_thread;
    if (state.next || !state.may_go_on()) {
      context_->executor().post_here(*this);
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
    context_->executor().post_here(*this);
    return false;
  }

  // The child's context lies in its own frame; the group is told of its end.
  [[gnu::always_inline]] bool begin_in(Group& group) noexcept {
    const ContextFlags inherited = group.context().inherited();
    if (!inherited.are_plain()) [[unlikely]]
      return begin_in_unusual(group);
    if (!group.add_confined()) [[unlikely]]
      return false;
    ::new (static_cast<void*>(&own_context_)) Context(group.context(), inherited);
    begin_as_child(kScopeChild);
    return true;
  }
  bool begin_in_unusual(Group& group) noexcept;
  bool begin_in_any(Group& group) noexcept;
  void begin_as_child(std::uint8_t traits) noexcept {
    traits_ = traits;
    context_ = &own_context_;
    phase_ = Phase::queued;
    own_context_.executor().post_here(*this);
  }
  // As a job: resumes, starts, or frees the coroutine. A job begins with nothing else on the stack, so
  // it may resume right here.
  void run_task(std::coroutine_handle<> self) noexcept {
    if (phase_ != Phase::running) {
      if (phase_ != Phase::queued) [[unlikely]]
        return phase_ == Phase::ended ? self.destroy() : destroy_quietly(self);
      if (context_->is_cancelled()) [[unlikely]]
        return refuse_queued();
      phase_ = Phase::running;
    }
    this_thread.context = context_;
    self.resume();
    this_thread.free_ended();
  }
  void refuse_queued() noexcept;
  bool refuse() noexcept;
  void report_dropped() noexcept;
  // With tasks among its arguments that have not begun. They are not reported: the canceller of this one, or the
  // receiver of its failure, knows of them.
  static void destroy_quietly(std::coroutine_handle<> self) noexcept;

  template <typename>
  friend class ::ringback::Task;
  template <typename>
  friend class TaskPromise;

  // Clean-up registered with on_exit(), the last first. Only where kHasExits.
  ExitCleanup*& exits() noexcept { return is_scope_child() ? child_exits_ : awaited_exits_; }
  bool is_scope_child() const noexcept { return (traits_ & kScopeChild) != 0; }

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
  std::uint8_t traits_ = 0;
  bool has_value_ = false;

 private:
  void run_exits(std::coroutine_handle<> self) noexcept;
  void tell_group() noexcept;
};

// What an await failed with, thrown in the task that runs here. In two steps, both out of line: where
// nothing of the outcome is left when it throws, the coroutine has nothing to clean up and keeps no
// room for it in its frame, and the way on which nothing fails stays short.
[[gnu::cold]] void keep_to_raise(Failure failure) noexcept;
[[noreturn, gnu::cold]] void raise_kept();

template <typename T>
[[gnu::cold, gnu::noinline]] void end_failed(Outcome<T>& ended) noexcept {
  keep_to_raise(std::move(ended).failure());
  ended.~Outcome();
}

// An outcome that somebody else destroys: a coroutine then has nothing to clean up where it throws.
template <typename T>
union Undestroyed {
  Outcome<T> outcome;

  ~Undestroyed() {}
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
    if (this_thread.may_go_on()) [[likely]]
      return false;
    promise.context().executor().post_here(promise);
    return true;
  }

  auto await_resume() {
    using T = typename operation_t<Expression>::value_type;
    {
      Undestroyed<T> ended{operation_.take()};
      // A task that was awaited by name, or came in as an argument, ends here too: were its frame kept,
      // a long chain of such would be freed as deep as it is long.
      if (ended.outcome.ok()) [[likely]] {
        if constexpr (requires { operation_.free_frame(); }) operation_.free_frame();
        struct Destroy {
          Outcome<T>& outcome;
          ~Destroy() { outcome.~Outcome(); }
        } destroy{ended.outcome};
        if constexpr (std::is_void_v<T>) {
          return;
        } else {
          return T(std::move(*ended.outcome));
        }
      }
      if constexpr (requires { operation_.free_frame(); }) operation_.free_frame_quietly();
      end_failed(ended.outcome);
    }
    raise_kept();
  }

 private:
  using Named = decltype(operation_of(std::declval<Expression>()));
  static constexpr bool kIsSmaller = sizeof(operation_t<Expression>) < sizeof(void*) &&
                                     std::is_trivially_copyable_v<operation_t<Expression>> &&
                                     std::is_rvalue_reference_v<Named>;

  // By reference where it lies in the awaiting full expression or has a name; else, and where it is
  // smaller than one, it is kept here.
  std::conditional_t<std::is_reference_v<Expression> && !kIsSmaller, Named, operation_t<Expression>> operation_;
};

template <typename T>
class TaskPromise;

// Everything of a promise that needs to know its own handle: what derives from it is `Promise`.
template <typename Promise>
class TaskPromiseOf : public TaskPromiseBase {
 public:
  using TaskPromiseBase::TaskPromiseBase;

  std::coroutine_handle<Promise> handle() noexcept {
    static_assert(alignof(Promise) <= 2 * sizeof(void*),
                  "coroutine frames are aligned to 16 bytes: give a value that needs more behind a std::unique_ptr");
    return std::coroutine_handle<Promise>::from_promise(static_cast<Promise&>(*this));
  }

  struct EndAwaiter {
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<Promise> self) noexcept { self.promise().end_task(self); }
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
class TaskPromise final : public TaskPromiseOf<TaskPromise<T>> {
 public:
  explicit TaskPromise(std::source_location place = std::source_location::current()) noexcept
      : TaskPromiseOf<TaskPromise<T>>(place) {}
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
class TaskPromise<void> final : public TaskPromiseOf<TaskPromise<void>> {
 public:
  explicit TaskPromise(std::source_location place = std::source_location::current()) noexcept
      : TaskPromiseOf<TaskPromise<void>>(place) {}

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
  bool begin(runtime::Waiter& waiter) noexcept {
    check_unbegun();
    return handle_.promise().begin_task(waiter, handle_);
  }
  // As begin(), but the first step is a job of its own: siblings start in order, and one that is
  // cancelled before its turn never runs.
  bool begin_posted(runtime::Waiter& waiter) noexcept {
    check_unbegun();
    return handle_.promise().begin_task_posted(waiter);
  }
  Outcome<T> take() { return handle_.promise().take(); }
  // After the end, outside the coroutine.
  void free_frame() noexcept { std::exchange(handle_, nullptr).destroy(); }
  void free_frame_quietly() noexcept { promise_type::destroy_quietly(std::exchange(handle_, nullptr)); }

  // Hands the coroutine over to `group`, which frees it at its end. (Scope::spawn) Not null: the group
  // has ended, or there are task-locals to be looked for first; and this is the task, for again().
  [[gnu::always_inline]] promise_type* begin_in(internal::Group& group) && noexcept {
    check_unbegun();
    promise_type& promise = std::exchange(handle_, nullptr).promise();
    return promise.begin_in(group) ? nullptr : &promise;
  }
  static Task again(promise_type& promise) noexcept { return Task(promise.handle()); }
  // The same where task-locals have been seen to. False: the group has ended.
  bool begin_in_any(internal::Group& group) noexcept {
    promise_type& promise = handle_.promise();
    if (!promise.begin_in_any(group)) return false;
    handle_ = nullptr;
    return true;
  }

 private:
  friend promise_type;
  explicit Task(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}

  void check_unbegun() const noexcept {
    RINGBACK_CHECK(handle_ != nullptr && handle_.promise().phase_ == promise_type::Phase::created,
                   "a Task was awaited, started or spawned a second time: it can be begun once");
  }

  void drop() noexcept {
    if (handle_.promise().phase_ != promise_type::Phase::ended) [[unlikely]] {
      if (handle_.promise().phase_ == promise_type::Phase::refused) return promise_type::destroy_quietly(handle_);
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

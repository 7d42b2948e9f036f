// A child that says when it is ready: what `co_await scope.start(child)` begins and waits for.
//
//   Task<> serve(Scope::Started<Address> started, int port) {
//     auto listener = co_await listen(port);
//     started.set(listener.local());                         // start() gives this
//     for (;;) { ... }                                       // the child goes on, in the scope
//   }
//   Address address = co_await scope.start(serve, 0);
//
// Until it is ready the child is start()'s: its failure is thrown there and not by the scope, and
// cancelling start() cancels it and waits for its clean-up. From then on it is like any other child.
#pragma once

#include <mutex>
#include <optional>
#include <type_traits>
#include <variant>

#include "ringback/async/leaf.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/root.h"
#include "ringback/async/task.h"

namespace ringback {

namespace internal {

// What start(), the child and its Started share.
//
// Protocol. All under lock_: `phase_` goes pending -> ready, by the child, or pending -> cancelled, by
// the canceller of start(); the child's end makes it over, but for one that was ready. `leaf_` is the waiter
// in start(); the thread that takes it out delivers it: at ready, or over. `child_` is the child's
// context while it runs. Cancelling comes up under the lock of another context of the same tree, so it
// is done by a job; while `cancel_is_out_` the child's context may not go, and the second of job and
// child to be done with it ends it.
class StartCore {
 public:
  void add_reference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void drop_reference() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  // The child's end, once, where it has been begun or not. True: it was ready before.
  bool end_child(Failure failure) noexcept;

  enum class Phase : std::uint8_t { pending, ready, cancelled, over };

  // Who waits in start().
  class WaitLeaf : public PostedLeaf {
   public:
    void request_cancel(Reason reason) noexcept override { core_->cancel(reason); }
    std::string_view what() const noexcept override { return "a child to be ready"; }

   protected:
    WaitLeaf() noexcept = default;
    WaitLeaf(WaitLeaf&& other) noexcept : PostedLeaf(std::move(other)) {}
    // After the child was spawned. True: it has ended at once.
    bool begin_wait(StartCore& core) noexcept;

   private:
    friend class StartCore;
    StartCore* core_ = nullptr;
  };

  // The child in its place below the scope, with a context of its own.
  class Child : public Waiter {
   public:
    void complete() noexcept final;
    bool try_claim() noexcept final { return outer_->try_claim(); }
    std::source_location place() const noexcept final { return outer_->place(); }
    const Waiter* awaited_by() const noexcept final { return outer_->awaited_by(); }

   protected:
    explicit Child(StartCore& core) noexcept : core_(core) {}
    Child(Child&& other) noexcept : core_(other.core_) {}
    void open(Waiter& outer) noexcept;
    // True: the child, which has ended at once, is done with; complete() will not come.
    bool ended_at_once() noexcept;

   private:
    friend class StartCore;
    void finish() noexcept;

    StartCore& core_;
    Waiter* outer_ = nullptr;
    Context own_context_;
  };

 protected:
  StartCore() noexcept = default;
  virtual ~StartCore() = default;

  // Makes it ready, where it is pending; runs `store` before. Not where it was cancelled meanwhile.
  template <typename Store>
  void make_ready(Store&& store) {
    WaitLeaf* leaf = nullptr;
    {
      std::lock_guard guard(lock_);
      if (phase_ == Phase::cancelled) return;
      if (phase_ != Phase::pending) fail_second();
      store();
      phase_ = Phase::ready;
      leaf = std::exchange(leaf_, nullptr);
    }
    if (leaf != nullptr) leaf->deliver();
  }

  bool is_ready() const noexcept { return phase_ == Phase::ready; }
  // What start() fails with. For who waited, after the end.
  Failure failure_for(const Context& waiting);

 private:
  class CancelJob final : public Job {
   public:
    explicit CancelJob(StartCore& core) noexcept : core_(core) {}
    void run() noexcept override { core_.cancel_child(); }

   private:
    StartCore& core_;
  };

  [[noreturn]] static void fail_second();
  void cancel(Reason reason) noexcept;
  void cancel_child() noexcept;
  // False: the cancelling job will finish the child.
  bool leave_child() noexcept;

  SpinLock lock_;
  std::atomic<std::uint32_t> references_{1};
  Phase phase_ = Phase::pending;
  Reason reason_ = Reason::requested;
  bool was_cancelled_ = false;
  bool cancel_is_out_ = false;
  bool child_left_ = false;
  WaitLeaf* leaf_ = nullptr;
  Child* child_ = nullptr;
  Failure failure_;
  CancelJob cancel_job_{*this};
};

}  // namespace internal

namespace runtime {
template <typename T = void>
class Started;
}

namespace internal {

template <typename T>
class StartState final : public StartCore {
 public:
  using Stored = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

  template <typename... Value>
  void set(Value&&... value) {
    make_ready([&] { value_.emplace(std::forward<Value>(value)...); });
  }

  Outcome<T> take(const Context& waiting) {
    if (!is_ready()) return failure_for(waiting);
    if constexpr (std::is_void_v<T>) {
      return {};
    } else {
      return *std::move(value_);
    }
  }

  template <Operation Op>
  class RunChild final : public Child {
   public:
    using value_type = typename Op::value_type;

    RunChild(StartState& state, Op&& op) noexcept : Child(state), op_(std::move(op)) {}
    RunChild(RunChild&& other) noexcept : Child(std::move(other)), op_(std::move(other.op_)) {}

    bool begin(Waiter& outer) noexcept {
      this->open(outer);
      return op_.begin(*this) && this->ended_at_once();
    }
    Outcome<value_type> take() { return op_.take(); }

   private:
    Op op_;
  };

 private:
  std::optional<Stored> value_;
};

// Says that the child is over also where it never took its first step.
template <typename T>
class StartGuard {
 public:
  explicit StartGuard(Ref<StartState<T>> state) noexcept : state_(std::move(state)) {}
  StartGuard(StartGuard&&) noexcept = default;
  ~StartGuard() {
    if (state_) state_->end_child(Cancelled{});
  }

  StartState<T>& state() const noexcept { return *state_; }
  bool end_child(Failure failure) noexcept {
    const Ref<StartState<T>> state = std::move(state_);
    return state->end_child(std::move(failure));
  }

 private:
  Ref<StartState<T>> state_;
};

template <typename T, Operation Op>
Task<void> run_until_over(StartGuard<T> guard, Op child) {
  using Child = typename StartState<T>::template RunChild<Op>;
  auto ended = co_await outcome(Child(guard.state(), std::move(child)));
  const bool is_ours = guard.end_child(ended.ok() ? Failure() : ended.failure());
  if (is_ours && !ended.ok()) ended.failure().raise();
}

template <typename T>
std::type_identity<T> started_value(const Started<T>*);
template <typename R, typename First, typename... Rest>
std::type_identity<std::remove_cvref_t<First>> first_parameter(R (*)(First, Rest...));
template <typename R, typename C, typename First, typename... Rest>
std::type_identity<std::remove_cvref_t<First>> first_parameter(R (C::*)(First, Rest...) const);
template <typename R, typename C, typename First, typename... Rest>
std::type_identity<std::remove_cvref_t<First>> first_parameter(R (C::*)(First, Rest...));

// T of the Started<T> that F takes first.
template <typename F>
auto started_of() {
  if constexpr (std::is_class_v<F>) {
    using First = typename decltype(first_parameter(&F::operator()))::type;
    return decltype(started_value(static_cast<const First*>(nullptr)))();
  } else {
    using First = typename decltype(first_parameter(std::declval<F>()))::type;
    return decltype(started_value(static_cast<const First*>(nullptr)))();
  }
}
template <typename F>
using started_of_t = typename decltype(started_of<std::decay_t<F>>())::type;

}  // namespace internal

namespace runtime {

// The child's side. Threads: any; copies are one and the same. Lifetime: of its own.
template <typename T>
class Started {
 public:
  explicit Started(internal::Ref<internal::StartState<T>> state) noexcept : state_(std::move(state)) {}

  // The child is ready: start() gives this value (none for Started<>), and the child is its scope's from
  // here on. Once; a second time, or past the child's end, is an Error invalid. Without effect where
  // start() has been cancelled: the child's next await fails.
  template <typename... Value>
    requires(std::constructible_from<typename internal::StartState<T>::Stored, Value...>)
  void set(Value&&... value) const {
    state_->set(std::forward<Value>(value)...);
  }

 private:
  internal::Ref<internal::StartState<T>> state_;
};

}  // namespace runtime

}  // namespace ringback

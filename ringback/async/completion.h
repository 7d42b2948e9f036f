// One completion that foreign code will make: any C callback API as an operation.
//
//   Completion<int> answer;
//   c_library_ask(question, on_answer, answer.completer().into_user_data());
//   int value = co_await answer;
//
//   void on_answer(int value, void* user) { Completer<int>::from_user_data(user).try_complete(value); }
//
// The Completion is what is awaited, once; its Completers are what the foreign side holds. The first
// to complete wins, once. Where the last Completer goes away without having completed, the await
// fails with Error aborted: it never waits for ever. Cancelling the await, also before it begins, lets it end
// at once; what on_cancel() named is told, and completing afterwards has no effect.
#pragma once

#include <memory>
#include <optional>

#include "ringback/async/root.h"
#include "ringback/base/unique_function.h"

namespace ringback {

namespace internal {

// What a Completion and its Completers share.
//
// Protocol, all under lock_: `phase_` goes open -> completed or open -> cancelled, once; `leaf_` is
// set by begin() while open, and cleared by the thread that ends the phase, which then delivers it. A canceller
// may hold locks: what it would tell the foreign side is told by the leaf's job. The outcome is written before
// `completed` and read only after it.
class CompletionCore {
 public:
  void add_reference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void drop_reference() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }
  void add_completer() noexcept { completers_.fetch_add(1, std::memory_order_relaxed); }
  // The last one of them breaks the promise, where it has not been kept.
  void drop_completer() noexcept {
    if (completers_.fetch_sub(1, std::memory_order_acq_rel) == 1) break_promise();
  }

  bool is_open() noexcept {
    std::lock_guard guard(lock_);
    return phase_ == Phase::open;
  }
  void set_on_cancel(unique_function<void()> call);

 protected:
  class WaitLeaf : public PostedLeaf {
   public:
    void request_cancel(Reason reason) noexcept override;
    // Tells the foreign side first, where it was cancelled.
    void run() noexcept override;
    std::string_view what() const noexcept override { return "completion"; }

   protected:
    explicit WaitLeaf(CompletionCore& core) noexcept : core_(&core) {}
    WaitLeaf(WaitLeaf&& other) noexcept : PostedLeaf(std::move(other)), core_(other.core_) {}
    bool begin_wait(Waiter& waiter) noexcept;
    bool was_cancelled() const noexcept { return cancelled_; }

   private:
    friend class CompletionCore;
    CompletionCore* core_;
    bool cancelled_ = false;
  };

  CompletionCore() noexcept = default;
  virtual ~CompletionCore() = default;
  virtual void store_broken() noexcept = 0;

  // Runs `store` and completes, if this is the first completion. False: too late, `store` was not run.
  template <typename Store>
  bool complete_with(Store&& store) {
    WaitLeaf* leaf = nullptr;
    {
      std::lock_guard guard(lock_);
      if (phase_ != Phase::open) return false;
      store();
      phase_ = Phase::completed;
      leaf = std::exchange(leaf_, nullptr);
    }
    if (leaf != nullptr) leaf->deliver();
    return true;
  }

 private:
  enum class Phase : std::uint8_t { open, completed, cancelled };

  void break_promise() noexcept;
  void tell_cancelled() noexcept;
  // There will be no waiter: as a cancellation does. False if it has ended already.
  bool give_up() noexcept;

  SpinLock lock_;
  std::atomic<std::uint32_t> references_{1};
  std::atomic<std::uint32_t> completers_{0};
  Phase phase_ = Phase::open;
  WaitLeaf* leaf_ = nullptr;
  unique_function<void()> on_cancel_;
};

template <typename T>
class CompletionState final : public CompletionCore {
 public:
  class Wait final : public WaitLeaf {
   public:
    using value_type = T;
    explicit Wait(Ref<CompletionState> state) noexcept : WaitLeaf(*state), state_(std::move(state)) {}
    Wait(Wait&&) noexcept = default;
    bool begin(Waiter& waiter) noexcept { return this->begin_wait(waiter); }
    Outcome<T> take() {
      if (this->was_cancelled()) return this->cancelled_failure();
      return *std::move(state_->outcome_);
    }

   private:
    Ref<CompletionState> state_;
  };

  bool complete(Outcome<T>&& outcome) {
    return complete_with([&] { outcome_.emplace(std::move(outcome)); });
  }

 private:
  void store_broken() noexcept override {
    try {
      outcome_.emplace(Failure(Error(ErrorKind::aborted, "completion", "the last Completer went without completing")));
    } catch (...) {
      outcome_.emplace(Failure::from_current());
    }
  }

  std::optional<Outcome<T>> outcome_;
};

}  // namespace internal

// The foreign side. Threads: any; copies share the one completion. Lifetime: of its own.
template <typename T>
class Completer {
  using State = internal::CompletionState<T>;

 public:
  explicit Completer(internal::Ref<State> state) noexcept : state_(std::move(state)) { state_->add_completer(); }
  Completer(const Completer& other) noexcept : state_(other.state_) {
    if (state_) state_->add_completer();
  }
  Completer(Completer&& other) noexcept = default;
  Completer& operator=(Completer other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  ~Completer() {
    if (state_) state_->drop_completer();
  }

  // True for the one call that completes. False: completed before, or no longer wanted. For use in C
  // callbacks: throws only what moving T throws.
  template <typename... Value>
    requires(std::constructible_from<Outcome<T>, Value...>)
  bool try_complete(Value&&... value) const {
    return state_->complete(Outcome<T>(std::forward<Value>(value)...));
  }
  bool try_fail(Failure failure) const { return state_->complete(Outcome<T>(std::move(failure))); }

  // As try_complete(); completing twice, or after a cancel, is an Error invalid that says so.
  template <typename... Value>
    requires(std::constructible_from<Outcome<T>, Value...>)
  void complete(Value&&... value) const {
    if (!try_complete(std::forward<Value>(value)...)) {
      throw Error(ErrorKind::invalid, "Completer::complete", "it was completed or cancelled before");
    }
  }

  // False once it has been completed or cancelled: a long computation may stop.
  bool is_wanted() const noexcept { return state_->is_open(); }

  // What C keeps for a callback is one pointer: this one is the Completer itself, on its way. Costs no
  // allocation. To be taken back exactly once, by from_user_data().
  void* into_user_data() && noexcept { return state_.release(); }
  // Where C calls back: the Completer that went into `user`, which is worth nothing afterwards.
  static Completer from_user_data(void* user) noexcept {
    Completer completer;
    completer.state_ = internal::Ref<State>::adopt(static_cast<State*>(user));
    return completer;
  }

 private:
  Completer() noexcept = default;

  internal::Ref<State> state_;
};

// The waiting side. Awaited once. Dropping it unawaited lets Completers complete into nothing.
template <typename T>
class Completion {
 public:
  using value_type = T;

  Completion() : state_(internal::Ref<internal::CompletionState<T>>::adopt(new internal::CompletionState<T>())) {}

  Completer<T> completer() const { return Completer<T>(state_); }

  // Called when the await is cancelled, to tell the foreign side: in a job of the executor that awaits,
  // before the await ends. Destroyed after its call, or with the completion.
  void on_cancel(unique_function<void()> call) { state_->set_on_cancel(std::move(call)); }

  typename internal::CompletionState<T>::Wait operation() const {
    return typename internal::CompletionState<T>::Wait(state_);
  }

 private:
  internal::Ref<internal::CompletionState<T>> state_;
};

}  // namespace ringback

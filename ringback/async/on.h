// Changing places: `co_await on(pool, op)` runs an operation on another executor and comes back.
//
// The awaiting task suspends; the operation runs over there, in a tree of its own; the task goes on
// on the executor it was on. A cancellation or a deadline here reaches over and is awaited. A Pool
// that is full refuses (overloaded); who would rather wait awaits pool.admit(), and then a Future of
// spawn(std::move(place), op).
#pragma once

#include "ringback/async/start.h"

namespace ringback {

namespace internal {

template <Operation Op>
class HopRoot;

}  // namespace internal

namespace runtime {

template <Operation Op>
class [[nodiscard]] On final : public PostedLeaf {
 public:
  using value_type = typename Op::value_type;

  On(Executor& target, Op&& op, std::source_location place) noexcept
      : target_(target), op_(std::move(op)), place_(place) {}
  On(On&& other) noexcept
      : PostedLeaf(std::move(other)), target_(other.target_), op_(std::move(other.op_)), place_(other.place_) {}

  bool begin(Waiter& waiter) noexcept {
    if (!attach(waiter)) return fail(cancelled_failure());
    try {
      root_ = internal::Ref<internal::Root>::adopt(new internal::HopRoot<Op>(target_, std::move(*op_), *this, place_));
    } catch (...) {
      return fail(Failure::from_current());
    }
    root_->see_locals_of(waiter.context());
    // A cancellation may come from here on; one that comes before the start is found by it.
    if (suspend([] { return true; }) == Parked::refused) {
      root_->refuse();
      return fail(cancelled_failure());
    }
    const internal::Ref<internal::Root> root = root_;  // `this` may be gone once it has started.
    try {
      root->start_unlinked();
      return false;
    } catch (...) {
      waiter.context().unpark();
      return fail(Failure::from_current());
    }
  }
  Outcome<value_type> take() {
    if (outcome_->ok()) return *std::move(outcome_);
    // Cancelled because this side was, or because the other executor shuts down.
    return internal::Group::seen_from_outside(std::move(*outcome_).failure(), waiter().context());
  }

  void request_cancel(Reason reason) noexcept override { root_->cancel(reason); }
  std::string_view what() const noexcept override { return "another executor"; }

 private:
  friend class internal::HopRoot<Op>;

  bool fail(Failure failure) noexcept {
    const internal::QuietDrop quiet;
    op_.drop();
    outcome_.emplace(std::move(failure));
    return true;
  }

  Executor& target_;
  internal::Held<Op> op_;
  std::source_location place_;
  internal::Ref<internal::Root> root_;
  std::optional<Outcome<value_type>> outcome_;
};

}  // namespace runtime

namespace internal {

template <Operation Op>
class HopRoot final : public RootOf<Op> {
 public:
  HopRoot(Executor& target, Op&& op, On<Op>& from, std::source_location place) noexcept
      : RootOf<Op>(target, std::move(op), place), from_(from) {}

 private:
  void work_ended() noexcept override { from_.outcome_.emplace(this->take_outcome()); }
  // Not before: nothing over there outlives the await.
  void released() noexcept override { from_.deliver(); }

  On<Op>& from_;
};

// Waits for a root it does not hold on to; see offload_abandonable().
template <Operation Op>
class [[nodiscard]] AbandonableCall final {
 public:
  using value_type = typename Op::value_type;

  AbandonableCall(Executor& pool, Op&& op, std::source_location place) noexcept
      : pool_(pool), op_(std::in_place, std::move(op)), place_(place) {}
  AbandonableCall(AbandonableCall&& other) noexcept
      : pool_(other.pool_), op_(std::move(other.op_)), place_(other.place_) {}

  bool begin(Waiter& waiter) noexcept {
    try {
      auto root = Ref<SpawnRoot<Op>>::adopt(new SpawnRoot<Op>(pool_, *std::move(op_), place_));
      root->see_locals_of(waiter.context());
      if (waiter.context().is_cancelled_or_expired()) {
        root->refuse();
      } else {
        root->start_unlinked();
      }
      wait_.emplace(std::move(root));
      return wait_->begin(waiter);
    } catch (...) {
      refused_ = Failure::from_current();
      return true;
    }
  }
  Outcome<value_type> take() {
    if (refused_.exists()) return refused_;
    return wait_->take();
  }

 private:
  Executor& pool_;
  std::optional<Op> op_;
  std::source_location place_;
  std::optional<FutureWait<value_type, true>> wait_;
  Failure refused_;
};

// Throws where detach() has no executor that would outlive the present operation.
void check_may_detach();

}  // namespace internal

template <runtime::WorkFor Work>
auto on(Executor& executor, Work&& work, std::source_location place = std::source_location::current()) {
  using Op = internal::work_operation_t<Work>;
  return runtime::On<Op>(executor, internal::work_as_operation(std::forward<Work>(work)), place);
}

// Runs a function that blocks or computes on `pool`, so that this thread need not. It is waited for
// even past a deadline, so references it uses stay valid; one that takes a std::stop_token is told.
template <typename F>
auto offload(Executor& pool, F function, std::source_location place = std::source_location::current()) {
  return on(pool, std::move(function), place);
}

// As offload(), but a deadline or cancellation stops waiting at once; the function runs on, owned and
// listed by `pool`, and its result is dropped. So it may use only what it owns: a captureless
// function, and arguments that are copied in.
template <typename F, typename... Args>
auto offload_abandonable(Executor& pool, F function, Args... args) {
  static_assert(std::is_empty_v<F> || std::is_function_v<std::remove_pointer_t<F>>,
                "an abandonable function may outlive its caller: pass what it needs as arguments, capture nothing");
  static_assert((!std::is_pointer_v<Args> && ...), "a pointer does not own what it points to");
  using T = std::invoke_result_t<F&, Args...>;
  auto call = [function, ... args = std::move(args)]() mutable -> T { return function(std::move(args)...); };
  using Op = internal::work_operation_t<decltype(call)>;
  return internal::AbandonableCall<Op>(pool, internal::work_as_operation(std::move(call)),
                                       std::source_location::current());
}

// Starts work that belongs only to the executor that runs here. The executor cancels it when it shuts down;
// its failure goes to the unhandled hook. Fails (would_deadlock) inside
// wait(), which could not return before it.
template <runtime::WorkFor Work>
void detach(Work&& work, std::source_location place = std::source_location::current()) {
  internal::check_may_detach();
  using Op = internal::work_operation_t<Work>;
  Executor& here = *internal::this_thread.executor;
  auto root = internal::Ref<internal::SpawnRoot<Op>>::adopt(
      new internal::SpawnRoot<Op>(here, internal::work_as_operation(std::forward<Work>(work)), place));
  root->start_unlinked();
}

}  // namespace ringback

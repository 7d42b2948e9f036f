// Several operations side by side, and all of their results.
//
//   auto [page, user] = co_await gather(fetch(url), load_user(id));
//   std::vector<Page> pages = co_await gather(std::move(fetches));       // a vector of operations
//   std::vector<Outcome<Page>> each = co_await gather_outcomes(std::move(fetches));
//
// Results come in argument order. gather(): the first failure cancels the others, waits for their
// clean-up and is then thrown as itself; later failures hang on it (Error::suppressed). Nothing
// outlives the await. gather_outcomes(): a failure is not thrown and cancels no sibling; each place holds a value or
// its failure. Cancelling either cancels and awaits all; where that, or a deadline from outside, has ended one of them,
// the gather ends with it, gather_outcomes() too.
#pragma once

#include <memory>
#include <optional>
#include <tuple>
#include <variant>
#include <vector>

#include "ringback/async/group.h"
#include "ringback/async/operation.h"

namespace ringback {

namespace internal {

// void has no place in a tuple or vector.
template <typename T>
using stored_t = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

// One operation of a gather. `Strict`: its failure stops the others.
template <Operation Op, bool Strict>
class GatherChild final : public GroupChild<Op> {
 public:
  using T = typename Op::value_type;

  using GroupChild<Op>::GroupChild;
  GatherChild(GatherChild&&) noexcept = default;

  void begin(Group& group) noexcept {
    group_ = &group;
    if (this->begin_in(group)) complete();
  }

  void complete() noexcept override {
    outcome_.emplace(take_from(this->op_));
    if (Strict && !outcome_->ok() && group_->note(outcome_->failure())) {
      group_->context().cancel(Reason::sibling_failed);
    }
    group_->child_ended(this->child_context_);
  }

  bool has_value() const noexcept { return outcome_->ok(); }
  bool was_cut() const noexcept { return !outcome_->ok() && outcome_->failure().is_cancelled(); }
  const Failure& failure() const noexcept { return outcome_->failure(); }
  stored_t<T> value() {
    if constexpr (std::is_void_v<T>) {
      return {};
    } else {
      return *std::move(*outcome_);
    }
  }
  Outcome<T> take() { return *std::move(outcome_); }

 private:
  Group* group_ = nullptr;
  std::optional<Outcome<T>> outcome_;
};

// The failure a strict gather ends with; none where every child gave a value.
template <typename Children>
Failure gather_failure(Group& group, const Context& waiting, const Children& children) {
  Failure first = group.first_failure();
  if (first.exists()) return first;
  for (const auto& child : children) {
    if (!child.has_value()) return Group::seen_from_outside(child.failure(), waiting);
  }
  return {};
}

}  // namespace internal

namespace runtime {

template <bool Strict, Operation... Ops>
class [[nodiscard]] GatherTuple {
 public:
  using value_type = std::conditional_t<Strict, std::tuple<internal::stored_t<typename Ops::value_type>...>,
                                        std::tuple<Outcome<typename Ops::value_type>...>>;

  explicit GatherTuple(Ops&&... ops) noexcept : children_(internal::GatherChild<Ops, Strict>(std::move(ops))...) {}
  GatherTuple(GatherTuple&& other) noexcept : children_(std::move(other.children_)) {}

  bool begin(Waiter& waiter) noexcept {
    waiter_ = &waiter;
    group_.open(waiter);
    std::apply([this](auto&... child) { (child.begin(group_), ...); }, children_);
    return group_.begun();
  }

  Outcome<value_type> take() {
    if constexpr (Strict) {
      Failure failure = group_.first_failure();
      const auto look = [&](auto& child) {
        if (!failure.exists() && !child.has_value()) {
          failure = internal::Group::seen_from_outside(child.failure(), waiter_->context());
        }
      };
      std::apply([&](auto&... child) { (look(child), ...); }, children_);
      if (failure.exists()) return failure;
      return std::apply([](auto&... child) { return value_type(child.value()...); }, children_);
    } else {
      const bool was_cut = std::apply([](auto&... child) { return (child.was_cut() || ...); }, children_);
      if (was_cut && waiter_->context().is_cancelled_or_expired())
        return Failure(Cancelled{waiter_->context().reason()});
      return std::apply([](auto&... child) { return value_type(child.take()...); }, children_);
    }
  }

 private:
  internal::Group group_;
  Waiter* waiter_ = nullptr;
  std::tuple<internal::GatherChild<Ops, Strict>...> children_;
};

template <bool Strict, Operation Op>
class [[nodiscard]] GatherVector {
 public:
  using T = typename Op::value_type;
  using value_type = std::conditional_t<Strict, std::vector<internal::stored_t<T>>, std::vector<Outcome<T>>>;

  explicit GatherVector(std::vector<Op> ops) {
    children_.reserve(ops.size());
    for (Op& op : ops) children_.emplace_back(std::move(op));
  }
  GatherVector(GatherVector&& other) noexcept : children_(std::move(other.children_)) {}

  bool begin(Waiter& waiter) noexcept {
    waiter_ = &waiter;
    group_.open(waiter);
    for (auto& child : children_) child.begin(group_);
    return group_.begun();
  }

  Outcome<value_type> take() {
    if constexpr (Strict) {
      Failure failure = internal::gather_failure(group_, waiter_->context(), children_);
      if (failure.exists()) return failure;
    } else if (waiter_->context().is_cancelled_or_expired()) {
      for (const auto& child : children_) {
        if (child.was_cut()) return Failure(Cancelled{waiter_->context().reason()});
      }
    }
    value_type values;
    values.reserve(children_.size());
    for (auto& child : children_) {
      if constexpr (Strict) {
        values.push_back(child.value());
      } else {
        values.push_back(child.take());
      }
    }
    return values;
  }

 private:
  internal::Group group_;
  Waiter* waiter_ = nullptr;
  std::vector<internal::GatherChild<Op, Strict>> children_;
};

}  // namespace runtime

template <Awaited... Ts>
runtime::GatherTuple<true, runtime::operation_t<Ts>...> gather(Ts&&... ops) {
  return runtime::GatherTuple<true, runtime::operation_t<Ts>...>(
      runtime::operation_t<Ts>(runtime::operation_of(std::forward<Ts>(ops)))...);
}
template <Operation Op>
runtime::GatherVector<true, Op> gather(std::vector<Op> ops) {
  return runtime::GatherVector<true, Op>(std::move(ops));
}

template <Awaited... Ts>
runtime::GatherTuple<false, runtime::operation_t<Ts>...> gather_outcomes(Ts&&... ops) {
  return runtime::GatherTuple<false, runtime::operation_t<Ts>...>(
      runtime::operation_t<Ts>(runtime::operation_of(std::forward<Ts>(ops)))...);
}
template <Operation Op>
runtime::GatherVector<false, Op> gather_outcomes(std::vector<Op> ops) {
  return runtime::GatherVector<false, Op>(std::move(ops));
}

}  // namespace ringback

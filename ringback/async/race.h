// Several operations side by side, and the result of the first to end.
//
//   auto first = co_await race(cache.get(key), fetch(key));    // std::variant; index() says which
//
// The losers are cancelled and awaited before the await returns; a value a loser gives all the same
// is destroyed (race_outcomes() keeps everything, but where all are cut from outside). The first end decides, be it a
// value or a failure: a failure is thrown. Operations of sync/ claim before they take, so only the winner takes an
// item, permit or signal; tasks and kernel reads cannot promise that. Where several can end at once, who wins is random
// (from the driver's seeded source), unless Ties::in_order is asked for.
#pragma once

#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "ringback/async/gather.h"
#include "ringback/async/group.h"
#include "ringback/async/operation.h"

namespace ringback {

enum class Ties : std::uint8_t { random, in_order };

// The winner of a race among operations of one type, by its place.
template <typename T>
struct Raced {
  std::size_t index;
  T value;
};

namespace internal {

// What the children of a race share.
struct RaceState {
  // Within an outer race the claim is won in both, or in neither: an item taken for the winner in here
  // is lost where the outer one goes to somebody else.
  bool try_claim(const Waiter& child) noexcept {
    if (!claim.try_win(child)) return false;
    if (outer->try_claim()) return true;
    claim.give_back();
    return false;
  }

  Group group;
  Claim claim;
  Waiter* outer = nullptr;
};

// A number below `bound` from the executor's driver.
std::size_t random_below(Executor& executor, std::size_t bound) noexcept;

template <Operation Op>
class RaceChild final : public GroupChild<Op> {
 public:
  using T = typename Op::value_type;

  using GroupChild<Op>::GroupChild;
  RaceChild(RaceChild&&) noexcept = default;

  void begin(RaceState& race) noexcept {
    race_ = &race;
    if (this->begin_in(race.group)) complete();
  }

  bool try_claim() noexcept override { return race_->try_claim(*this); }

  void complete() noexcept override {
    outcome_.emplace(take_from(this->op_));
    // A cancelled loser does not win; any other that ends without a claim claims now.
    const bool is_over =
        !outcome_->ok() && outcome_->failure().is_cancelled() && this->child_context_.is_cancelled_or_expired();
    if (!is_over) race_->claim.try_win(*this);
    if (race_->claim.is_won_by(*this)) race_->group.context().cancel(Reason::sibling_failed);
    race_->group.child_ended(this->child_context_);
  }

  bool won() const noexcept { return race_->claim.is_won_by(*this); }
  const Failure& failure() const noexcept { return outcome_->failure(); }
  bool has_value() const noexcept { return outcome_->ok(); }
  Outcome<T> take() { return *std::move(outcome_); }
  stored_t<T> value() {
    if constexpr (std::is_void_v<T>) {
      return {};
    } else {
      return *std::move(*outcome_);
    }
  }

 private:
  RaceState* race_ = nullptr;
  std::optional<Outcome<T>> outcome_;
};

}  // namespace internal

namespace runtime {

template <bool KeepAll, Operation... Ops>
class [[nodiscard]] RaceTuple {
  static_assert(sizeof...(Ops) > 0, "a race of nothing has no winner");
  using First = std::variant<internal::stored_t<typename Ops::value_type>...>;
  using All = std::tuple<Outcome<typename Ops::value_type>...>;

 public:
  using value_type = std::conditional_t<KeepAll, All, First>;

  explicit RaceTuple(Ties ties, Ops&&... ops) noexcept
      : ties_(ties), children_(internal::RaceChild<Ops>(std::move(ops))...) {}
  RaceTuple(RaceTuple&& other) noexcept : ties_(other.ties_), children_(std::move(other.children_)) {}

  bool begin(Waiter& waiter) noexcept {
    waiter_ = race_.outer = &waiter;
    race_.group.open(waiter, Context::raced);
    begin_all(std::index_sequence_for<Ops...>());
    return race_.group.begun();
  }

  Outcome<value_type> take() {
    if constexpr (KeepAll) {
      if (!race_.claim.is_won() && waiter_->context().is_cancelled_or_expired()) return nobody_won();
      return std::apply([](auto&... child) { return value_type(child.take()...); }, children_);
    } else {
      return take_first(std::index_sequence_for<Ops...>());
    }
  }

 private:
  static constexpr std::size_t kCount = sizeof...(Ops);

  // Of several that complete at once, the first to begin wins: so the order of beginning is drawn.
  template <std::size_t... I>
  void begin_all(std::index_sequence<I...>) noexcept {
    const std::size_t start = ties_ == Ties::random ? internal::random_below(waiter_->context().executor(), kCount) : 0;
    for (std::size_t step = 0; step < kCount; ++step) {
      const std::size_t place = (start + step) % kCount;
      ((I == place ? std::get<I>(children_).begin(race_) : void()), ...);
    }
  }

  template <std::size_t... I>
  Outcome<value_type> take_first(std::index_sequence<I...>) {
    std::optional<Outcome<value_type>> result;
    const auto look = [&]<std::size_t Place>(std::integral_constant<std::size_t, Place>) {
      auto& child = std::get<Place>(children_);
      if (!child.won()) return;
      if (child.has_value()) {
        result.emplace(value_type(std::in_place_index<Place>, child.value()));
      } else {
        result.emplace(internal::Group::seen_from_outside(child.failure(), waiter_->context()));
      }
    };
    (look(std::integral_constant<std::size_t, I>()), ...);
    if (result.has_value()) return *std::move(result);
    return nobody_won();
  }

  // All were cancelled; or this race had lost an outer one before.
  Failure nobody_won() {
    return internal::Group::seen_from_outside(Cancelled{race_.group.context().reason()}, waiter_->context());
  }

  internal::RaceState race_;
  Waiter* waiter_ = nullptr;
  Ties ties_;
  std::tuple<internal::RaceChild<Ops>...> children_;
};

template <bool KeepAll, Operation Op>
class [[nodiscard]] RaceVector {
  using T = typename Op::value_type;

 public:
  using value_type = std::conditional_t<KeepAll, std::vector<Outcome<T>>, Raced<internal::stored_t<T>>>;

  RaceVector(Ties ties, std::vector<Op> ops) : ties_(ties) {
    RINGBACK_CHECK(!ops.empty(), "a race of nothing has no winner: give at least one operation");
    children_.reserve(ops.size());
    for (Op& op : ops) children_.emplace_back(std::move(op));
  }
  RaceVector(RaceVector&& other) noexcept : ties_(other.ties_), children_(std::move(other.children_)) {}

  bool begin(Waiter& waiter) noexcept {
    waiter_ = race_.outer = &waiter;
    race_.group.open(waiter, Context::raced);
    const std::size_t count = children_.size();
    const std::size_t start = ties_ == Ties::random ? internal::random_below(waiter.context().executor(), count) : 0;
    for (std::size_t step = 0; step < count; ++step) children_[(start + step) % count].begin(race_);
    return race_.group.begun();
  }

  Outcome<value_type> take() {
    if constexpr (KeepAll) {
      if (!race_.claim.is_won() && waiter_->context().is_cancelled_or_expired()) {
        return Failure(Cancelled{waiter_->context().reason()});
      }
      value_type all;
      for (auto& child : children_) all.push_back(child.take());
      return all;
    } else {
      for (std::size_t index = 0; index < children_.size(); ++index) {
        auto& child = children_[index];
        if (!child.won()) continue;
        if (child.has_value()) return value_type{index, child.value()};
        return internal::Group::seen_from_outside(child.failure(), waiter_->context());
      }
      // All were cancelled; or this race had lost an outer one before.
      return internal::Group::seen_from_outside(Cancelled{race_.group.context().reason()}, waiter_->context());
    }
  }

 private:
  internal::RaceState race_;
  Waiter* waiter_ = nullptr;
  Ties ties_;
  std::vector<internal::RaceChild<Op>> children_;
};

}  // namespace runtime

template <Awaited... Ts>
auto race(Ties ties, Ts&&... ops) {
  return runtime::RaceTuple<false, runtime::operation_t<Ts>...>(
      ties, runtime::operation_t<Ts>(runtime::operation_of(std::forward<Ts>(ops)))...);
}
template <Awaited... Ts>
auto race(Ts&&... ops) {
  return race(Ties::random, std::forward<Ts>(ops)...);
}
template <Operation Op>
auto race(std::vector<Op> ops, Ties ties = Ties::random) {
  return runtime::RaceVector<false, Op>(ties, std::move(ops));
}

// As race(), but gives what every operation ended with: the losers' cancellations, and the values
// of those that ended before the cancellation reached them.
template <Awaited... Ts>
auto race_outcomes(Ts&&... ops) {
  return runtime::RaceTuple<true, runtime::operation_t<Ts>...>(
      Ties::random, runtime::operation_t<Ts>(runtime::operation_of(std::forward<Ts>(ops)))...);
}
template <Operation Op>
auto race_outcomes(std::vector<Op> ops, Ties ties = Ties::random) {
  return runtime::RaceVector<true, Op>(ties, std::move(ops));
}

}  // namespace ringback

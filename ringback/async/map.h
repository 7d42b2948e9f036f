// Many operations made from a range.
//
//   auto pages = co_await gather(each(urls, fetch));              // all at once
//   auto in_order = co_await map(urls, 64, fetch);                // at most 64 at once, in order
//   co_await as_completed(each(urls, fetch), [](Outcome<Page> page) { ... });
#pragma once

#include <atomic>
#include <concepts>
#include <memory>
#include <ranges>
#include <vector>

#include "ringback/async/outcome_of.h"
#include "ringback/async/scope.h"

namespace ringback {

namespace internal {

template <typename F, typename Item>
auto call_kept(std::shared_ptr<F> function, Item item) -> std::invoke_result_t<F&, Item> {
  co_return co_await (*function)(std::move(item));
}

}  // namespace internal

// One operation for each item: `function(item)`. The function is kept as long as any of them runs,
// so it may capture. Items are copied, or moved from an rvalue range.
template <std::ranges::input_range Range, typename F>
auto each(Range&& range, F function) {
  using Item = std::ranges::range_value_t<Range>;
  using Op = std::invoke_result_t<F&, Item>;
  static_assert(Operation<Op>, "each() takes a function that gives an operation, such as a coroutine");
  auto kept = std::make_shared<F>(std::move(function));
  std::vector<Task<typename Op::value_type>> operations;
  if constexpr (std::ranges::sized_range<Range>) operations.reserve(std::ranges::size(range));
  for (auto&& item : range) {
    if constexpr (std::is_lvalue_reference_v<Range>) {
      operations.push_back(internal::call_kept<F, Item>(kept, item));
    } else {
      operations.push_back(internal::call_kept<F, Item>(kept, std::move(item)));
    }
  }
  return operations;
}

namespace runtime {

// `urls | each(fetch)`
template <typename F>
struct Each {
  F function;
};

}  // namespace runtime
template <typename F>
runtime::Each<F> each(F function) {
  return {std::move(function)};
}
namespace runtime {

template <std::ranges::input_range Range, typename F>
auto operator|(Range&& range, Each<F> each_of) {
  return each(std::forward<Range>(range), std::move(each_of.function));
}

}  // namespace runtime

namespace internal {

// The workers of one map(): each takes the next item until none is left.
template <typename Item, typename F>
class MapWork {
 public:
  using Op = std::invoke_result_t<F&, Item>;
  using R = typename Op::value_type;

  MapWork(std::vector<Item> items, F function) : items_(std::move(items)), function_(std::move(function)) {
    results_.resize(items_.size());
  }

  static Task<void> work(MapWork& self) {
    std::size_t index = 0;
    while (self.take_next(index)) {
      auto task = self.function_(std::move(self.items_[index]));
      if constexpr (std::is_void_v<R>) {
        co_await std::move(task);
        self.results_[index].emplace();
      } else {
        R value = co_await std::move(task);
        self.results_[index].emplace(std::move(value));
      }
    }
  }

  std::size_t size() const noexcept { return items_.size(); }
  std::vector<stored_t<R>> take() {
    std::vector<stored_t<R>> values;
    values.reserve(results_.size());
    for (auto& result : results_) values.push_back(*std::move(result));
    return values;
  }

 private:
  bool take_next(std::size_t& index) noexcept {
    index = next_.fetch_add(1, std::memory_order_relaxed);
    return index < items_.size();
  }

  std::vector<Item> items_;
  F function_;
  std::vector<std::optional<stored_t<R>>> results_;
  std::atomic<std::size_t> next_{0};
};

template <typename Item, typename F>
auto run_map(std::vector<Item> items, std::size_t limit, F function)
    -> Task<std::vector<stored_t<typename MapWork<Item, F>::R>>> {
  MapWork<Item, F> work(std::move(items), std::move(function));
  const std::size_t workers = limit < work.size() ? limit : work.size();
  std::vector<Task<void>> tasks;
  tasks.reserve(workers);
  for (std::size_t made = 0; made < workers; ++made) tasks.push_back(MapWork<Item, F>::work(work));
  co_await gather(std::move(tasks));
  co_return work.take();
}

}  // namespace internal

// Calls `function` (which gives an operation) for each item, at most `limit` at once; gives the
// results in order. The first failure cancels the rest, as in gather(). `limit` is at least 1.
template <std::ranges::input_range Range, typename F>
auto map(Range&& range, std::size_t limit, F function) {
  RINGBACK_CHECK(limit >= 1, "map() with a limit of 0 could never run anything: give at least 1");
  using Item = std::ranges::range_value_t<Range>;
  std::vector<Item> items;
  for (auto&& item : range) {
    if constexpr (std::is_lvalue_reference_v<Range>) {
      items.push_back(item);
    } else {
      items.push_back(std::move(item));
    }
  }
  return internal::run_map<Item, F>(std::move(items), limit, std::move(function));
}

namespace internal {

template <Operation Op, typename Callback>
Task<void> call_when_done(Op op, Callback& callback) {
  auto ended = co_await outcome(std::move(op));
  const Failure cut = cut_of(ended);
  if constexpr (Operation<std::invoke_result_t<Callback&, Outcome<typename Op::value_type>>>) {
    co_await callback(std::move(ended));
  } else {
    callback(std::move(ended));
  }
  if (cut.exists()) cut.raise();
}

template <Operation Op, typename Callback>
Task<void> run_as_completed(std::vector<Op> ops, Callback callback) {
  std::vector<Task<void>> tasks;
  tasks.reserve(ops.size());
  for (Op& op : ops) tasks.push_back(call_when_done(std::move(op), callback));
  co_await gather(std::move(tasks));
}

}  // namespace internal

// Runs all side by side and calls `callback(Outcome)` for each as it completes, first come first; a
// callback may itself be a coroutine. Ends when the last callback has. What a callback throws
// cancels the rest and is thrown. On a Pool callbacks may overlap. Cut from outside, it ends with the
// cancellation; a plain callback has heard of it for each, one that is a coroutine begins no more.
template <Operation Op, typename Callback>
Task<void> as_completed(std::vector<Op> ops, Callback callback) {
  return internal::run_as_completed(std::move(ops), std::move(callback));
}

}  // namespace ringback

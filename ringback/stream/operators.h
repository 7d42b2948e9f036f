// What can be done to a Stream on its way: map, filter, take, buffer, merge; and with all of it: for_each,
// collect.
//
//   auto squares = numbers() | stream::filter(is_even) | stream::map(square) | stream::take(3);
//   auto same = stream::take(stream::map(stream::filter(numbers(), is_even), square), 3);
//
// Functions may be plain or coroutines (give an operation), which are awaited one after the other. They
// are kept as long as the stream, so they may capture. An operator closes what it takes from before it
// ends, whichever way, and a consumer that closes it closes the whole chain: clean-up runs from the end
// of the chain to its beginning, on_exit() included. What a function throws ends the stream like what
// a body throws. Cost: each is a Stream of its own.
#pragma once

#include <ranges>
#include <vector>

#include "ringback/async/gather.h"
#include "ringback/async/on_exit.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/shield.h"
#include "ringback/stream/stream.h"

namespace ringback {

namespace internal {

// For the closing of what an operator takes from, which has limits of its own.
inline constexpr Duration kUnlimited = Duration::max();

template <typename F, typename... Args>
inline constexpr bool gives_operation = Operation<std::invoke_result_t<F&, Args...>>;

template <typename T>
struct ResultOf {
  using type = std::remove_cvref_t<T>;
};
template <Operation Op>
struct ResultOf<Op> {
  using type = typename Op::value_type;
};
template <typename F, typename... Args>
using call_result_t = typename ResultOf<std::invoke_result_t<F&, Args...>>::type;

// `stream | adaptor`, and adaptors behind one another.
template <typename Apply>
struct StreamAdaptor {
  Apply apply;
};
template <typename T, typename Apply>
auto operator|(Stream<T> source, StreamAdaptor<Apply> adaptor) {
  return adaptor.apply(std::move(source));
}
template <typename First, typename Second>
auto operator|(StreamAdaptor<First> first, StreamAdaptor<Second> second) {
  auto both = [first = std::move(first.apply), second = std::move(second.apply)]<typename T>(Stream<T> source) mutable {
    return second(first(std::move(source)));
  };
  return StreamAdaptor<decltype(both)>{std::move(both)};
}

// Takes items from `source` into `out`, each on a credit, so that none is ever without a place.
template <typename T>
Task<void> pump(StreamState<T>& out, Stream<T> source) {
  co_await on_exit(source.close(), kUnlimited);
  for (;;) {
    Permit credit = co_await out.credits().acquire();
    std::optional<T> item = co_await source.next();
    if (!item) break;
    out.give(*std::move(item), std::move(credit));
  }
}

template <typename T>
Task<void> pump_all(StreamState<T>& out, std::vector<Stream<T>> sources) {
  std::vector<Task<void>> pumps;
  pumps.reserve(sources.size());
  for (Stream<T>& source : sources) pumps.push_back(pump(out, std::move(source)));
  co_await gather(std::move(pumps));
}

// What `sources` give, as it comes; `credits` items of it may be made before they are wanted.
template <typename T>
Stream<T> pumped(std::vector<Stream<T>> sources, std::size_t credits, std::source_location place) {
  using State = StreamStateOf<T, Task<void>>;
  auto* state = new State(State::Pace::ahead, credits, place);
  Stream<T> out(Ref<StreamState<T>>::adopt(state));
  state->set_producer(pump_all(static_cast<StreamState<T>&>(*state), std::move(sources)));
  return out;
}

}  // namespace internal

namespace stream {

// The items of a range, which is moved in, or copied; a Generator too.
template <std::ranges::input_range Range>
Stream<std::ranges::range_value_t<Range>> from(Range range) {
  auto&& items = range;
  for (auto&& item : items) co_yield std::forward<decltype(item)>(item);
}

// function(item) for each.
template <typename T, typename F>
  requires std::invocable<F&, T>
Stream<internal::call_result_t<F, T>> map(Stream<T> source, F function) {
  co_await on_exit(source.close(), internal::kUnlimited);
  for (;;) {
    std::optional<T> item = co_await source.next();
    if (!item) break;
    if constexpr (internal::gives_operation<F, T>) {
      auto mapped = co_await function(*std::move(item));
      co_yield std::move(mapped);
    } else {
      co_yield function(*std::move(item));
    }
  }
}

// The items for which keeps(item) is true.
template <typename T, typename F>
  requires std::predicate<F&, const T&> || internal::gives_operation<F, const T&>
Stream<T> filter(Stream<T> source, F keeps) {
  co_await on_exit(source.close(), internal::kUnlimited);
  for (;;) {
    std::optional<T> item = co_await source.next();
    if (!item) break;
    bool is_kept = false;
    if constexpr (internal::gives_operation<F, const T&>) {
      is_kept = co_await keeps(std::as_const(*item));
    } else {
      is_kept = keeps(std::as_const(*item));
    }
    if (is_kept) co_yield *std::move(item);
  }
}

// The first `count` items; then the source is closed, as soon as the end is asked for.
template <typename T>
Stream<T> take(Stream<T> source, std::size_t count) {
  co_await on_exit(source.close(), internal::kUnlimited);
  for (std::size_t left = count; left != 0; --left) {
    std::optional<T> item = co_await source.next();
    if (!item) break;
    co_yield *std::move(item);
  }
}

// The same items; up to `items_max` (at least 1) of them are made before they are wanted, and wait here.
template <typename T>
Stream<T> buffer(Stream<T> source, std::size_t items_max,
                 std::source_location place = std::source_location::current()) {
  RINGBACK_CHECK(items_max != 0, "buffer(0) could hold nothing: give at least 1");
  std::vector<Stream<T>> sources;
  sources.push_back(std::move(source));
  return internal::pumped(std::move(sources), items_max, place);
}

// The items of all sources as they come, each source in its own order. All run at once, one item ahead
// of the consumer each. Ends when all have. The first that fails cancels and closes the others; its error
// comes after all items that were made before.
template <typename T>
Stream<T> merge(std::vector<Stream<T>> sources, std::source_location place = std::source_location::current()) {
  const std::size_t credits = sources.empty() ? 1 : sources.size();
  return internal::pumped(std::move(sources), credits, place);
}
template <typename T, std::same_as<Stream<T>>... More>
Stream<T> merge(Stream<T> first, More... more) {
  std::vector<Stream<T>> sources;
  sources.reserve(1 + sizeof...(More));
  sources.push_back(std::move(first));
  (sources.push_back(std::move(more)), ...);
  return merge(std::move(sources));
}

// Calls `on_item` for each item, one after the other; it is awaited where it is a coroutine. Ends as the
// stream does. What `on_item` throws closes the stream, and is thrown.
template <typename T, typename F>
  requires std::invocable<F&, T>
Task<void> for_each(Stream<T> source, F on_item) {
  co_await on_exit(source.close(), internal::kUnlimited);
  for (;;) {
    std::optional<T> item = co_await source.next();
    if (!item) break;
    if constexpr (internal::gives_operation<F, T>) {
      co_await on_item(*std::move(item));
    } else {
      on_item(*std::move(item));
    }
  }
}

// The same, and then exactly once `on_end(Outcome<void>)`: the end, the error, or the cancellation, which
// does not reach into it, and goes on behind it. Errors: what on_end throws.
template <typename T, typename F, typename End>
  requires std::invocable<F&, T> && std::invocable<End&, Outcome<void>>
Task<void> for_each(Stream<T> source, F on_item, End on_end) {
  auto ended = co_await outcome(for_each(std::move(source), std::move(on_item)));
  const Failure cut = internal::cut_of(ended);
  if constexpr (internal::gives_operation<End, Outcome<void>>) {
    co_await shield(on_end(std::move(ended)));
  } else {
    on_end(std::move(ended));
  }
  if (cut.exists()) cut.raise();
}

// All items.
template <typename T>
Task<std::vector<T>> collect(Stream<T> source) {
  co_await on_exit(source.close(), internal::kUnlimited);
  std::vector<T> items;
  for (;;) {
    std::optional<T> item = co_await source.next();
    if (!item) break;
    items.push_back(*std::move(item));
  }
  co_return items;
}

// The same for `stream | ...`.
template <typename F>
auto map(F function) {
  auto apply = [function = std::move(function)]<typename T>(Stream<T> source) mutable {
    return map(std::move(source), std::move(function));
  };
  return internal::StreamAdaptor<decltype(apply)>{std::move(apply)};
}
template <typename F>
auto filter(F keeps) {
  auto apply = [keeps = std::move(keeps)]<typename T>(Stream<T> source) mutable {
    return filter(std::move(source), std::move(keeps));
  };
  return internal::StreamAdaptor<decltype(apply)>{std::move(apply)};
}
inline auto take(std::size_t count) {
  auto apply = [count]<typename T>(Stream<T> source) { return take(std::move(source), count); };
  return internal::StreamAdaptor<decltype(apply)>{apply};
}
inline auto buffer(std::size_t items_max, std::source_location place = std::source_location::current()) {
  auto apply = [items_max, place]<typename T>(Stream<T> source) { return buffer(std::move(source), items_max, place); };
  return internal::StreamAdaptor<decltype(apply)>{apply};
}
template <typename F>
auto for_each(F on_item) {
  auto apply = [on_item = std::move(on_item)]<typename T>(Stream<T> source) mutable {
    return for_each(std::move(source), std::move(on_item));
  };
  return internal::StreamAdaptor<decltype(apply)>{std::move(apply)};
}
inline auto collect() {
  auto apply = []<typename T>(Stream<T> source) { return collect(std::move(source)); };
  return internal::StreamAdaptor<decltype(apply)>{apply};
}

}  // namespace stream
}  // namespace ringback

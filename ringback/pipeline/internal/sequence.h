// One part behind the other, and what stands between them: what the first gives is what the second takes,
// or its items are, or all of them in a vector.
#pragma once

#include <concepts>
#include <tuple>

#include "ringback/pipeline/internal/node.h"

namespace ringback::internal {

enum class Connection : std::uint8_t { none, direct, each_item, all_items };

template <typename Gives, typename Takes>
constexpr Connection connection() {
  if constexpr (std::is_void_v<Gives>) {
    return Connection::none;
  } else if constexpr (std::convertible_to<Gives, Takes>) {
    return Connection::direct;
  } else if constexpr (is_stream<Gives>) {
    using Item = item_t<Gives>;
    if constexpr (std::same_as<Takes, std::vector<Item>>) return Connection::all_items;
    if constexpr (std::convertible_to<Item, Takes>) return Connection::each_item;
    return Connection::none;
  } else {
    return Connection::none;
  }
}

template <typename Gives, typename Takes>
concept Connects = connection<Gives, Takes>() != Connection::none;

// What a sequence gives: a part called for each item makes a stream of it.
template <typename Gives, typename Takes, typename Out>
struct SequenceOut {
  using type = Out;
};
template <typename Gives, typename Takes, typename Out>
  requires(connection<Gives, Takes>() == Connection::each_item && !is_stream<Out>)
struct SequenceOut<Gives, Takes, Out> {
  using type = Stream<Out>;
};
template <typename Gives, typename Takes, typename Out>
using sequence_out_t = typename SequenceOut<Gives, Takes, Out>::type;

template <typename Takes, Operation Op>
Task<Takes> converted(Op work) {
  co_return co_await std::move(work);
}

// What the second takes, once the first has given it.
template <typename Takes, typename In, typename Mid>
Task<Takes> first_step(const NodeRef<In, Mid>& first, In in, const Run& run) {
  if constexpr (is_stream<Mid>) {
    return stream::collect(run_step(first, std::move(in), run));
  } else if constexpr (std::same_as<Mid, Takes>) {
    return run_step(first, std::move(in), run);
  } else {
    return converted<Takes>(run_step(first, std::move(in), run));
  }
}

template <typename Takes, typename Out, typename In, typename Mid>
Task<Out> value_after_value(const NodeRef<In, Mid>& first, const NodeRef<Takes, Out>& second, In in, Run run) {
  Takes mid = co_await first_step<Takes>(first, std::move(in), run);
  co_return co_await run_step(second, std::move(mid), run);
}

template <typename Takes, typename T, typename In, typename Mid>
Stream<T> stream_after_value(const NodeRef<In, Mid>& first, const NodeRef<Takes, Stream<T>>& second, In in, Run run) {
  Takes mid = co_await first_step<Takes>(first, std::move(in), run);
  Stream<T> source = run_step(second, std::move(mid), run);
  co_await on_exit(source.close(), kUnlimited);
  for (;;) {
    auto item = co_await source.next();
    if (!item) break;
    co_yield *std::move(item);
  }
}

// The second for each item of the first, one after the other, each a run of its own.
template <typename Takes, typename Out, typename In, typename T>
Stream<Out> for_each_item(const NodeRef<In, Stream<T>>& first, const NodeRef<Takes, Out>& second, In in, Run run) {
  Stream<T> source = run_step(first, std::move(in), run);
  co_await on_exit(source.close(), kUnlimited);
  for (;;) {
    auto item = co_await source.next();
    if (!item) break;
    Out out = co_await run_part(second, Takes(*std::move(item)), run);
    co_yield std::move(out);
  }
}

template <typename T>
Task<void> close_held(std::shared_ptr<std::optional<Stream<T>>> held) {
  if (!held->has_value()) co_return;
  co_await (*held)->close();
}

// The same where each gives many: all of one, then all of the next.
template <typename Takes, typename Out, typename In, typename T>
Stream<Out> flat_for_each_item(const NodeRef<In, Stream<T>>& first, const NodeRef<Takes, Stream<Out>>& second, In in,
                               Run run) {
  Stream<T> source = run_step(first, std::move(in), run);
  co_await on_exit(source.close(), kUnlimited);
  auto inner = std::make_shared<std::optional<Stream<Out>>>();
  co_await on_exit(close_held(inner), kUnlimited);
  for (;;) {
    auto item = co_await source.next();
    if (!item) break;
    inner->emplace(run_part(second, Takes(*std::move(item)), run));
    for (;;) {
      auto out = co_await (*inner)->next();
      if (!out) break;
      co_yield *std::move(out);
    }
  }
}

template <typename In, typename Mid, typename Takes, typename Out>
class Sequence final : public Body<In, sequence_out_t<Mid, Takes, Out>> {
  static constexpr Connection kConnection = connection<Mid, Takes>();
  using Given = sequence_out_t<Mid, Takes, Out>;

 public:
  Sequence(NodeRef<In, Mid> first, NodeRef<Takes, Out> second) noexcept
      : first_(std::move(first)), second_(std::move(second)) {}

  work_t<Given> begin(In in, Run run) const override {
    if constexpr (kConnection == Connection::each_item && is_stream<Out>) {
      return flat_for_each_item<Takes, item_t<Out>>(first_, second_, std::move(in), std::move(run));
    } else if constexpr (kConnection == Connection::each_item) {
      return for_each_item<Takes, Out>(first_, second_, std::move(in), std::move(run));
    } else if constexpr (kConnection == Connection::direct && is_stream<Mid>) {
      return run_step(second_, run_step(first_, std::move(in), run), run);
    } else if constexpr (is_stream<Out>) {
      return stream_after_value<Takes, item_t<Out>>(first_, second_, std::move(in), std::move(run));
    } else {
      return value_after_value<Takes, Out>(first_, second_, std::move(in), std::move(run));
    }
  }

 private:
  const NodeRef<In, Mid> first_;
  const NodeRef<Takes, Out> second_;
};

// Up to so many items are made before they are wanted.
template <typename In, typename T>
class Buffered final : public Body<In, Stream<T>> {
 public:
  Buffered(NodeRef<In, Stream<T>> source, std::size_t items_max) noexcept
      : source_(std::move(source)), items_max_(items_max) {}

  Stream<T> begin(In in, Run run) const override {
    return stream::buffer(run_step(source_, std::move(in), run), items_max_, source_->place);
  }

 private:
  const NodeRef<In, Stream<T>> source_;
  const std::size_t items_max_;
};

}  // namespace ringback::internal

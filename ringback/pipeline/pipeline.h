// Steps put together once, and run in every model: blocking, awaited, on a pool, in batches, as a stream.
//
//   auto answer = stage("retrieve", retrieve) | stage("rerank", rerank) | stage("write", write);
//
//   Answer a = answer.invoke(question);                        // here and now, on this thread
//   Answer b = co_await answer.ainvoke(question);              // an operation
//   Future<Answer> c = answer.submit(pool, question);          // on an executor
//   auto d = co_await answer.batch(questions);                 // many, in order
//   Stream<Answer> e = answer.stream(question);                // as it comes
//
// What stands between two stages is seen from their types. Behind one that gives a Stream<T>, a stage that
// takes a Stream<T> takes that; one that takes a T is called for each item, one after the other, and gives
// a stream; one that takes a std::vector<T> waits for all. Anything else does not compile.
//
// Runs. Each invocation is a run, each stage in it a run of its own below that: see observer.h for
// what observers hear. A sequence made by `|` that has no name of its own dissolves in the sequence that
// it is put into: a | (b | c) is one run with three steps. with_name() keeps it one.
//
// Threads: a value, cheap to copy (a pointer); any may use it, several at once, so its functions are called
// through const, and side by side.
// Lifetime: what runs holds what it needs of it: a Pipeline may die first. Observers: see observer.h.
// Cancellation and deadlines: as for any operation; the stage that runs is cancelled, and awaited.
// Errors: what a stage throws, of its own type.
// Cost: unobserved, a task for each invocation and one or two for each step; observed, five allocations for
// each run more.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "ringback/async/future.h"
#include "ringback/async/map.h"
#include "ringback/pipeline/internal/modifiers.h"
#include "ringback/pipeline/internal/sequence.h"

namespace ringback {

struct InvokeOptions {
  // Of this run and of all below it: stages, and pipelines that these invoke. Called in this order, after
  // those of the run around it.
  Observers observers = {};
};

struct BatchOptions {
  Observers observers = {};
  // How many inputs are worked on at once; at least 1. By default all.
  std::size_t max_concurrency = std::numeric_limits<std::size_t>::max();
};

namespace internal {

template <typename In, typename Out>
Task<result_t<Out>> work_of(const Node<In, Out>& node, In in) {
  if constexpr (is_stream<Out>) {
    return stream::collect(node.body->begin(std::move(in), Run()));
  } else {
    return node.body->begin(std::move(in), Run());
  }
}

template <typename In, typename Out>
Task<result_t<Out>> invoked(NodeRef<In, Out> node, In in, Observers observers) {
  const Run run = Run::of_call(node, std::move(observers));
  if (!run.is_watched()) {
    co_return co_await work_of(*node, std::move(in));
  } else if constexpr (is_stream<Out>) {
    co_return co_await stream::collect(watch_stream(node, std::move(in), run));
  } else {
    co_return co_await watch(node, std::move(in), run);
  }
}

template <typename In, typename Out>
Stream<Out> one_item(NodeRef<In, Out> node, In in, Run run) {
  // Named before it is awaited (rule R9).
  auto work = run.is_watched() ? watch(node, std::move(in), run) : work_of(*node, std::move(in));
  auto value = co_await std::move(work);
  co_yield std::move(value);
}

// A const function that makes one operation for each input.
template <typename In, typename Out>
class Invoking {
 public:
  Invoking(NodeRef<In, Out> node, Observers observers) : node_(std::move(node)), observers_(std::move(observers)) {}
  Task<result_t<Out>> operator()(In in) const { return invoked(node_, std::move(in), observers_); }

 private:
  NodeRef<In, Out> node_;
  Observers observers_;
};
template <typename In, typename Out>
class InvokingOutcome {
 public:
  explicit InvokingOutcome(Invoking<In, Out> invoking) : invoking_(std::move(invoking)) {}
  OutcomeOf<Task<result_t<Out>>> operator()(In in) const { return outcome(invoking_(std::move(in))); }

 private:
  Invoking<In, Out> invoking_;
};

struct PipelineAccess;

}  // namespace internal

// In: an object type. Out: what it gives; void; or Stream<T>, where it gives many.
template <typename In, typename Out>
class Pipeline {
  static_assert(std::is_object_v<In> && !std::is_const_v<In>, "a pipeline takes one value");
  using Node = internal::Node<In, Out>;
  using Body = internal::Body<In, Out>;

 public:
  using input_type = In;
  using output_type = Out;
  // What an invocation gives: Out, or all items of Stream<T> as std::vector<T>.
  using result_type = internal::result_t<Out>;
  // What stream() gives one by one.
  using item_type = internal::item_t<Out>;

  // Made by stage(), branch(), parallel() and `|`.
  explicit Pipeline(std::shared_ptr<const Node> node) noexcept : node_(std::move(node)) {}

  // Blocks; drives the work on this thread, with everything it waits for. Errors: as wait().
  result_type invoke(In in, InvokeOptions options = {}) const {
    return wait(ainvoke(std::move(in), std::move(options)));
  }

  // An operation: nothing happens before it is awaited or started.
  Task<result_type> ainvoke(In in, InvokeOptions options = {}) const {
    return internal::invoked(node_, std::move(in), std::move(options.observers));
  }

  // On an executor, or Inline{}. Errors: overloaded, shut_down.
  template <typename Where>
  Future<result_type> submit(Where&& where, In in, InvokeOptions options = {}) const {
    return spawn(std::forward<Where>(where), ainvoke(std::move(in), std::move(options)));
  }

  // Each input, in a run of its own; the results in order. The first failure cancels the others.
  auto batch(std::vector<In> inputs, BatchOptions options = {}) const
      -> Task<std::vector<internal::stored_t<result_type>>> {
    internal::Invoking<In, Out> each(node_, std::move(options.observers));
    return map(std::move(inputs), options.max_concurrency, std::move(each));
  }

  // The same, but each failure stays in its place and cancels nothing. Cancelled from outside, what has not
  // ended is cancelled in its place.
  auto batch_outcomes(std::vector<In> inputs, BatchOptions options = {}) const
      -> Task<std::vector<Outcome<result_type>>> {
    internal::InvokingOutcome<In, Out> each(internal::Invoking<In, Out>(node_, std::move(options.observers)));
    return map(std::move(inputs), options.max_concurrency, std::move(each));
  }

  // Its items as they come; one, where it gives no Stream. Begins when it is first pulled; its run is a
  // part of the run that stream() was called in. Leaving it early closes it (see stream.h), and the run
  // is told `cancelled`.
  Stream<item_type> stream(In in, InvokeOptions options = {}) const {
    static_assert(!std::is_void_v<Out>, "a pipeline that gives nothing has no items: use ainvoke()");
    internal::Run run = internal::Run::of_call(node_, std::move(options.observers));
    if constexpr (!internal::is_stream<Out>) {
      return internal::one_item(node_, std::move(in), std::move(run));
    } else {
      if (run.is_watched()) return internal::watch_stream(node_, std::move(in), std::move(run));
      return internal::relay(node_, std::move(in));
    }
  }

  // Changed copies. What is said later stands around what was said before: a.with_timeout(1s).with_retry()
  // tries again what took too long, a.with_retry().with_timeout(1s) limits all attempts together.

  Pipeline with_name(std::string name) const {
    Node node = unit();
    node.name = std::move(name);
    return Pipeline(std::move(node));
  }
  // Local ones: they hear the runs of this, not those below.
  Pipeline with_observers(Observers observers) const {
    Node node = unit();
    node.observers.insert(node.observers.end(), observers.begin(), observers.end());
    node.is_watched = node.is_watched || !observers.empty();
    return Pipeline(std::move(node));
  }
  // See retry.h. Its run is told `retry` as another attempt begins; In is copied for each.
  Pipeline with_retry(RetryOptions options = {}) const {
    static_assert(!internal::is_stream<In> && !internal::is_stream<Out>,
                  "items that were given cannot be taken back: retry the stages around a stream");
    internal::check_options(options);
    return with_body(std::make_shared<internal::Retried<In, Out>>(node_->body, std::move(options)));
  }
  // See timeout.h: ends with a TimeoutError, when what it stopped has been cleaned up.
  Pipeline with_timeout(Duration limit) const {
    static_assert(!internal::is_stream<Out>, "a limit is for one value: put it around next(), or the whole invocation");
    return with_body(std::make_shared<internal::Limited<In, Out>>(node_->body, limit));
  }

  const std::string& name() const noexcept { return node_->name; }

 private:
  friend struct internal::PipelineAccess;

  explicit Pipeline(Node&& node) : node_(std::make_shared<const Node>(std::move(node))) {}

  Node unit() const {
    Node node = *node_;
    node.dissolves = false;
    return node;
  }
  Pipeline with_body(std::shared_ptr<const Body> body) const {
    Node node = unit();
    node.body = std::move(body);
    return Pipeline(std::move(node));
  }

  internal::NodeRef<In, Out> node_;
};

namespace internal {

template <typename T>
inline constexpr bool is_pipeline = false;
template <typename In, typename Out>
inline constexpr bool is_pipeline<Pipeline<In, Out>> = true;

struct PipelineAccess {
  template <typename In, typename Out>
  static const NodeRef<In, Out>& node(const Pipeline<In, Out>& pipeline) noexcept {
    return pipeline.node_;
  }
};

template <typename In, typename Out>
Pipeline<In, Out> pipeline_of(NodeCore core, std::shared_ptr<const Body<In, Out>> body) {
  auto node = std::make_shared<Node<In, Out>>();
  static_cast<NodeCore&>(*node) = std::move(core);
  node->body = std::move(body);
  return Pipeline<In, Out>(NodeRef<In, Out>(std::move(node)));
}

// Named after what a reader of the compiler's message needs: the two types that do not fit.
template <typename StageGives, typename NextStageTakes>
constexpr void check_that_stages_fit() {
  static_assert(Connects<StageGives, NextStageTakes>,
                "the second stage does not take what the first gives: it takes that, one item of that Stream, or all "
                "of them in a std::vector");
}

}  // namespace internal

template <typename In, typename Mid, typename Takes, typename Out>
auto operator|(const Pipeline<In, Mid>& first, const Pipeline<Takes, Out>& second) {
  internal::check_that_stages_fit<Mid, Takes>();
  if constexpr (internal::Connects<Mid, Takes>) {
    using Given = internal::sequence_out_t<Mid, Takes, Out>;
    const auto& from = internal::PipelineAccess::node(first);
    const auto& to = internal::PipelineAccess::node(second);
    return internal::pipeline_of<In, Given>({"pipeline", {}, from->place, from->is_watched || to->is_watched, true},
                                            std::make_shared<internal::Sequence<In, Mid, Takes, Out>>(from, to));
  }
}

namespace runtime {

// `stage(...) | buffered(8) | stage(...)`: a bounded queue between a stage that gives a Stream and the next.
// The first runs ahead by so many items (at least 1), and no more. No run of its own.
struct Buffer {
  std::size_t items_max;
};

}  // namespace runtime
inline runtime::Buffer buffered(std::size_t items_max) {
  RINGBACK_CHECK(items_max != 0, "buffered(0) could hold nothing: give at least 1");
  return {items_max};
}
template <typename In, typename Out>
Pipeline<In, Out> operator|(const Pipeline<In, Out>& source, runtime::Buffer buffer) {
  static_assert(internal::is_stream<Out>, "buffered() stands behind a stage that gives a Stream");
  const auto& from = internal::PipelineAccess::node(source);
  return internal::pipeline_of<In, Out>(
      {"pipeline", {}, from->place, from->is_watched, true},
      std::make_shared<internal::Buffered<In, internal::item_t<Out>>>(from, buffer.items_max));
}

}  // namespace ringback

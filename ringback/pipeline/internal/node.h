// A part of a pipeline: what it does, and how a run of it is told.
//
// A Node is immutable and shared; whoever begins a run holds it to the run's end, and with it all its
// parts. What gives a value does its work in a Task, what gives many in a Stream, which begins when it is
// first pulled. Run is passed along: to a body, the one that it works in.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "ringback/async/gather.h"
#include "ringback/async/on_exit.h"
#include "ringback/pipeline/internal/run.h"
#include "ringback/stream/operators.h"

namespace ringback::internal {

template <typename T>
inline constexpr bool is_stream = false;
template <typename T>
inline constexpr bool is_stream<Stream<T>> = true;

// What a part that gives Out returns: at work, and when somebody waits for all of it.
template <typename Out>
struct Giving {
  using Work = Task<Out>;
  using Result = Out;
  using Item = Out;
};
template <typename T>
struct Giving<Stream<T>> {
  using Work = Stream<T>;
  using Result = std::vector<T>;
  using Item = T;
};
template <typename Out>
using work_t = typename Giving<Out>::Work;
template <typename Out>
using result_t = typename Giving<Out>::Result;
template <typename Out>
using item_t = typename Giving<Out>::Item;

// What a part does. Called from several threads at once.
template <typename In, typename Out>
class Body {
 public:
  Body() = default;
  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;
  virtual ~Body() = default;

  // In a task; may throw. The body outlives what it gives.
  virtual work_t<Out> begin(In in, Run run) const = 0;
};

template <typename In, typename Out>
struct Node : NodeCore {
  std::shared_ptr<const Body<In, Out>> body;
};
template <typename In, typename Out>
using NodeRef = std::shared_ptr<const Node<In, Out>>;

template <typename T>
void show(RunEvent& event, const T& value) noexcept {
  if constexpr (!is_stream<T>) event.set_value(value);
}
template <typename T>
RunEvent ended_event(const Run& run, const Outcome<T>& end) noexcept {
  if (end.ok()) {
    RunEvent event = run.event(RunEventKind::end);
    if constexpr (!std::is_void_v<T>) show(event, *end);
    return event;
  }
  RunEvent event = run.event(end.failure().is_cancelled() ? RunEventKind::cancelled : RunEventKind::error);
  event.failure = &end.failure();
  return event;
}

// A body in its run, from where it is begun; what it throws before that is its end too.
template <typename In, typename Out>
Task<Out> begin_inside(const Node<In, Out>& node, In in, Run run) {
  co_return co_await node.body->begin(std::move(in), std::move(run));
}

// A run that is watched, of a part that gives a value.
template <typename In, typename Out>
Task<Out> watch(NodeRef<In, Out> node, In in, Run run) {
  RunEvent start = run.event(RunEventKind::start);
  show(start, in);
  Outcome<void> heard = co_await outcome(run.tell_surely(start));
  Outcome<Out> end = heard.failure();
  std::optional<WithLocals<Task<Out>>> work;
  if (heard.ok()) {
    try {
      work.emplace(run.locals_inside(), false, begin_inside(*node, std::move(in), run));
    } catch (...) {
      end = Failure::from_current();
    }
  }
  if (work.has_value()) end = co_await outcome(*std::move(work));
  RunEvent last = ended_event(run, end);
  heard = co_await outcome(run.tell_surely(last));
  if (!heard.ok()) end = run.after_last(end.failure(), std::move(heard).failure());
  co_return *std::move(end);
}

// How a stream's run ends. Written by its body, read when that is over.
struct StreamEnd {
  bool is_over = false;  // the last item was given
  Failure failure;       // else why; none where the body was closed
};

inline Task<void> tell_end(Run run, std::shared_ptr<const StreamEnd> end) {
  Outcome<void> how;
  if (!end->is_over) how = end->failure.exists() ? end->failure : Failure(Cancelled{Reason::requested});
  RunEvent last = ended_event(run, how);
  co_await run.tell_surely(last);
}

// What a run takes its items from, and the closing of that.
template <typename T>
struct Opened {
  Stream<T> source;
  OnExit closing;
};
// Fails in one place: what is told of a run that fails later must know why.
template <typename In, typename T>
Failure open_inside(const Node<In, Stream<T>>& node, In in, const Run& run, const Locals& inside,
                    std::optional<Opened<T>>& opened) noexcept {
  try {
    const SeesLocals sees(inside);
    Stream<T> source = node.body->begin(std::move(in), run);
    OnExit closing = on_exit(source.close(), kUnlimited);
    opened.emplace(std::move(source), std::move(closing));
    return {};
  } catch (...) {
    return Failure::from_current();
  }
}

// A run that is watched, of a part that gives many. Whoever stops before the end has cancelled it.
template <typename In, typename T>
Stream<T> watch_stream(NodeRef<In, Stream<T>> node, In in, Run run) {
  auto end = std::make_shared<StreamEnd>();
  const Locals inside = run.locals_inside();
  co_await on_exit(tell_end(run, end), kUnlimited);
  RunEvent start = run.event(RunEventKind::start);
  show(start, in);
  Outcome<void> heard = co_await outcome(run.tell_surely(start));
  std::optional<Opened<T>> opened;
  end->failure = heard.ok() ? open_inside(*node, std::move(in), run, inside, opened) : heard.failure();
  if (end->failure.exists()) end->failure.raise();
  co_await std::move(opened->closing);
  for (std::size_t number = 1;; ++number) {
    // The first one begins its body, which sees what is bound here.
    auto item = co_await outcome(WithLocals<typename Stream<T>::Next>(Locals(inside), false, opened->source.next()));
    if (!item.ok()) {
      end->failure = item.failure();
      end->failure.raise();
    }
    if (!item->has_value()) break;
    RunEvent event = run.event(RunEventKind::item);
    event.number = number;
    show(event, **item);
    heard = co_await outcome(run.tell(event));
    if (!heard.ok()) {
      end->failure = heard.failure();
      end->failure.raise();
    }
    co_yield **std::move(item);
  }
  end->is_over = true;
}

// A run that nobody watches: keeps the part while its items are given.
template <typename In, typename T>
Stream<T> relay(NodeRef<In, Stream<T>> node, In in) {
  Stream<T> source = node->body->begin(std::move(in), Run());
  co_await on_exit(source.close(), kUnlimited);
  for (;;) {
    auto item = co_await source.next();
    if (!item) break;
    co_yield *std::move(item);
  }
}

// A part as a run of its own below `run`.
template <typename In, typename Out>
work_t<Out> run_part(const NodeRef<In, Out>& node, In in, const Run& run) {
  Run part = run.part(node);
  if (!part.is_watched()) [[likely]]
    return node->body->begin(std::move(in), std::move(part));
  if constexpr (is_stream<Out>) {
    return watch_stream(node, std::move(in), std::move(part));
  } else {
    return watch(node, std::move(in), std::move(part));
  }
}

template <typename In, typename Out>
Task<Out> run_and_tell_step(NodeRef<In, Out> node, In in, Run run) {
  auto work = run_part(node, std::move(in), run);
  if constexpr (std::is_void_v<Out>) {
    co_await std::move(work);
    RunEvent step = run.next_step(node->name);
    co_await run.tell(step);
  } else {
    Out value = co_await std::move(work);
    RunEvent step = run.next_step(node->name);
    show(step, value);
    co_await run.tell(step);
    co_return value;
  }
}

// A part as a step of the sequence that runs: one that dissolves has its steps there.
template <typename In, typename Out>
work_t<Out> run_step(const NodeRef<In, Out>& node, In in, const Run& run) {
  if (!run.is_watched() || node->dissolves) return node->body->begin(std::move(in), run);
  if constexpr (is_stream<Out>) {
    return run_part(node, std::move(in), run);
  } else {
    return run_and_tell_step(node, std::move(in), run);
  }
}

// A part, and all that it gives.
template <typename In, typename Out>
Task<result_t<Out>> run_whole(const NodeRef<In, Out>& node, In in, const Run& run) {
  if constexpr (is_stream<Out>) {
    return stream::collect(run_part(node, std::move(in), run));
  } else {
    return run_part(node, std::move(in), run);
  }
}

}  // namespace ringback::internal

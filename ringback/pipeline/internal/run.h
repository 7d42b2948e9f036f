// A run of a pipeline or stage, without its types: its ids, and who listens.
//
// Who listens to a run: what was given to the calls around it (inherited), then what is attached to its
// node (local). Where nobody can be listening there is no RunState, and an event costs one branch.
//
// What is invoked inside a stage finds the run that it is a part of by a task-local, bound around the
// stage. Observers do not see that binding: what one of them invokes stands by itself, or each of its
// events would make another run that tells it.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <source_location>
#include <string>

#include "ringback/async/outcome_of.h"
#include "ringback/async/shield.h"
#include "ringback/async/task_local.h"
#include "ringback/pipeline/observer.h"

namespace ringback::internal {

// What a run has of the pipeline or stage that it runs. Immutable once it is shared.
struct NodeCore {
  std::string name;
  Observers observers;
  std::source_location place;
  // Itself or something below has observers of its own.
  bool is_watched = false;
  // Put into another sequence, its steps are steps of that: it has no run of its own there.
  bool dissolves = false;
};

struct RunState;
class Telling;

// Threads: a value; copies share the run.
class Run {
 public:
  // Nobody listens.
  Run() = default;

  // A run of what was called, below the run around the caller, if there is one.
  static Run of_call(std::shared_ptr<const NodeCore> node, Observers given);
  // A run of a part.
  Run part(std::shared_ptr<const NodeCore> node) const;

  bool is_watched() const noexcept { return state_ != nullptr; }

  // The rest is of runs that are watched.
  RunEvent event(RunEventKind kind) const noexcept;
  // The next step of it, counted.
  RunEvent next_step(std::string_view step) const noexcept;
  // Tells all who listen, one after the other. Errors: what a fatal observer threw, when all have heard.
  Telling tell(const RunEvent& event) const;
  // The same, and a cancellation does not reach in.
  Telling tell_surely(const RunEvent& event) const;
  // What is bound here, and this run around what is invoked.
  Locals locals_inside() const;
  // `heard` is how the telling of the last event ended: what the run's end is then.
  Failure after_last(Failure end, Failure heard) const noexcept;

 private:
  explicit Run(std::shared_ptr<const RunState> state) noexcept : state_(std::move(state)) {}

  std::shared_ptr<const RunState> state_;
};

struct RunState {
  RunId id = RunId::none;
  RunId parent = RunId::none;
  std::shared_ptr<const NodeCore> node;
  std::shared_ptr<const Observers> inherited;  // may be null
  Locals outside;                              // what observers see
  bool may_wait = false;                       // one of the listeners is an AsyncObserver
  mutable std::atomic<std::size_t> steps{0};
};

// One event on its way. Where no observer may wait it ends at once, and is no cancellation point.
class [[nodiscard]] Telling {
 public:
  using value_type = void;

  Telling(std::shared_ptr<const RunState> run, const RunEvent& event, bool is_sure) noexcept
      : run_(std::move(run)), event_(event), is_sure_(is_sure) {}
  Telling(Telling&&) noexcept = default;

  bool begin(Waiter& waiter) noexcept;
  Outcome<void> take() noexcept;

 private:
  using Work = WithLocals<Task<void>>;

  std::shared_ptr<const RunState> run_;
  RunEvent event_;
  bool is_sure_;
  std::optional<Work> work_;
  std::optional<Shield<Work>> sure_work_;
  Failure failure_;
};

}  // namespace ringback::internal

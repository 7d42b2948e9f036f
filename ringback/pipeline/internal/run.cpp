#include "ringback/pipeline/internal/run.h"

#include <algorithm>
#include <array>

#include "ringback/async/sleep.h"
#include "ringback/async/unhandled.h"

namespace ringback::internal {

namespace {

// The run that is around what runs here; bound to no run where there is none, or it is not to be seen.
TaskLocal<Run>& run_here() {
  static TaskLocal<Run> run;
  return run;
}

RunId new_id() noexcept {
  static std::atomic<std::uint64_t> last{0};
  // Only has to be unique.
  return static_cast<RunId>(last.fetch_add(1, std::memory_order_relaxed) + 1);
}

Locals bound_to(const Run& run) {
  Locals chain(new BindingOf<Run>(&run_here(), run));
  chain.put_behind(Locals::around(this_thread.context));
  return chain;
}

bool one_may_wait(const Observers& observers) noexcept {
  return std::ranges::any_of(observers, [](const AnyObserver& one) { return one.async_observer() != nullptr; });
}

// What is common to runs of calls and of parts.
std::shared_ptr<RunState> new_state(std::shared_ptr<const NodeCore> node, std::shared_ptr<const Observers> inherited) {
  auto state = std::make_shared<RunState>();
  state->id = new_id();
  state->may_wait = one_may_wait(node->observers) || (inherited != nullptr && one_may_wait(*inherited));
  state->node = std::move(node);
  state->inherited = std::move(inherited);
  return state;
}

std::shared_ptr<const Observers> joined(std::shared_ptr<const Observers> outer, Observers given) {
  if (given.empty()) return outer;
  if (outer != nullptr) given.insert(given.begin(), outer->begin(), outer->end());
  return std::make_shared<const Observers>(std::move(given));
}

// What all who heard one event have to say to it: the failure of the first fatal one; the others' are
// reported, or hang on that.
class Answers {
 public:
  explicit Answers(const NodeCore& node) noexcept : place_(node.place) {}

  void add(const AnyObserver& observer, Failure thrown) noexcept {
    if (!thrown.exists() || thrown.is_cancelled()) return;
    if (!observer.is_fatal()) {
      report_unhandled({std::move(thrown), place_, "an observer threw"});
    } else if (first_.exists()) {
      suppress(first_, std::move(thrown), place_, "a fatal observer threw");
    } else {
      first_ = std::move(thrown);
    }
  }
  Failure take() noexcept { return std::move(first_); }

 private:
  const std::source_location place_;
  Failure first_;
};

Failure call(Observer& observer, const RunEvent& event) noexcept {
  try {
    observer.on_event(event);
    return {};
  } catch (...) {
    return Failure::from_current();
  }
}

// An answer that waits, or why there is none.
Failure ask(AsyncObserver& observer, const RunEvent& event, std::optional<Task<void>>& answer) noexcept {
  try {
    answer.emplace(observer.on_event(event));
    return {};
  } catch (...) {
    return Failure::from_current();
  }
}

std::size_t listeners(const RunState& run) noexcept {
  return (run.inherited != nullptr ? run.inherited->size() : 0) + run.node->observers.size();
}
// Inherited first.
const AnyObserver& listener(const RunState& run, std::size_t index) noexcept {
  const std::size_t inherited = run.inherited != nullptr ? run.inherited->size() : 0;
  return index < inherited ? (*run.inherited)[index] : run.node->observers[index - inherited];
}

Failure tell_now(const RunState& run, const RunEvent& event) noexcept {
  const SeesLocals outside(run.outside);
  Answers answers(*run.node);
  for (std::size_t index = 0; index != listeners(run); ++index) {
    const AnyObserver& one = listener(run, index);
    answers.add(one, call(*one.observer(), event));
  }
  return answers.take();
}

Task<void> tell_and_wait(std::shared_ptr<const RunState> run, RunEvent event) {
  Answers answers(*run->node);
  for (std::size_t index = 0; index != listeners(*run); ++index) {
    const AnyObserver& one = listener(*run, index);
    if (one.observer() != nullptr) {
      answers.add(one, call(*one.observer(), event));
      continue;
    }
    std::optional<Task<void>> answer;
    answers.add(one, ask(*one.async_observer(), event, answer));
    if (!answer) continue;
    Outcome<void> end = co_await outcome(*std::move(answer));
    answers.add(one, std::move(end).failure());
  }
  const Failure fatal = answers.take();
  if (fatal.exists()) fatal.raise();
}

}  // namespace

Run Run::of_call(std::shared_ptr<const NodeCore> node, Observers given) {
  const Run& around = run_here().get();
  if (!around.is_watched() && given.empty() && !node->is_watched) [[likely]]
    return {};
  std::shared_ptr<const Observers> outer = around.is_watched() ? around.state_->inherited : nullptr;
  auto state = new_state(std::move(node), joined(std::move(outer), std::move(given)));
  if (around.is_watched()) state->parent = around.state_->id;
  state->outside = bound_to(Run());
  return Run(std::move(state));
}

Run Run::part(std::shared_ptr<const NodeCore> node) const {
  if (!is_watched()) [[likely]]
    return {};
  auto state = new_state(std::move(node), state_->inherited);
  state->parent = state_->id;
  state->outside = state_->outside;
  return Run(std::move(state));
}

RunEvent Run::event(RunEventKind kind) const noexcept {
  RunEvent event;
  event.kind = kind;
  event.run = state_->id;
  event.parent = state_->parent;
  event.name = state_->node->name;
  event.at = now();
  return event;
}

RunEvent Run::next_step(std::string_view step) const noexcept {
  RunEvent event = this->event(RunEventKind::step);
  event.step = step;
  // The events of one run come one after the other, and hand over what they wrote.
  event.number = state_->steps.fetch_add(1, std::memory_order_relaxed) + 1;
  return event;
}

Telling Run::tell(const RunEvent& event) const { return {state_, event, false}; }
Telling Run::tell_surely(const RunEvent& event) const { return {state_, event, true}; }

Locals Run::locals_inside() const { return bound_to(*this); }

Failure Run::after_last(Failure end, Failure heard) const noexcept {
  if (!end.exists() || !heard.exists()) return end.exists() ? end : heard;
  suppress(end, std::move(heard), state_->node->place, "a fatal observer threw");
  return end;
}

bool Telling::begin(Waiter& waiter) noexcept {
  if (!run_->may_wait) {
    failure_ = tell_now(*run_, event_);
    return true;
  }
  try {
    work_.emplace(Locals(run_->outside), false, tell_and_wait(run_, event_));
    if (!is_sure_) return work_->begin(waiter);
    sure_work_.emplace(*std::move(work_));
    work_.reset();
    return sure_work_->begin(waiter);
  } catch (...) {  // No memory for it.
    failure_ = Failure::from_current();
    return true;
  }
}

Outcome<void> Telling::take() noexcept {
  if (failure_.exists()) return std::move(failure_);
  if (sure_work_.has_value()) return take_from(*sure_work_);
  return work_.has_value() ? take_from(*work_) : Outcome<void>();
}

}  // namespace ringback::internal

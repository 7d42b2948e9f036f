#include "ringback/async/task.h"

#include "ringback/async/group.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/timeout.h"

namespace ringback::internal {

namespace {

thread_local Failure failure_to_raise;

}  // namespace

void keep_to_raise(Failure failure) noexcept { failure_to_raise = std::move(failure); }

void raise_kept() {
  const Failure failure = std::move(failure_to_raise);
  if (failure.is_cancelled()) note_cancelled(*this_thread.context);
  failure.raise();
}

void TaskPromiseBase::add_exit(ExitCleanup* cleanup) noexcept {
  cleanup->earlier.reset((traits_ & kHasExits) != 0 ? exits() : nullptr);
  exits() = cleanup;
  traits_ |= kHasExits;
}

void TaskPromiseBase::destroy_quietly(std::coroutine_handle<> self) noexcept {
  const QuietDrop quiet;
  self.destroy();
}

bool TaskPromiseBase::refuse() noexcept {
  phase_ = Phase::refused;
  failure_ = Cancelled{context_->reason()};
  return true;
}

static_assert(std::is_trivially_destructible_v<Context>);

void TaskPromiseBase::refuse_queued() noexcept {
  refuse();
  if (!is_scope_child()) return waiter_->complete();
  tell_group();
}

bool TaskPromiseBase::begin_in_shared(Group& group) noexcept {
  ::new (static_cast<void*>(&own_context_)) Context;
  if (!group.add(own_context_)) return false;
  begin_as_child(kScopeChild | kShared);
  return true;
}

// The end of a scope's child, in every case.
void TaskPromiseBase::tell_group() noexcept {
  Group& group = Group::of(*own_context_.parent());
  if (failure_.exists() && group.note(std::move(failure_), place_)) group.context().cancel(Reason::sibling_failed);
  retire(*this);
  group.child_ended(own_context_);
}

void TaskPromiseBase::report_dropped() noexcept {
  if (QuietDrop::is_on()) return;
  report_unhandled({{}, place_, "a Task was dropped before it began: await it, or give it to a scope"});
}

namespace {

// One after the other, the last registered first; gives the failures in that order.
Task<void> run_cleanups(std::unique_ptr<ExitCleanup> cleanup, std::vector<Failure>& failures) {
  for (; cleanup != nullptr; cleanup = std::move(cleanup->earlier)) {
    Task<void> task = std::move(cleanup->task);
    auto ended = co_await outcome(timeout(cleanup->limit, std::move(task)));
    if (!ended.ok()) failures.push_back(ended.failure());
  }
}

}  // namespace

// Waits for the clean-up in a shield of its own, then lets the task end.
class ExitRunner final : public Waiter {
 public:
  ExitRunner(TaskPromiseBase& task, std::coroutine_handle<> self, std::unique_ptr<ExitCleanup> cleanup) noexcept
      : task_(task), self_(self), cleaning_(run_cleanups(std::move(cleanup), failures_)) {}

  void begin() noexcept {
    shield_.begin_child(task_.context(), Context::shielded);
    context_ = &shield_;
    if (cleaning_.begin(*this)) complete();
  }
  void complete() noexcept override;
  // Retired: the clean-up's coroutine is not destroyed inside its own end.
  void run() noexcept override { delete this; }

 private:
  TaskPromiseBase& task_;
  const std::coroutine_handle<> self_;
  std::vector<Failure> failures_;
  Context shield_;
  Task<void> cleaning_;
};

void TaskPromiseBase::run_exits(std::coroutine_handle<> self) noexcept {
  traits_ &= static_cast<std::uint8_t>(~kHasExits);
  (new ExitRunner(*this, self, std::unique_ptr<ExitCleanup>(exits())))->begin();
}

void TaskPromiseBase::take_exit_failure(Failure later) noexcept {
  if (!failure_.exists()) {
    failure_ = std::move(later);
  } else if (const Error* first = failure_.error()) {
    first->add_suppressed(std::move(later));
  } else {
    report_unhandled({std::move(later), place_, "clean-up failed after the task had failed"});
  }
}

void ExitRunner::complete() noexcept {
  shield_.end();
  for (Failure& failure : failures_) task_.take_exit_failure(std::move(failure));
  retire(*this);
  task_.end_task(self_);
}

}  // namespace ringback::internal

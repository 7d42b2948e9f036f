#include "ringback/async/task.h"

#include "ringback/async/group.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/timeout.h"

namespace ringback::internal {

void TaskPromiseBase::add_exit(ExitCleanup* cleanup) noexcept {
  cleanup->earlier.reset(has_exits_ ? exits() : nullptr);
  exits() = cleanup;
  has_exits_ = true;
}

bool TaskPromiseBase::refuse() noexcept {
  phase_ = Phase::ended;
  failure_ = Cancelled{context_->reason()};
  return true;
}

static_assert(std::is_trivially_destructible_v<Context>);

void TaskPromiseBase::free_or_refuse(std::coroutine_handle<> self) noexcept {
  if (phase_ == Phase::ended) return self.destroy();
  refuse();
  tell_end();
}

void TaskPromiseBase::fail_in(Group& group) noexcept {
  if (group.note(std::move(failure_), place_)) group.context().cancel(Reason::sibling_failed);
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
  ExitRunner(TaskPromiseBase& task, std::unique_ptr<ExitCleanup> cleanup) noexcept
      : task_(task), cleaning_(run_cleanups(std::move(cleanup), failures_)) {}

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
  std::vector<Failure> failures_;
  Context shield_;
  Task<void> cleaning_;
};

void TaskPromiseBase::run_exits() noexcept {
  has_exits_ = false;
  (new ExitRunner(*this, std::unique_ptr<ExitCleanup>(exits())))->begin();
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
  task_.end_task();
}

}  // namespace ringback::internal

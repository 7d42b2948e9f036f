#include "ringback/async/task.h"

#include "ringback/async/group.h"
#include "ringback/async/locals.h"
#include "ringback/async/timeout.h"

namespace ringback::internal {

namespace {

thread_local Failure failure_to_raise;

}  // namespace

void keep_to_raise(Failure failure) noexcept { failure_to_raise = std::move(failure); }

void raise_kept() {
  if (failure_to_raise.is_cancelled()) {
    note_cancelled(*this_thread.context);
    failure_to_raise.raise();
  }
  // Not by Failure::raise(): each frame the exception passes on its way out costs a quarter of a microsecond.
  std::exception_ptr exception = std::exchange(failure_to_raise, {}).exception();
  std::rethrow_exception(std::move(exception));
}

// A clean-up in the list of its task, and, when that has ended, the waiter for it: in a shield, with a
// limit of its own. One after the other, the last registered first.
class ExitCleanup final : public Waiter {
 public:
  ExitCleanup(Task<void> task, Duration limit) noexcept
      : cleaning_(timeout(limit, OwnScope<Task<void>>(std::move(task), Context::plain))) {}

  void add_to(ExitCleanup* earlier) noexcept { earlier_ = earlier; }
  void begin(TaskPromiseBase& task, std::coroutine_handle<> self) noexcept {
    task_ = &task;
    self_ = self;
    shield_.begin_child(task.context(), Context::shielded);
    context_ = &shield_;
    if (cleaning_.begin(*this)) complete();
  }
  void complete() noexcept override {
    shield_.end();
    const Outcome<void> ended = take_from(cleaning_);
    if (!ended.ok()) task_->take_exit_failure(ended.failure());
    ExitCleanup* const earlier = earlier_;
    TaskPromiseBase& task = *task_;
    const std::coroutine_handle<> self = self_;
    retire(*this);
    if (earlier != nullptr) {
      earlier->begin(task, self);
    } else {
      task.end_task(self);
    }
  }
  // Retired: the clean-up's coroutine is not destroyed inside its own end.
  void run() noexcept override { delete this; }

 private:
  Timeout<OwnScope<Task<void>>> cleaning_;
  ExitCleanup* earlier_ = nullptr;
  TaskPromiseBase* task_ = nullptr;
  std::coroutine_handle<> self_;
  Context shield_;
};

void TaskPromiseBase::add_exit(ExitCleanup* cleanup) noexcept {
  cleanup->add_to((traits_ & kHasExits) != 0 ? exits() : nullptr);
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

bool TaskPromiseBase::begin_in_unusual(Group& group) noexcept {
  return !locals_in_use.load(std::memory_order_relaxed) && begin_in_any(group);
}

bool TaskPromiseBase::begin_in_any(Group& group) noexcept {
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

void TaskPromiseBase::run_exits(std::coroutine_handle<> self) noexcept {
  traits_ &= static_cast<std::uint8_t>(~kHasExits);
  exits()->begin(*this, self);
}

void TaskPromiseBase::take_exit_failure(Failure later) noexcept {
  if (!failure_.exists()) {
    failure_ = std::move(later);
  } else {
    suppress(failure_, std::move(later), place_, "clean-up failed after the task had failed");
  }
}

}  // namespace ringback::internal

namespace ringback {

using namespace runtime;

OnExit::OnExit(Task<void> cleanup, Duration limit)
    : cleanup_(std::make_unique<internal::ExitCleanup>(std::move(cleanup), limit)) {}
OnExit::OnExit(OnExit&& other) noexcept = default;
OnExit::~OnExit() = default;

internal::ExitCleanup* OnExit::release() noexcept { return cleanup_.release(); }

}  // namespace ringback

#include "ringback/testing/wait_all_tasks_blocked.h"

#include <mutex>

#include "ringback/base/check.h"
#include "ringback/exec/chained_hooks.h"
#include "ringback/exec/loop.h"

namespace ringback::testing {

using namespace runtime;

// Hears when a loop is about to sleep. The first time it only looks at the kernel, by a poll that does not
// wait; where no job has run until the next time, nothing is ready.
//
// Protocol. waiting_ is of all threads, under lock_; what is in it belongs to the loop's thread otherwise.
class Idle final : public ChainedHooks {
 public:
  void add(AllTasksBlocked& waiter) noexcept {
    listen();
    const std::lock_guard guard(lock_);
    waiter.has_looked_ = false;
    waiting_.push_back(waiter);
  }
  void remove(AllTasksBlocked& waiter) noexcept {
    {
      const std::lock_guard guard(lock_);
      waiter.unlink();
    }
    stop();
  }

  void job_begins(Executor& executor, const Job& job) noexcept override {
    ChainedHooks::job_begins(executor, job);
    const std::lock_guard guard(lock_);
    for (AllTasksBlocked* each = waiting_.front(); each != nullptr; each = waiting_.next(*each)) {
      if (&each->executor() == &executor) each->has_looked_ = false;
    }
  }
  void sleep_begins(Executor& executor) noexcept override {
    ChainedHooks::sleep_begins(executor);
    bool is_waited_for = false;
    while (AllTasksBlocked* blocked = look(executor, is_waited_for)) {
      remove(*blocked);
      blocked->deliver();
    }
    if (is_waited_for) static_cast<Loop&>(executor).driver().wake();  // Ends the poll that follows, at once.
  }

 private:
  // One of the executor's who has looked before; the others look now.
  AllTasksBlocked* look(Executor& executor, bool& is_waited_for) noexcept {
    const std::lock_guard guard(lock_);
    for (AllTasksBlocked* each = waiting_.front(); each != nullptr; each = waiting_.next(*each)) {
      if (&each->executor() != &executor) continue;
      is_waited_for = true;
      if (std::exchange(each->has_looked_, true)) return each;
    }
    return nullptr;
  }

  SpinLock lock_;
  IntrusiveList<AllTasksBlocked, AllTasksBlockedTag> waiting_;
};

namespace {

Idle& idle() noexcept {
  static Idle* const idle = new Idle;  // A thread may be in a call of it at any time.
  return *idle;
}

}  // namespace

bool AllTasksBlocked::begin(Waiter& waiter) noexcept {
  if (attach(waiter)) {
    RINGBACK_CHECK(&executor().io() == &executor(),
                   "wait_all_tasks_blocked() was awaited elsewhere than on a Loop or inline");
    const Parked parked = suspend([this]() noexcept {
      idle().add(*this);
      return true;
    });
    if (parked == Parked::suspended) return false;
  }
  is_cancelled_ = true;
  return true;
}

Outcome<void> AllTasksBlocked::take() noexcept {
  if (is_cancelled_) return cancelled_failure();
  return {};
}

// On the loop's thread, as everything of this operation.
void AllTasksBlocked::request_cancel(Reason) noexcept {
  if (!is_linked()) return;  // Everybody was blocked before.
  idle().remove(*this);
  is_cancelled_ = true;
  deliver();
}

}  // namespace ringback::testing

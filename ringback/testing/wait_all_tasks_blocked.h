// Until everybody else waits: instead of a sleep, or of so many yields, that a test hopes is long enough.
//
//   scope.spawn(consume(queue));
//   co_await wait_all_tasks_blocked();      // the consumer has come as far as it can
#pragma once

#include <string_view>

#include "ringback/async/leaf.h"
#include "ringback/async/operation.h"
#include "ringback/base/intrusive_list.h"

namespace ringback::testing {

class [[nodiscard]] AllTasksBlocked final : public runtime::PostedLeaf,
                                            public runtime::ListLink<class AllTasksBlockedTag> {
 public:
  using value_type = void;

  AllTasksBlocked() noexcept = default;
  AllTasksBlocked(AllTasksBlocked&& other) noexcept : PostedLeaf(std::move(other)) {}

  bool begin(runtime::Waiter& waiter) noexcept;
  Outcome<void> take() noexcept;

  void request_cancel(Reason reason) noexcept override;
  std::string_view what() const noexcept override { return "all tasks to be blocked"; }

 private:
  friend class Idle;

  bool is_cancelled_ = false;
  bool has_looked_ = false;  // at the kernel, since a job last ran
};

// Completes when nothing else on this Loop is ready, and the kernel has no result for it: every other task
// waits, for a timer, a request, another thread or one another. Several who wait so complete together, in the
// order they came. On virtual time no time passes meanwhile. What the kernel or another thread is still busy
// with may end right after.
//
// Threads: in a task on a Loop or inline. On a Pool, where others run at the same time, it aborts.
// Cancel: as any wait. Cost: while one waits, every job of the process takes a lock: for tests.
inline AllTasksBlocked wait_all_tasks_blocked() noexcept { return {}; }

}  // namespace ringback::testing

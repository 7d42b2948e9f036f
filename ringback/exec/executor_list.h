// The Loops and Pools of the process, for reports.
#pragma once

namespace ringback {

class Executor;

namespace internal {

// Threads: any.
class ExecutorList {
 public:
  // A Loop from the first time it is driven, a Pool from its construction; both to their destruction.
  static void add(Executor& executor) noexcept;
  // Waits for visits that are under way.
  static void remove(Executor& executor) noexcept;

  // Calls visit(executor, argument) for each, oldest first, which therefore lives meanwhile. The call must
  // neither make nor end an executor, nor wait for one.
  static void visit(void (*visit)(Executor& executor, void* argument), void* argument);
};

}  // namespace internal
}  // namespace ringback

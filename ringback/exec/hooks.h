// What the runtime tells a listener: when jobs run, and when threads sleep.
//
// One listener for the process. While there is none, each place costs one predictable branch.
#pragma once

#include <atomic>

#include "ringback/exec/job.h"

namespace ringback {

class Executor;

namespace runtime {

// Derive, and install with set_hooks(). Threads: each call comes on the thread it is about, many at
// once; none may block, throw, or use the runtime. Lifetime: to the end of the process, since a
// thread may be inside a call when another listener is installed.
class Hooks {
 public:
  // A job of `executor` begins and ends on this thread: a coroutine's resumption, a callback.
  virtual void job_begins(Executor& executor, const Job& job) noexcept = 0;
  virtual void job_ended(Executor& executor) noexcept = 0;
  // The same job goes on with something else: a coroutine that another one awaits, or that awaited it,
  // or what is to be done after a coroutine's end.
  virtual void job_goes_on(Executor& /*executor*/, const Job& /*step*/) noexcept {}

  // This thread has nothing to do and waits in the kernel, and has come back.
  virtual void sleep_begins(Executor& executor) noexcept = 0;
  virtual void sleep_ended(Executor& executor) noexcept = 0;

 protected:
  ~Hooks() = default;
};

}  // namespace runtime

namespace internal {
inline constinit std::atomic<Hooks*> hooks{nullptr};
}  // namespace internal

namespace runtime {

// The listener, or null.
inline Hooks* current_hooks() noexcept { return internal::hooks.load(std::memory_order_acquire); }

// Replaces the listener; null for none. Gives the one before. Threads: any.
inline Hooks* set_hooks(Hooks* listener) noexcept { return internal::hooks.exchange(listener); }

}  // namespace runtime

}  // namespace ringback

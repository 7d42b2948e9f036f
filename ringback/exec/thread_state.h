// What the library keeps per thread: who runs here, for whom, and what is resumed next.
#pragma once

#include <coroutine>
#include <cstdint>
#include <utility>

#include "ringback/exec/hooks.h"
#include "ringback/exec/job.h"

namespace ringback {

class Executor;

namespace runtime {
class Context;
}

namespace internal {

// Awaits in a row that complete at once before others get a turn.
inline constexpr std::uint32_t kAtOnceMost = 256;

struct ThreadState {
  std::coroutine_handle<> next;    // resumed by the trampoline when the present resumption returns
  Context* context = nullptr;      // of the task that runs now; null outside tasks
  Executor* executor = nullptr;    // that runs here now; null on a plain thread
  std::coroutine_handle<> ended;   // the scope's child that ended in this resumption; freed after it
  Job* retired = nullptr;          // what else is to be run, or freed, after this resumption
  std::uint32_t at_once_left = 0;  // awaits that may still complete at once in a row (contract 39)

  // After each resumption: a coroutine is never destroyed inside its own await_suspend.
  void free_ended() noexcept {
    if (ended) [[unlikely]]
      std::exchange(ended, nullptr).destroy();
  }

  // One more await completes at once. False: too many have, others must get a turn.
  bool may_go_on() noexcept {
    if (!__builtin_sub_overflow(at_once_left, 1u, &at_once_left)) [[likely]]
      return true;
    at_once_left = 0;
    return false;
  }

  // Something to resume or to run.
  bool has_more() const noexcept { return next != nullptr || retired != nullptr; }
};

inline constinit thread_local ThreadState this_thread;

// The promise of a coroutine that the trampoline resumes. Its first base is a Job, and no promise is
// aligned to more than the two words before it (task.h asserts that), so it lies where a Job would.
inline const Job& job_of(std::coroutine_handle<> coroutine) noexcept {
  return std::coroutine_handle<const Job>::from_address(coroutine.address()).promise();
}

// The trampoline: coroutines never resume one another, they name the next one and return. A job may
// resume one coroutine itself, since nothing else is on the stack then. Stack use is constant however
// long a chain is, on every compiler and at every optimisation level.
inline void run_job_here(Job& job) noexcept {
  ThreadState& state = this_thread;
  state.at_once_left = kAtOnceMost - 1;
  job.run();
  if (state.has_more()) [[unlikely]] {
    do {
      while (state.retired != nullptr) std::exchange(state.retired, state.retired->next_job)->run();
      if (!state.next) continue;
      std::exchange(state.next, nullptr).resume();
      state.free_ended();
    } while (state.has_more());
  }
  state.context = nullptr;
}

// The same, told to the listener. (executor.cpp)
void run_job_told(Job& job) noexcept;

// What executors call.
inline void run_job(Job& job) noexcept {
  if (hooks.load(std::memory_order_relaxed) != nullptr) [[unlikely]]
    return run_job_told(job);
  run_job_here(job);
}

// Has `job` run once the present resumption has returned. Only inside a job.
inline void retire(Job& job) noexcept {
  job.next_job = this_thread.retired;
  this_thread.retired = &job;
}

}  // namespace internal
}  // namespace ringback

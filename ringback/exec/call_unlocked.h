// Calls into the program that come up under a lock of ours: made once the thread has let go of it.
//
// Cancelling walks trees under spin locks, and cancelling one tree may cancel others that hang on it.
// What the program is told by it (a stop token's callbacks) may do anything, even start work.
#pragma once

#include <utility>

#include "ringback/exec/job.h"

namespace ringback::internal {

// Protocol: code that may have to call the program while it holds a lock has one of these outside the lock. The
// outermost of a thread makes the calls when it goes, those included that come up meanwhile.
class CallsUnlocked {
 public:
  CallsUnlocked() noexcept { ++depth; }
  ~CallsUnlocked() {
    if (depth == 1 && waiting != nullptr) [[unlikely]]
      make_calls();
    --depth;
  }
  CallsUnlocked(const CallsUnlocked&) = delete;
  CallsUnlocked& operator=(const CallsUnlocked&) = delete;

  // Only while there is one. `call` belongs to this thread until it has run.
  static void add(Job& call) noexcept {
    call.next_job = waiting;
    waiting = &call;
  }

 private:
  static void make_calls() noexcept {
    while (waiting != nullptr) std::exchange(waiting, waiting->next_job)->run();
  }

  static inline constinit thread_local unsigned depth = 0;
  static inline constinit thread_local Job* waiting = nullptr;
};

}  // namespace ringback::internal

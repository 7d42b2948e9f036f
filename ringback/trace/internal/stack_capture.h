// The stack of another thread of this process, taken by that thread itself when a signal asks it to.
#pragma once

#include <cstdint>
#include <vector>

#include "ringback/base/time.h"

namespace ringback::trace::internal {

// Has `signal` take stacks from here on, to the end of the process: one that arrives late, at a thread
// that had blocked it, must not end the process. Errors: invalid where somebody handles the signal.
void prepare_capture(int signal);

// The addresses thread `thread_id` would return to, innermost first, its own place in front. Empty where it
// does not answer in time, or has ended. Threads: any but that one; one after the other.
// The thread's number may belong to another thread by the time it answers: ask again whether it is the same.
std::vector<std::uintptr_t> capture_stack(int signal, int thread_id, Duration patience);

}  // namespace ringback::trace::internal

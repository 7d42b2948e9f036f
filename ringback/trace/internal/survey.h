// Asks every executor of the process for its tasks, each where that is safe.
//
// Protocol. A Pool is looked at by whoever asks, under the locks of its owned work and of its contexts. What a
// Loop has belongs to its thread: a Question is posted to it, and answers itself when its turn comes. Question
// and asker share it; the asker waits for `patience` at most, and then leaves it: it is freed by whoever is last.
// `answer_` is written by the Loop's thread before is_answered_ is set under the lock, and read after.
#pragma once

#include <vector>

#include "ringback/trace/tasks.h"

namespace ringback::trace::internal {

enum class What : std::uint8_t { numbers, tasks };

std::vector<ExecutorTasks> survey(What what, Duration patience);

}  // namespace ringback::trace::internal

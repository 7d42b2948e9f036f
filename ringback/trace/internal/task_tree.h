// The tasks below one piece of work, read from the contexts that link them.
#pragma once

#include <source_location>
#include <unordered_map>
#include <vector>

#include "ringback/exec/executor.h"
#include "ringback/trace/tasks.h"

namespace ringback {

namespace runtime {
class Waiter;
}

}  // namespace ringback

namespace ringback::trace::internal {

// Who is ready, by its context: looked up only, never gone through.
using Ready = std::unordered_map<const runtime::Context*, const runtime::Waiter*>;

// Threads: as OwnedWork::tree(). Errors: std::bad_alloc, with all locks released.
void add_tasks_of(runtime::OwnedWork& work, const Ready& ready, std::vector<TaskInfo>& into);

// As many as add_tasks_of() adds.
std::size_t count_tasks_of(runtime::OwnedWork& work);

}  // namespace ringback::trace::internal

// When the tasks of a context last ran, noted by the hooks while somebody wants to know.
#pragma once

#include <optional>

#include "ringback/base/time.h"

namespace ringback {

namespace runtime {
class Context;
}

}  // namespace ringback

namespace ringback::trace::internal {

// On the thread that ran it. A context's address may come again for another one, which has run since then.
void note_run(const runtime::Context* context) noexcept;

// Since the task of that context last ran: the context itself, or those between it and the task's own, which
// limits and shields lie in. Nothing where nobody noted it. Under the locks of the way there.
std::optional<Duration> since_last_run(const runtime::Context& context);

// How many want to know. Threads: any.
void want_last_run(int more) noexcept;
bool is_last_run_wanted() noexcept;

}  // namespace ringback::trace::internal

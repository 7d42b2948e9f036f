// Limits on what other processes do, where the clock may not be theirs.
#pragma once

#include "ringback/base/time.h"
#include "ringback/exec/loop.h"

namespace ringback::internal {

// A clock that jumps would have passed every limit before a real process has moved. In a task only.
inline Duration on_real_time(Duration limit) noexcept {
  return this_thread.executor->io().driver().has_own_time() ? Duration::max() : limit;
}

}  // namespace ringback::internal

// Work of its own that nobody awaits and that still is waited for: a listener's calls, a cache's fetch.
//
// An executor does not end before the roots it owns. An Inline's loop is driven only by who waits, so
// wait() has to be told not to return before such work is over.
#pragma once

#include "ringback/async/root.h"

namespace ringback::internal {

template <Operation Op>
class LastingRoot : public RootOf<Op> {
 public:
  LastingRoot(Executor& home, Op&& op, std::source_location place) noexcept : RootOf<Op>(home, std::move(op), place) {}

  bool is_leaving() const noexcept override { return this->home().is_inline() || RootOf<Op>::is_leaving(); }
};

}  // namespace ringback::internal

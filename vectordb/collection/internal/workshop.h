// Where a Database's collections compute, and the line of those who want to.
//
// What waits for a worker waits here and not in the Pool's queue: so a search whose deadline passes before
// its turn has come ends at once, though every worker is busy.
#pragma once

#include "ringback/exec/pool.h"
#include "ringback/sync/semaphore.h"

namespace vectordb::internal {

struct Workshop {
  explicit Workshop(ringback::Pool& on) : pool(on), turns(on.threads()) {}

  ringback::Pool& pool;
  ringback::Semaphore turns;
};

}  // namespace vectordb::internal

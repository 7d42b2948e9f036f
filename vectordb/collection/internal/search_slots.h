// The Pool on which a Database's collections compute, and the slots that limit how many calls do so at once.
//
// There is one slot for each worker. A call waits for a slot here, not in the Pool's queue, so that a search
// whose deadline passes ends at once, even while every worker is busy.
#pragma once

#include "ringback/exec/pool.h"
#include "ringback/sync/semaphore.h"

namespace vectordb::internal {

struct SearchSlots {
  explicit SearchSlots(ringback::Pool& on) : pool(on), slots(on.threads()) {}

  ringback::Pool& pool;
  ringback::Semaphore slots;
};

}  // namespace vectordb::internal

// The order of what is ready at once, where it is drawn.
#pragma once

#include "ringback/driver/driver.h"
#include "ringback/exec/job.h"

namespace ringback::internal {

// A chain of next_job, in an order by the driver's random(): every one as likely as any other.
Job* shuffled(Job* first, Driver& driver);

}  // namespace ringback::internal

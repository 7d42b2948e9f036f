// The namespace for those who extend the runtime: who write an operation, an executor or a driver.
//
// Programs say `using namespace ringback;` and have names of their own: a Job, a Timer, a Context. What only
// an extension needs is therefore in ringback::runtime, and a program that needs it says so.
#pragma once

namespace ringback {

namespace runtime {}

// The library's own parts use those names as if they stood beside them.
namespace internal {
using namespace runtime;
}

}  // namespace ringback

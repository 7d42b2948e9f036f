// The `ringback-demo` command: shows what waiting costs, and what Ringback does about it.
#pragma once

#include "cli/program.h"

namespace ringback::demo {

cli::Program demo_program();

}  // namespace ringback::demo

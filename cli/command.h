// The `ringback` command: a vector database as a server, and what speaks to one.
#pragma once

#include "cli/program.h"

namespace ringback::cli {

Program ringback_program();

}  // namespace ringback::cli

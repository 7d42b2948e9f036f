// `ringback serve`: the vector database as a server, for any client that speaks Qdrant's REST.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "cli/arguments.h"

namespace ringback::cli {

// What the command takes; to be read, not parsed.
Arguments serve_arguments();

// Serves until SIGINT or SIGTERM, then lets running requests end. Errors: UsageError, Error.
int serve_command(const std::vector<std::string>& words, std::ostream& out);

}  // namespace ringback::cli

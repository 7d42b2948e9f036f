// The `ringback` command: which of its words was typed, and what came of it.
#pragma once

#include <string>
#include <vector>

namespace ringback::cli {

// Runs the command with the arguments after its own name; gives the process's exit code: 0 done,
// 1 failed, 2 not understood. Prints to standard output, and errors to standard error.
int run_command(const std::vector<std::string>& words);

}  // namespace ringback::cli

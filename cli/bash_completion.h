// A completion script for bash, made from what a program's commands take: commands, options, paths, and
// values that are a fixed set.
#pragma once

#include <string>

#include "cli/program.h"

namespace ringback::cli {

// To be sourced; bash-completion does that for a file of the program's name in its folder `completions`.
std::string bash_completion(const Program& program);

}  // namespace ringback::cli

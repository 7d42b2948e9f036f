// `ringback-demo tour`: the practice program on synchronous and asynchronous, section by section.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "demo/tour_stage.h"

namespace ringback::demo {

// Plays all eight sections. Threads: a plain one. Takes six seconds of the drivers' time.
void play_tour(std::ostream& out, Language language, const Stage::NewDriver& new_driver);

// What the command takes; to be read, not parsed.
cli::Arguments tour_arguments();

// The command; gives the process's exit code. Errors: UsageError.
int tour_command(const std::vector<std::string>& words, std::ostream& out);

}  // namespace ringback::demo

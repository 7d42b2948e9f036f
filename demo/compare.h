// `ringback-demo compare`: the same job inline, on a Loop and on a Pool, measured and drawn.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "demo/comparison.h"
#include "demo/plan.h"

namespace ringback::demo {

struct CompareOptions {
  std::size_t calls = 100;
  Duration latency = std::chrono::milliseconds(50);  // what the stand-in for a remote database adds to each call
  std::vector<Model> models{Model::in_line, Model::loop, Model::pool};
  bool json = false;
  std::filesystem::path out = "out";
  std::optional<std::filesystem::path> records;  // else those of this machine
};

// Measures everything. `progress` gets a line for each part as it begins.
// Threads: one, which blocks; the processes it starts have ended when it returns or throws.
// Errors: Error; Stopped where the user interrupts (a StopSignal must live).
Comparison compare(const CompareOptions& options, std::ostream& progress);

// What the command takes; to be read, not parsed.
cli::Arguments compare_arguments();

// Errors: UsageError.
CompareOptions parse_compare(const std::vector<std::string>& words, bool& asks_for_help, std::string& help);

// The command; gives the process's exit code: 1 where answers differed.
// Errors: UsageError, Error.
int compare_command(const std::vector<std::string>& words, std::ostream& out, std::ostream& progress);

}  // namespace ringback::demo

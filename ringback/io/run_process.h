// A program from its start to its end, with all it says: `co_await run_process({"git", "log"})`.
//
//   ProcessOutput sorted = co_await timeout(2s, run_process({"sort", "-n"}, {.input = "3\n1\n2\n"}));
//   if (!sorted.end.ok()) throw ...;                // the exit status is a value, not an error
#pragma once

#include "ringback/io/process.h"

namespace ringback {

struct RunProcessOptions {
  // What it can read; then the end.
  std::string input = {};
  // See ProcessOptions.
  std::optional<std::vector<std::string>> environment = std::nullopt;
  std::string folder = {};
  // Of its standard output, and again of its standard error. More is an error, and ends it.
  std::size_t output_bytes_max = std::size_t{64} << 20;
  // How long a program that is stopped has between SIGTERM and SIGKILL.
  Duration grace = std::chrono::seconds(5);
};

struct ProcessOutput {
  ProcessEnd end;
  std::string output;  // what it wrote to its standard output,
  std::string error;   // and to its standard error
};

// Writes and reads side by side, so nothing waits for a full pipe. Ends when the program has ended and
// all who hold its output, as programs it left running do, have closed it. Input that it does not want
// to read is dropped.
//
// Errors: those of Process; overloaded past output_bytes_max.
// Cancellation, a deadline, an error: the program is stopped, politely as Process::stop() does it, and
// its end awaited. What it started itself goes on.
Task<ProcessOutput> run_process(std::vector<std::string> command, RunProcessOptions options = {});

}  // namespace ringback

// A process of ours: this very program with other arguments, joined to us by two pipes.
//
// Threads: one, the one that made it, which outlives it: the kernel ends the child when that thread
// ends, however it ends. Lifetime: the destructor ends the child and waits for it.
// Suspension: blocks. A signal that stops us (StopSignal) interrupts every wait.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ringback/io/descriptor.h"

namespace ringback::demo {

// Thrown where a wait was interrupted because the user wants us to stop.
struct Stopped {};

// While it lives, SIGINT and SIGTERM interrupt what blocks instead of ending the process.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  // Errors: Stopped, where one came.
  static void check();
  // Ends this process as the signal would have.
  [[noreturn]] static void end_by_it();
};

class ChildProcess {
 public:
  // Errors: Error with what the system said.
  explicit ChildProcess(const std::vector<std::string>& arguments);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // All of `text`, then the end of its standard input. Errors: Error, Stopped.
  void write_all(std::string_view text);
  // What it writes up to the next newline, without it. Errors: Error end_of_stream, Stopped.
  std::string read_line();
  // What it writes until it ends. Errors: Error where it did not end with 0; Stopped.
  std::string read_to_end();

  pid_t pid() const noexcept { return pid_; }
  // CPU time so far. Zero where it has ended.
  std::int64_t cpu_ns() const;

 private:
  bool read_more();

  pid_t pid_ = -1;  // -1: waited for
  Descriptor input_;
  Descriptor output_;
  std::string buffer_;
};

}  // namespace ringback::demo

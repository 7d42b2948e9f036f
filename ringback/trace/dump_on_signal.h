// A dump of all tasks whenever the process gets a signal: kill -USR1 tells what it waits for.
//
//   int main() {
//     const ringback::trace::DumpOnSignal dumps({.signal = SIGUSR1});
//     return ringback::run(serve());
//   }
#pragma once

#include <csignal>
#include <functional>
#include <memory>
#include <string>

#include "ringback/base/time.h"

namespace ringback::trace {

struct DumpOptions {
  int signal = SIGUSR1;
  // Called with dump() on a thread of its own. Empty: it is written to stderr. What it throws goes to the
  // unhandled hook.
  std::function<void(const std::string& dump)> on_dump = {};
  // See tasks().
  Duration patience = std::chrono::milliseconds(100);
  // Also dumps, once, when everyone has been asleep for so long; never by default, since a program may well
  // wait for another thread of its own.
  Duration asleep_limit = Duration::max();
};

// The handler writes to a descriptor and no more; a thread of its own makes the dump, also while a Loop is
// held: that one is then named as not answering. Signals that come while a dump is made are one.
//
// Threads: any; one for each signal, of all the process at one time. Lifetime: the destructor waits for a call of
// on_dump that is under way, and gives the signal back what it did before. After fork() the child must exec.
//
// Errors: invalid for a signal that has a handler or cannot have one; exhausted if there is no thread or descriptor.
class DumpOnSignal {
 public:
  explicit DumpOnSignal(DumpOptions options = {});
  ~DumpOnSignal();
  DumpOnSignal(const DumpOnSignal&) = delete;
  DumpOnSignal& operator=(const DumpOnSignal&) = delete;

 private:
  class Watch;
  const std::unique_ptr<Watch> watch_;
};

}  // namespace ringback::trace

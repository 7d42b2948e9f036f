// Who holds a loop: a watching thread that names the task that does not let the others run.
//
//   int main() {
//     ringback::trace::StallDetector watch;     // from here on a task that holds its loop is named on stderr
//     return ringback::run(serve());
//   }
//
// On a Loop, and inline, tasks run one after the other: one that computes for 200 ms, or calls something
// that blocks, holds up all of them. The detector says which task it is and in which function it stands,
// while it does, and once more how long it took when it is over. The remedy is offload(): on.h.
#pragma once

#include <functional>
#include <memory>
#include <source_location>
#include <string>
#include <vector>

#include "ringback/base/time.h"

namespace ringback::trace {

// One function of a stack.
struct StackFrame {
  std::string function;       // as in the source; empty where the file was stripped
  std::string module;         // the program or library it is in
  std::uintptr_t offset = 0;  // in that file: addr2line -e <module> <offset> gives the line
};

// What held its thread past the threshold.
struct Stall {
  std::source_location place;  // where the work was created; line 0 where that is not known
  Duration length{};           // so far; once it is over, of the whole
  bool is_over = false;
  std::string_view executor;  // "Loop", "Pool" or "inline"
  std::string thread;         // its name
  int thread_id = 0;
  // Innermost first, to where the runtime called. Empty once it is over, and where the thread did not
  // answer: it has blocked the signal, or was between two stalls.
  std::vector<StackFrame> stack;

  // For people; several lines, each ended.
  std::string text() const;
};

struct StallOptions {
  // How long a task may hold a Loop, or a thread in wait(), before it is named. From 1 ms on.
  Duration threshold = std::chrono::milliseconds(100);
  // The same on a Pool's worker, where others are held up only once every worker is; never, by default:
  // a Pool is for what takes long.
  Duration pool_threshold = Duration::max();
  // Called on the watching thread, when a stall is noticed and when it is over. Empty: text() is written to
  // stderr. What it throws goes to the unhandled hook.
  std::function<void(const Stall&)> on_stall = {};
  // Takes the stack of the thread that stalls: a real-time signal that no other code uses; 0 stands for
  // SIGRTMIN + 9, and less than that for none, and so no stacks.
  int signal = 0;
};

// Threads: any; several at once are fine, also with different signals. Call none of it in on_stall.
//
// Lifetime: watches every Loop and Pool of the process for as long as it lives; the destructor waits for a
// call of on_stall that is under way. After fork() the child has no watching thread, and must exec.
//
// Errors: invalid for a threshold under 1 ms, or a signal that somebody handles; exhausted for no thread.
//
// Cost: while one lives, some 30 ns for each job of every executor; the watching thread looks four times
// in each threshold. While none lives, what hooks.h costs.
//
// The thread that stalls gets a signal, once for each stall: a system call it waits in may end with EINTR,
// but for those that SA_RESTART restarts. It is never sent to a thread that does not stall. ThreadSanitizer keeps
// signals back until the thread calls something it knows: under it, a stack may come late, or not at all.
class StallDetector {
 public:
  explicit StallDetector(StallOptions options = {});
  ~StallDetector();
  StallDetector(const StallDetector&) = delete;
  StallDetector& operator=(const StallDetector&) = delete;

 private:
  class Watch;
  const std::unique_ptr<Watch> watch_;
};

}  // namespace ringback::trace

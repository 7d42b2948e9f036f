// Between clone and exec: what the child does, in the parent's memory, with system calls only.
//
// The file behind it is compiled without sanitizers: it runs as a second process on the first one's
// memory, where what they note for the child would stay with the parent.
#pragma once

#include <sys/types.h>

namespace ringback::internal {

struct ChildPlan {
  const char* const* programs;  // paths to try in turn; null ends them
  char* const* arguments;       // null ends them, as
  char* const* environment;     // these
  const char* folder;           // null: it stays
  int standard[3];              // what becomes 0, 1, 2; -1: what is there stays
  bool ignores_hangup;

  // Written by the child.
  enum class Step : unsigned char { streams, folder, exec };
  Step step = Step::streams;
  int error = 0;  // an errno: `step` failed, and the child has exited

  // Written by start_child(): the child and its pidfd.
  pid_t pid = -1;
  int descriptor = -1;
};

// Returns when the child has loaded its program, or has failed: see `plan.error`. Otherwise an errno:
// there is no child. All signals are blocked in the calling thread.
int start_child(ChildPlan& plan, void* stack, unsigned long stack_bytes) noexcept;

}  // namespace ringback::internal

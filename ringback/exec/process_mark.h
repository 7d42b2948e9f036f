// Tells a child of fork() from the process whose loops and pools it has copies of.
//
// A child has one thread: no workers, no I/O loops, and a ring that the kernel does not let it enter. What it did with
// them would fail with a number, or wait for ever. Each executor has a mark, and compares it where work comes in.
// Threads: any. Cost: two loads and a comparison; fork() itself counts.
#pragma once

namespace ringback::internal {

// How often this process was forked off, from its parents too. Written by fork() in the child, whose only thread
// it is then.
extern unsigned times_forked;

// Says that after fork a child may only exec, and aborts.
[[noreturn]] void used_after_fork() noexcept;

class ProcessMark {
 public:
  ProcessMark() noexcept : times_forked_(times_forked) {}
  // Aborts in a child of the process that made this mark.
  void check() const noexcept {
    if (times_forked_ != times_forked) [[unlikely]]
      used_after_fork();
  }

 private:
  const unsigned times_forked_;
};

}  // namespace ringback::internal

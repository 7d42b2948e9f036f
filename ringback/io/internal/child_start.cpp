#include "ringback/io/internal/child_start.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

// glibc's clone() under the name that no sanitizer stands in front of.
extern "C" int __clone(int (*function)(void*), void* stack, int flags, void* argument, ...);

namespace ringback::internal {
namespace {

constexpr int kSignals = 64;
constexpr unsigned long kSignalSetBytes = 8;

// The kernel's own struct of zeros: the default action, no flags, an empty mask.
struct DefaultAction {
  unsigned long words[8];
};

void reset_signals(bool ignores_hangup) noexcept {
  const DefaultAction action = {};
  for (int signal = 1; signal <= kSignals; ++signal) {
    if (signal == SIGHUP && ignores_hangup) continue;
    ::syscall(SYS_rt_sigaction, signal, &action, nullptr, kSignalSetBytes);
  }
  const unsigned long none = 0;
  ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, nullptr, kSignalSetBytes);
}

// The sources move out of the way of 0, 1 and 2 first, and so are never one with their targets.
bool place_streams(const int* standard) noexcept {
  int from[3];
  for (int target = 0; target < 3; ++target) {
    from[target] = standard[target];
    if (from[target] < 0 || from[target] > 2) continue;
    from[target] = static_cast<int>(::syscall(SYS_fcntl, from[target], F_DUPFD, 3));
    if (from[target] < 0) return false;
  }
  for (int target = 0; target < 3; ++target) {
    if (from[target] >= 0 && ::syscall(SYS_dup3, from[target], target, 0) < 0) return false;
  }
  return ::syscall(SYS_close_range, 3u, ~0u, 0u) == 0;
}

int run_program(const ChildPlan& plan) noexcept {
  int kept = ENOENT;
  for (const char* const* program = plan.programs; *program != nullptr; ++program) {
    ::syscall(SYS_execve, *program, plan.arguments, plan.environment);
    if (errno == EACCES) {
      kept = EACCES;
    } else if (errno != ENOENT && errno != ENOTDIR) {
      return errno;
    }
  }
  return kept;
}

int child(void* argument) noexcept {
  auto& plan = *static_cast<ChildPlan*>(argument);
  if (!place_streams(plan.standard)) {
    plan.error = errno;
  } else if (plan.folder != nullptr && ::syscall(SYS_chdir, plan.folder) != 0) {
    plan.step = ChildPlan::Step::folder;
    plan.error = errno;
  } else {
    plan.step = ChildPlan::Step::exec;
    reset_signals(plan.ignores_hangup);
    plan.error = run_program(plan);
  }
  ::syscall(SYS_exit_group, 127);
  return 127;
}

}  // namespace

// The thread sleeps in clone() while the child is on its memory (CLONE_VFORK); the pidfd is made in the
// same call, so nobody can reap the child, and its number be another's, before it is known.
int start_child(ChildPlan& plan, void* stack, unsigned long stack_bytes) noexcept {
  const int flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD;
  char* const top = static_cast<char*>(stack) + (stack_bytes & ~15UL);
  const int pid = ::__clone(child, top, flags, &plan, &plan.descriptor);
  if (pid < 0) return errno;
  plan.pid = pid;
  return 0;
}

}  // namespace ringback::internal

#include "ringback/exec/process_mark.h"

#include <pthread.h>

#include "ringback/base/check.h"

namespace ringback::internal {

constinit unsigned times_forked = 0;

namespace {

// Not called by vfork() and posix_spawn(), whose children exec.
void count_fork() noexcept { ++times_forked; }

[[maybe_unused]] const int counts = ::pthread_atfork(nullptr, nullptr, count_fork);

}  // namespace

void used_after_fork() noexcept {
  check_failed("this process made the Loop or Pool",
               "after fork a child may only exec (or _exit): a Loop, a Pool or wait() of its parent was used, whose "
               "threads and kernel requests the child does not have. Start other programs with Process; a program that "
               "goes on in the child forks before it makes its first Loop or Pool, or waits for the first time");
}

}  // namespace ringback::internal

#include "ringback/exec/internal/parker.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ringback::internal {

void Parker::sleep() noexcept { syscall(SYS_futex, &word_, FUTEX_WAIT_PRIVATE, kEmpty, nullptr, nullptr, 0); }
void Parker::rouse() noexcept { syscall(SYS_futex, &word_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0); }

}  // namespace ringback::internal

#include "ringback/driver/internal/wake_signal.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

#include "ringback/base/error.h"

namespace ringback::internal {

WakeSignal::WakeSignal() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (descriptor_ < 0) throw Error::from_os(errno, "make driver");
}

WakeSignal::~WakeSignal() { ::close(descriptor_); }

void WakeSignal::raise() noexcept {
  if (state_.exchange(State::woken, std::memory_order_seq_cst) == State::asleep) write_descriptors();
}

void WakeSignal::rest() noexcept {
  // What came while the owner was busy has been told to nobody yet who sleeps on the descriptor.
  if (embedded_ && !begin_wait()) write_descriptors();
}

void WakeSignal::write_descriptors() noexcept {
  const int errno_before = errno;  // A signal handler may wake a driver.
  const std::uint64_t one = 1;
  const int eventfd = eventfd_.load(std::memory_order_relaxed);
  while (eventfd >= 0 && ::write(eventfd, &one, sizeof one) < 0 && errno == EINTR) {
  }
  while (::write(descriptor_, &one, sizeof one) < 0 && errno == EINTR) {
  }
  errno = errno_before;
}

}  // namespace ringback::internal

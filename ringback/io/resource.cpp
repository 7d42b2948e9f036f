#include "ringback/io/resource.h"

#include <sys/socket.h>

#include "ringback/base/check.h"

namespace ringback {

Resource::~Resource() {
  RINGBACK_CHECK(!is_used(), "a file, pipe or socket was destroyed with an operation in flight: await or cancel it");
}

bool Resource::enter(Use use) noexcept {
  const auto direction = static_cast<std::uint32_t>(use);
  std::uint32_t state = state_.load(std::memory_order_relaxed);
  do {
    if ((state & kClosed) != 0) return false;
    RINGBACK_CHECK((state & direction) == 0,
                   "two operations at once in one direction of a stream, or two accepts: their data would mingle");
  } while (!state_.compare_exchange_weak(state, (state + kOne) | direction, std::memory_order_acq_rel,
                                         std::memory_order_relaxed));
  return true;
}

void Resource::leave(Use use) noexcept {
  const std::uint32_t gone = kOne + static_cast<std::uint32_t>(use);
  const std::uint32_t left = state_.fetch_sub(gone, std::memory_order_acq_rel) - gone;
  if (left == kClosed) descriptor_.close();
}

// Enters at the same time, so that the descriptor stays open until the caller leaves.
Resource::Closing Resource::begin_close() noexcept {
  std::uint32_t state = state_.load(std::memory_order_relaxed);
  do {
    if ((state & kClosed) != 0) return Closing::was_closed;
  } while (!state_.compare_exchange_weak(state, (state + kOne) | kClosed, std::memory_order_acq_rel,
                                         std::memory_order_relaxed));
  return state >= kOne ? Closing::used : Closing::unused;
}

bool Resource::close() noexcept {
  if (begin_close() == Closing::was_closed) return false;
  leave(Use::shared);
  return true;
}

void Resource::close_socket() noexcept {
  const Closing closing = begin_close();
  if (closing == Closing::was_closed) return;
  if (closing == Closing::used) ::shutdown(fd(), SHUT_RDWR);
  leave(Use::shared);
}

Descriptor Resource::release() noexcept {
  RINGBACK_CHECK(!is_used(), "a file was closed with an operation in flight: await it first");
  if (begin_close() == Closing::was_closed) return {};
  Descriptor taken = std::move(descriptor_);
  leave(Use::shared);
  return taken;
}

}  // namespace ringback

#include "ringback/io/resource.h"

#include <sys/socket.h>

#include "ringback/base/check.h"
#include "ringback/base/function_name.h"

namespace ringback::runtime {
namespace {

std::string told(std::source_location place) {
  if (place.line() == 0) return "a task of which no more is known";
  return std::string(runtime::FunctionName(place).view()) + " (" + place.file_name() + ":" +
         std::to_string(place.line()) + ")";
}

}  // namespace

// "write 127.0.0.1:80: a write is under way already ..."
Error taken_error(Resource::Use use, std::string_view operation, std::string_view peer, std::string_view where,
                  std::source_location first, std::source_location second) {
  const bool writes = use == Resource::Use::writing;
  const std::string verb(writes ? "write" : operation.substr(operation.rfind(' ') + 1));
  std::string text = (verb == "accept" ? "an " : "a ") + verb + " is under way already";
  if (!where.empty()) text.append(" on ").append(where);
  text.append(", by ").append(told(first)).append("; this one, by ").append(told(second)).append(", is refused. ");
  text.append(writes
                  ? "Let one task write and give it a Queue, or hold a Mutex around each write"
                  : "Let one task " + verb + " and put what comes into a Queue, or hold a Mutex around each " + verb);
  return Error(ErrorKind::invalid, operation, text, 0, peer);
}

Resource::~Resource() {
  RINGBACK_CHECK(!is_used(), "a file, pipe or socket was destroyed with an operation in flight: await or cancel it");
}

Resource::Entry Resource::enter(Use use, std::source_location place) noexcept {
  const auto direction = static_cast<std::uint32_t>(use);
  std::uint32_t state = state_.load(std::memory_order_relaxed);
  do {
    if ((state & kClosed) != 0) return Entry::closed;
    if ((state & direction) != 0) return Entry::taken;
  } while (!state_.compare_exchange_weak(state, (state + kOne) | direction, std::memory_order_acq_rel,
                                         std::memory_order_relaxed));
  if (use == Use::reading) reader_place_.store(place, std::memory_order_relaxed);
  if (use == Use::writing) writer_place_.store(place, std::memory_order_relaxed);
  return Entry::entered;
}

Error Resource::taken_error(Use use, std::string_view operation, std::source_location second) const {
  const std::atomic<std::source_location>& first = use == Use::reading ? reader_place_ : writer_place_;
  return runtime::taken_error(use, operation, name_, "descriptor " + std::to_string(fd()),
                              first.load(std::memory_order_relaxed), second);
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

}  // namespace ringback::runtime

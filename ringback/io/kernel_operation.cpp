#include "ringback/io/kernel_operation.h"

#include <cerrno>
#include <utility>

#include "ringback/exec/loop.h"

namespace ringback::runtime {
namespace {

// Worth one attempt before the way to another thread: what costs one short system call and, tried in
// vain, has changed nothing. Not a file, which may block, nor connect, which would begin; nor a datagram
// that a simulated network is to carry.
bool may_attempt(RequestWords::Code code, const Driver& driver) noexcept {
  using Code = RequestWords::Code;
  if (code == Code::send_message) return !driver.has_own_time();
  return code == Code::receive || code == Code::send || code == Code::accept || code == Code::poll;
}

}  // namespace

bool KernelOperation::enter(Waiter& waiter, std::uint8_t inside) noexcept {
  bool* const kept_for_this = kept();
  is_entered_ = kept_for_this != nullptr && std::exchange(*kept_for_this, false);
  if (!attach(waiter)) {
    value_ = -ECANCELED;
    return !leave();
  }
  if (is_entered_) {
    if (!is_closed()) return true;
    value_ = -EBADF;
    return !leave();
  }
  inside_ = inside;
  if (resource_ == nullptr) return true;
  const Resource::Entry entry = resource_->enter(use_, use_ == Use::shared ? std::source_location() : caller());
  is_entered_ = entry == Resource::Entry::entered;
  is_second_ = entry == Resource::Entry::taken;
  if (!is_entered_) value_ = -EBADF;
  return is_entered_;
}

std::source_location KernelOperation::caller() const noexcept {
  const Waiter* task = &waiter();
  for (unsigned up = 0; up != inside_ && task->awaited_by() != nullptr; ++up) task = task->awaited_by();
  return task->place();
}

bool KernelOperation::leave() noexcept {
  if (!std::exchange(is_entered_, false)) return true;
  bool* const kept_for_next = kept();
  if (kept_for_next != nullptr && value_ > 0 && !took_all()) {
    *kept_for_next = true;
  } else {
    resource_->leave(use_);
  }
  return true;
}

bool KernelOperation::submit_request() noexcept {
  const Context& context = waiter().context();
  io_ = &executor().io();
  is_remote_ = !io_->is_current();
  Result now;
  value_ = -ECANCELED;
  if (context.is_cancelled()) return true;
  if (context.is_expired() || (is_remote_ && may_attempt(words.code, io_->driver()))) {
    if (attempt(words, now)) {
      value_ = now.value;
      return true;
    }
    if (context.is_expired()) return true;
  }
  const Parked parked = suspend([this]() noexcept {
    if (!is_remote_) return submit_here();
    post_start();
    return true;
  });
  return parked != Parked::suspended;
}

bool KernelOperation::submit_here() noexcept {
  Result now;
  state_.store(kStarted, std::memory_order_relaxed);
  if (!io_->driver().submit(*this, now)) return true;
  state_.store(kStarted | kDone, std::memory_order_relaxed);
  value_ = now.value;
  return false;
}

void KernelOperation::post_start() noexcept {
  state_.store(0, std::memory_order_relaxed);
  has_result_ = cancel_has_run_ = false;
  role_ = Role::start;
  io_->post(*this);
}

void KernelOperation::start_remote() noexcept {
  if ((state_.fetch_or(kStarted, std::memory_order_acq_rel) & kCancel) != 0) {
    role_ = Role::deliver;
    executor().post(*this);
    return;
  }
  Result now;
  if (!io_->driver().submit(*this, now)) return;
  value_ = now.value;
  complete_remote();
}

// From here on `this` is the next owner's.
void KernelOperation::complete_remote() noexcept {
  std::uint8_t alone = kStarted;
  if (cancel_has_run_ || state_.compare_exchange_strong(alone, kStarted | kDone, std::memory_order_acq_rel)) {
    role_ = Role::deliver;
    executor().post(*this);
  } else {
    has_result_ = true;
  }
}

void KernelOperation::cancel_remote() noexcept {
  if (has_result_) {
    role_ = Role::deliver;
    executor().post(*this);
  } else {
    cancel_has_run_ = true;
    io_->driver().cancel(*this);
  }
}

// The driver's thread. Posted even here: the waiter is told in a job, not inside poll().
void KernelOperation::on_result(Result result) noexcept {
  value_ = result.value;
  if (is_remote_) {
    complete_remote();
  } else {
    state_.store(state_.load(std::memory_order_relaxed) | kDone, std::memory_order_relaxed);
    role_ = Role::deliver;
    executor().post(*this);
  }
}

// At home, under the context's lock: the delivery cannot overtake it.
void KernelOperation::request_cancel(Reason) noexcept {
  std::uint8_t state = state_.load(std::memory_order_acquire);
  do {
    if ((state & (kCancel | kDone)) != 0) return;
  } while (!state_.compare_exchange_weak(state, state | kCancel, std::memory_order_acq_rel));
  if (!is_remote_) {
    io_->driver().cancel(*this);
  } else if ((state & kStarted) != 0) {
    role_ = Role::cancel;
    io_->post(*this);
  }
}

void KernelOperation::deliver_ended() noexcept {
  role_ = Role::deliver;
  executor().post(*this);
}

void KernelOperation::run() noexcept {
  if (role_ == Role::start) return start_remote();
  if (role_ == Role::cancel) return cancel_remote();
  // A thread of the kernel was interrupted, by a cancellation of ours or by a signal.
  if (value_ == -EINTR && !submit_request()) return;
  if (!request_ended()) return;
  leave();
  finish();
}

Failure KernelOperation::failure() const {
  return failure(resource_ != nullptr ? std::string_view(resource_->name()) : std::string_view());
}

Failure KernelOperation::failure(std::string_view peer) const {
  if (value_ == -ECANCELED && waiter().context().is_cancelled_or_expired()) return cancelled_failure();
  if (is_second_) return resource_->taken_error(use_, name_, caller());
  if (is_closed()) return Error(ErrorKind::closed, name_, "it has been closed on this side", 0, peer);
  return Error::from_os(-value_, name_, peer);
}

}  // namespace ringback::runtime

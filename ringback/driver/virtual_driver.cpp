#include "ringback/driver/virtual_driver.h"

#include <cerrno>

#include "ringback/base/error.h"
#include "ringback/driver/internal/random.h"
#include "ringback/driver/internal/system_call.h"

namespace ringback {

using namespace runtime;

VirtualDriver::VirtualDriver(std::uint64_t seed, DriverKind inner, const DriverOptions& inner_options)
    : random_state_(seed), inner_kind_(inner), inner_options_(inner_options) {}

VirtualDriver::~VirtualDriver() = default;

std::uint64_t VirtualDriver::random() noexcept { return internal::next_random(random_state_); }

// Null where the kernel gives none; `inner_error_` says why.
Driver* VirtualDriver::inner() noexcept {
  if (inner_ == nullptr) {
    try {
      inner_ = make_driver(inner_kind_, inner_options_);
    } catch (const Error& error) {
      inner_error_ = error.os_code() != 0 ? -error.os_code() : -ENOSYS;
      return nullptr;
    } catch (const std::exception&) {
      inner_error_ = -ENOMEM;
      return nullptr;
    }
    waker_.store(inner_.get(), std::memory_order_seq_cst);
  }
  return inner_.get();
}

bool VirtualDriver::submit(KernelRequest& request, Result& now) noexcept {
  // Files are carried out on the spot: when a disk answers must not decide what happens first.
  switch (request.words.code) {
    case RequestWords::Code::read:
    case RequestWords::Code::write:
      if (!internal::is_file(request.words.fd)) break;
      [[fallthrough]];
    case RequestWords::Code::open:
    case RequestWords::Code::sync:
    case RequestWords::Code::close: return attempt(request.words, now);
    default: break;
  }
  Driver* const driver = inner();
  if (driver != nullptr) return driver->submit(request, now);
  now = Result{inner_error_, false, {}};
  return true;
}

void VirtualDriver::cancel(KernelRequest& request) noexcept { inner_->cancel(request); }

std::size_t VirtualDriver::poll(Deadline until) noexcept {
  const bool woken = woken_.exchange(false, std::memory_order_seq_cst);
  const std::size_t delivered = inner_ != nullptr ? inner_->poll(Deadline::at(TimePoint::min())) : 0;
  if (delivered != 0 || woken || until.passed(now_)) return delivered;
  if (!until.is_never()) {
    now_ = until.moment();
    return 0;
  }
  return wait_for_ever();
}

// With no deadline there is nothing to jump to: it is the kernel's or another thread's turn.
std::size_t VirtualDriver::wait_for_ever() noexcept {
  std::size_t delivered = 0;
  if (inner_ == nullptr) {
    woken_.wait(false, std::memory_order_seq_cst);
  } else if (!woken_.load(std::memory_order_seq_cst)) {
    delivered = inner_->poll(Deadline::never());
  }
  woken_.store(false, std::memory_order_seq_cst);
  return delivered;
}

// The inner driver may be made at the same time on the owner's thread. Sequentially consistent: either
// it is seen here, or the owner sees `woken_` before it waits in it.
void VirtualDriver::wake() noexcept {
  woken_.store(true, std::memory_order_seq_cst);
  woken_.notify_one();
  if (Driver* driver = waker_.load(std::memory_order_seq_cst)) driver->wake();
}

int VirtualDriver::wake_fd() noexcept {
  Driver* const driver = inner();
  return driver != nullptr ? driver->wake_fd() : inner_error_;
}

std::size_t VirtualDriver::in_flight() const noexcept { return inner_ != nullptr ? inner_->in_flight() : 0; }

}  // namespace ringback

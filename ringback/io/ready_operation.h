// The base of leaf operations that wait until a descriptor is ready and then do one short system call
// on the waiting task's own thread.
//
// So nothing has happened where it was cancelled, an idle one holds no buffer, and descriptors that
// other processes share need not be made non-blocking.
#pragma once

#include "ringback/io/kernel_operation.h"

namespace ringback::runtime {

class ReadyOperation : public KernelOperation {
 protected:
  // `events`: POLLIN or POLLOUT.
  ReadyOperation(std::string_view name, Resource* resource, Use use, std::uint32_t events) noexcept;

  // begin() of the derived operation; `inside`: see enter().
  bool begin_when_ready(Waiter& waiter, std::uint8_t inside = 0) noexcept {
    return !enter(waiter, inside) || (step() && leave());
  }

  // The system call. False: it would block after all. Otherwise it has called set_value().
  virtual bool try_now() noexcept = 0;

  bool request_ended() noexcept override;

 private:
  bool step() noexcept;
};

// True where `events`, or an error, are there now.
bool is_ready(int fd, std::uint32_t events) noexcept;

}  // namespace ringback::runtime

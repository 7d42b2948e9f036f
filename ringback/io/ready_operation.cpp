#include "ringback/io/ready_operation.h"

#include <poll.h>
#include <cerrno>

namespace ringback::runtime {

ReadyOperation::ReadyOperation(std::string_view name, Resource* resource, Use use, std::uint32_t events) noexcept
    : KernelOperation(name, resource, use) {
  words.code = RequestWords::Code::poll;
  words.flags = events;
}

bool ReadyOperation::request_ended() noexcept { return value() < 0 || step(); }

bool ReadyOperation::step() noexcept {
  while (!try_now()) {
    if (is_closed()) {
      set_value(-EBADF);
      return true;
    }
    if (!submit_request()) return false;
    if (value() < 0) return true;
  }
  return true;
}

bool is_ready(int fd, std::uint32_t events) noexcept {
  pollfd one = {fd, static_cast<short>(events), 0};
  return ::poll(&one, 1, 0) > 0;
}

}  // namespace ringback::runtime

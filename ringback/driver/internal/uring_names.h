// Names of io_uring that are younger than the headers of liburing 2.3 (Debian 12).
//
// Source: include/uapi/linux/io_uring.h and fs.h of Linux; io_uring_setup(2), io_uring_enter(2).
#pragma once

#include <liburing.h>

#include <cstdint>

namespace ringback::internal {

// Writes raise no SIGPIPE (Linux 6.18).
constexpr std::uint32_t kRwfNoSignal = 0x00000100;

}  // namespace ringback::internal

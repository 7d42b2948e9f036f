#include <bit>
#include <cstdlib>
#include <string>

#include "ringback/base/error.h"
#include "ringback/driver/driver.h"
#include "ringback/driver/internal/epoll_driver.h"
#include "ringback/driver/internal/uring_driver.h"

namespace ringback {

using namespace runtime;

namespace {

// A ring of buffers holds no more in the kernel.
constexpr std::uint32_t kChunkCountMax = 32768;

DriverKind kind_from_environment() {
  const char* named = std::getenv("RINGBACK_DRIVER");
  if (named == nullptr || *named == '\0') return DriverKind::any;
  const std::string_view name(named);
  if (name == "uring") return DriverKind::uring;
  if (name == "epoll") return DriverKind::epoll;
  throw Error(ErrorKind::invalid, "make driver",
              "RINGBACK_DRIVER is \"" + std::string(name) + "\"; it may be \"uring\", \"epoll\" or empty");
}

void check_options(const DriverOptions& options) {
  if (!std::has_single_bit(options.chunk_count) || options.chunk_count > kChunkCountMax || options.chunk_bytes == 0) {
    throw Error(ErrorKind::invalid, "make driver",
                "chunk_count must be a power of two up to 32768, and chunk_bytes at least 1");
  }
}

}  // namespace

std::unique_ptr<Driver> make_driver(DriverKind kind, const DriverOptions& options) {
  check_options(options);
  if (kind == DriverKind::any) kind = kind_from_environment();
  if (kind == DriverKind::epoll) return std::make_unique<internal::EpollDriver>(options);
  if (kind == DriverKind::uring) return std::make_unique<internal::UringDriver>(options);
  try {
    return std::make_unique<internal::UringDriver>(options);
  } catch (const Error& error) {
    // Where descriptors have run out epoll would find none either, and later be a surprise.
    if (error.kind() != ErrorKind::unsupported) throw;
  }
  return std::make_unique<internal::EpollDriver>(options);
}

}  // namespace ringback

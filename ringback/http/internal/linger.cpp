#include "ringback/http/internal/linger.h"

#include <chrono>

#include "ringback/async/outcome_of.h"
#include "ringback/async/timeout.h"

namespace ringback::internal {
namespace {

constexpr Duration kLimit = std::chrono::seconds(2);
constexpr std::size_t kBytesMax = 256 * 1024;

Task<> throw_away(ByteStream& stream) {
  co_await stream.shutdown_write();
  std::size_t bytes = 0;
  while (bytes < kBytesMax) {
    const Chunk chunk = co_await stream.read();
    if (chunk.empty()) co_return;
    bytes += chunk.size();
  }
}

}  // namespace

// That the peer broke off, or went on sending, changes nothing: the connection is closed either way.
Task<> linger(ByteStream& stream) {
  auto ended = co_await outcome(timeout(kLimit, throw_away(stream)));
  if (!ended.ok() && ended.failure().is_cancelled()) ended.value();
}

}  // namespace ringback::internal

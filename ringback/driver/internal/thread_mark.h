// Which thread a driver belongs to. Thread ids and addresses are used again after a thread has
// ended; these marks never are.
#pragma once

#include <atomic>
#include <cstdint>

namespace ringback::internal {

// Never 0, and different for every thread this process will ever have.
inline std::uint64_t this_thread_mark() noexcept {
  static constinit std::atomic<std::uint64_t> last{0};
  static constinit thread_local std::uint64_t mark = 0;
  if (mark == 0) mark = last.fetch_add(1, std::memory_order_relaxed) + 1;
  return mark;
}

}  // namespace ringback::internal

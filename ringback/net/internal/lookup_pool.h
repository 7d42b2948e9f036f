// The Pool of a Resolver's own, made at the first use. Threads: any.
#pragma once

#include <mutex>
#include <optional>

#include "ringback/exec/pool.h"

namespace ringback::internal {

class LookupPool {
 public:
  LookupPool(std::size_t threads, std::size_t waiting_max) noexcept : threads_(threads), waiting_max_(waiting_max) {}

  // Errors: exhausted where the system gives no threads.
  Pool& get() {
    std::lock_guard guard(lock_);
    if (!pool_.has_value()) {
      pool_.emplace(PoolOptions{
          .threads = threads_, .queue_max = waiting_max_, .name = "resolver", .shutdown_limit = kShutdownLimit});
    }
    return *pool_;
  }

 private:
  // A name server that does not answer is no reason to name on stderr who is stuck.
  static constexpr Duration kShutdownLimit = std::chrono::minutes(5);

  const std::size_t threads_;
  const std::size_t waiting_max_;
  std::mutex lock_;
  std::optional<Pool> pool_;
};

}  // namespace ringback::internal

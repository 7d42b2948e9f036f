#include "ringback/async/race.h"

#include "ringback/exec/loop.h"

namespace ringback::internal {

std::size_t random_below(Executor& executor, std::size_t bound) noexcept {
  return static_cast<std::size_t>(executor.random() % bound);
}

}  // namespace ringback::internal

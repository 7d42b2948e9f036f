#include "ringback/pipeline/stage.h"

namespace ringback::internal {

bool may_block_here() noexcept {
  const Executor* const here = this_thread.executor;
  return here == nullptr || here->is_inline() || here->is_concurrent();
}

}  // namespace ringback::internal

#include "ringback/exec/chained_hooks.h"

namespace ringback {

void ChainedHooks::listen() noexcept {
  std::lock_guard guard(lock_);
  if (listening_++ != 0) return;
  is_on_.store(true, std::memory_order_relaxed);
  Hooks* const current = current_hooks();
  if (current == this || (is_behind_another_ && current != nullptr)) return;
  is_behind_another_ = false;
  before_.store(current, std::memory_order_release);
  set_hooks(this);
}

void ChainedHooks::stop() noexcept {
  std::lock_guard guard(lock_);
  if (--listening_ != 0) return;
  is_on_.store(false, std::memory_order_relaxed);
  // Who came after us may be handing on to us: then we stay where we are, and hand on.
  is_behind_another_ = current_hooks() != this;
  if (!is_behind_another_) set_hooks(before_.load(std::memory_order_relaxed));
}

}  // namespace ringback

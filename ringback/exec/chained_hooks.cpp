#include "ringback/exec/chained_hooks.h"

#include <mutex>

namespace ringback::runtime {
namespace {

// Of all that are chained: one that leaves must see all who came. set_hooks() may be called beside it.
constinit std::mutex chain_lock;

}  // namespace

void ChainedHooks::listen() noexcept {
  std::lock_guard guard(chain_lock);
  if (listening_++ != 0) return;
  is_on_.store(true, std::memory_order_relaxed);
  Hooks* current = current_hooks();
  if (current == this || (is_behind_another_ && current != nullptr)) return;
  is_behind_another_ = false;
  do {
    before_.store(current, std::memory_order_release);
  } while (!internal::hooks.compare_exchange_weak(current, this));
}

void ChainedHooks::stop() noexcept {
  std::lock_guard guard(chain_lock);
  if (--listening_ != 0) return;
  is_on_.store(false, std::memory_order_relaxed);
  // Who came after us may be handing on to us: then we stay where we are, and hand on.
  Hooks* expected = this;
  is_behind_another_ = !internal::hooks.compare_exchange_strong(expected, before_.load(std::memory_order_relaxed));
}

}  // namespace ringback::runtime

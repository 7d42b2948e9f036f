#include "ringback/async/locals.h"

#include <type_traits>

namespace ringback::internal {

static_assert(std::is_standard_layout_v<LocalContext>, "a LocalContext is found by its context, which lies first");

// Upwards from what runs here: all of it stays until this has ended, and nobody moves it.
Binding* Locals::seen_from(const Context* context) noexcept {
  while (context != nullptr && !context->carries_locals()) context = context->parent();
  return context == nullptr ? nullptr : reinterpret_cast<const LocalContext*>(context)->chain.first_;
}

// A chain may be long: one after the other, not by recursion.
void Locals::drop(Binding* binding) noexcept {
  while (binding != nullptr && binding->references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    delete std::exchange(binding, binding->outer_);
  }
}

void use_locals(Executor& executor) noexcept {
  locals_in_use.store(true, std::memory_order_relaxed);
  executor.prepare_locals();
}

void SeesLocals::enter(const Locals& chain) noexcept {
  Executor* const here = this_thread.executor;
  if (here == nullptr) return;  // A plain thread: nothing is bound there, nor where it adds callbacks.
  outer_ = this_thread.context;
  if (outer_ != nullptr) {
    inner_.context.begin_child(*outer_);
  } else {
    inner_.context.begin_root(*here);
  }
  inner_.hang(chain);
  this_thread.context = &inner_.context;
  is_inside_ = true;
}

void SeesLocals::leave() noexcept {
  this_thread.context = outer_;
  inner_.context.end();
}

}  // namespace ringback::internal

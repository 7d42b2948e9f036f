#include "ringback/async/context.h"

#include "ringback/async/leaf.h"
#include "ringback/async/locals.h"
#include "ringback/exec/call_unlocked.h"

namespace ringback::runtime {

void Context::begin_root(Executor& executor, std::uint32_t traits) noexcept {
  parent_ = first_child_ = next_ = nullptr;
  link_ = nullptr;
  waiting_on_ = nullptr;
  executor_ = &executor;
  if (internal::locals_in_use.load(std::memory_order_relaxed)) [[unlikely]]
    traits |= locals;
  state_.store(traits | (executor.is_concurrent() ? kConcurrent : 0), std::memory_order_relaxed);
}

void Context::begin_child_shared(Context& parent, std::uint32_t traits) noexcept {
  const Locked locked(parent);
  begin_child_locked(parent, traits);
}

void Context::end_shared() noexcept {
  {
    const Locked locked(*parent_);
    end_locked();
  }
  parent_ = nullptr;
}

// Under lock_. False: nothing new, and so nothing new below.
bool Context::mark(Reason reason) noexcept {
  const std::uint32_t before = flags();
  const std::uint32_t wanted = reason == Reason::deadline ? kExpired : kCancelled;
  if ((before & (kCancelled | wanted)) != 0) return false;
  const std::uint32_t without_reason = before & ~(0xffu << kReasonShift);
  state_.store(without_reason | wanted | (static_cast<std::uint32_t>(reason) << kReasonShift),
               std::memory_order_relaxed);
  if (waiting_on_ != nullptr) waiting_on_->request_cancel(reason);
  return true;
}

// The first of `candidate` and its later siblings that is newly marked; it comes back locked.
Context* Context::mark_next(Context* candidate, Reason reason) noexcept {
  for (; candidate != nullptr; candidate = candidate->next_) {
    candidate->lock();
    if ((candidate->flags() & shielded) == 0 && candidate->mark(reason)) return candidate;
    candidate->unlock();
  }
  return nullptr;
}

// Depth first without recursion, since scopes nest as deep as a program likes. The locks of the
// path from here down to `at` are held: that is what keeps every node on it alive.
bool Context::cancel(Reason reason) noexcept {
  const internal::CallsUnlocked told_later;
  lock();
  if (!mark(reason)) {
    unlock();
    return false;
  }
  Context* at = this;
  Context* below = mark_next(at->first_child_, reason);
  for (;;) {
    while (below != nullptr) {
      at = below;
      below = mark_next(at->first_child_, reason);
    }
    if (at == this) break;
    Context* sibling = at->next_;
    Context* parent = at->parent_;
    at->unlock();
    at = parent;
    below = mark_next(sibling, reason);
  }
  unlock();
  return true;
}

// As cancel(): depth first, with the locks of the path held.
void Context::visit(void (*visit)(Context& context, void* argument), void* argument) {
  const auto enter = [&](Context& context) {
    context.lock();
    visit(context, argument);
  };
  enter(*this);
  Context* at = this;
  for (;;) {
    if (at->first_child_ != nullptr) {
      at = at->first_child_;
      enter(*at);
      continue;
    }
    while (at != this && at->next_ == nullptr) {
      Context* const parent = at->parent_;
      at->unlock();
      at = parent;
    }
    if (at == this) break;
    Context* const sibling = at->next_;
    at->unlock();
    at = sibling;
    enter(*at);
  }
  unlock();
}

void Context::carry_locals() noexcept {
  const Locked locked(*this);
  state_.store(flags() | kCarriesLocals | locals, std::memory_order_relaxed);
}

void Context::look_for_locals() noexcept {
  visit([](Context& context, void*) { context.state_.store(context.flags() | locals, std::memory_order_relaxed); },
        nullptr);
}

void Context::harden() noexcept {
  if ((flags() & (kCancelled | kExpired)) != kExpired) return;
  lock();
  state_.store(flags() | kCancelled, std::memory_order_relaxed);
  unlock();
}

}  // namespace ringback::runtime

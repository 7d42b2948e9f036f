#include "ringback/async/group.h"

#include <type_traits>

#include "ringback/async/unhandled.h"

namespace ringback::internal {

static_assert(std::is_standard_layout_v<Group>, "of() relies on the context lying first");

Group* Group::around(Context* context) noexcept {
  while (context != nullptr && !context->is_group()) context = context->parent();
  return context == nullptr ? nullptr : &of(*context);
}

void Group::open(Waiter& waiter, std::uint32_t traits) noexcept {
  waiter_ = &waiter;
  pending_ = 1;
  context_.begin_child(waiter.context(), traits | Context::group);
}

void Group::open_root(Waiter& waiter, Executor& executor) noexcept {
  waiter_ = &waiter;
  pending_ = 1;
  context_.begin_root(executor, Context::group);
}

bool Group::add_shared(Context& child) noexcept {
  const Context::Locked locked(context_);
  return add_locked(child);
}

void Group::child_ended_shared(Context& child) noexcept {
  bool last = false;
  {
    const Context::Locked locked(context_);
    last = is_last(child);
  }
  if (last) tell_end();
}

bool Group::begun() noexcept {
  context_.lock();
  const bool last = --pending_ == 0;
  context_.unlock();
  if (last) context_.end();
  return last;
}

void Group::tell_end() noexcept {
  context_.end();
  waiter_->complete();
}

namespace {

Failure aborted_child(Reason reason) noexcept {
  try {
    return make_aborted("child", reason);
  } catch (...) {
    return Failure::from_current();  // No memory: that is what is said then.
  }
}

}  // namespace

bool Group::note(Failure failure, std::source_location place) noexcept {
  if (failure.is_cancelled()) {
    if (context_.is_cancelled_or_expired()) {
      note_cut();
      return false;
    }
    failure = aborted_child(failure.reason());
  }
  context_.lock();
  const bool is_first = !first_.exists();
  if (is_first) first_ = failure;
  context_.unlock();
  if (is_first) return true;
  suppress(first_, std::move(failure), place, "a failure was suppressed by an earlier one of another type");
  return false;
}

void Group::note_cut() noexcept {
  const Context::Locked locked(context_);
  const Context* const outside = context_.parent();
  if (outside == nullptr || !outside->is_cancelled_or_expired()) return;
  // Where the scope was cancelled from inside first, its reason stands.
  if (context_.reason() == outside->reason()) is_cut_ = true;
}

Failure Group::first_failure() noexcept {
  if (first_.exists()) return std::move(first_);
  if (is_cut_) return Cancelled{waiter_->context().reason()};
  return {};
}

Failure Group::seen_from_outside(Failure failure, const Context& waiting) {
  if (!failure.is_cancelled() || waiting.is_cancelled_or_expired()) return failure;
  return make_aborted("scope", failure.reason());
}

}  // namespace ringback::internal

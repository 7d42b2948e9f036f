#include "ringback/async/started.h"

#include "ringback/async/group.h"

namespace ringback::internal {

bool StartCore::WaitLeaf::begin_wait(StartCore& core) noexcept {
  core_ = &core;
  const auto wait = [this]() noexcept {
    std::lock_guard guard(core_->lock_);
    if (core_->phase_ == Phase::ready || core_->phase_ == Phase::over) return false;
    core_->leaf_ = this;
    return true;
  };
  const Parked parked = suspend(wait);
  if (parked != Parked::refused) return parked == Parked::at_once;
  // Cancelled since the child was spawned: its end is waited for.
  core_->cancel(waiter().context().reason());
  return !wait();
}

void StartCore::fail_second() {
  throw Error(ErrorKind::invalid, "Started::set", "the child has said before that it is ready, or has ended");
}

void StartCore::cancel(Reason reason) noexcept {
  std::lock_guard guard(lock_);
  if (phase_ != Phase::pending) return;
  phase_ = Phase::cancelled;
  was_cancelled_ = true;
  reason_ = reason;
  if (child_ == nullptr) return;  // It sees that when it comes to its first step, or has ended.
  cancel_is_out_ = true;
  add_reference();
  child_->context().executor().post(cancel_job_);
}

void StartCore::cancel_child() noexcept {
  child_->own_context_.cancel(reason_);
  Child* left = nullptr;
  {
    std::lock_guard guard(lock_);
    cancel_is_out_ = false;
    if (child_left_) left = std::exchange(child_, nullptr);
  }
  if (left != nullptr) left->finish();
  drop_reference();
}

bool StartCore::leave_child() noexcept {
  std::lock_guard guard(lock_);
  child_left_ = cancel_is_out_;
  if (!child_left_) child_ = nullptr;
  return !child_left_;
}

bool StartCore::end_child(Failure failure) noexcept {
  WaitLeaf* leaf = nullptr;
  {
    std::lock_guard guard(lock_);
    if (phase_ == Phase::ready) return true;
    phase_ = Phase::over;
    failure_ = std::move(failure);
    leaf = std::exchange(leaf_, nullptr);
  }
  if (leaf != nullptr) leaf->deliver();
  return false;
}

Failure StartCore::failure_for(const Context& waiting) {
  if (failure_.exists() && !failure_.is_cancelled()) return failure_;
  if (was_cancelled_) return Cancelled{reason_};
  if (failure_.exists()) return Group::seen_from_outside(failure_, waiting);
  return Error(ErrorKind::invalid, "scope.start", "the child ended without having said that it is ready");
}

void StartCore::Child::open(Waiter& outer) noexcept {
  outer_ = &outer;
  own_context_.begin_child(outer.context());
  context_ = &own_context_;
  bool is_cancelled = false;
  {
    std::lock_guard guard(core_.lock_);
    is_cancelled = core_.phase_ == Phase::cancelled;
    if (!is_cancelled) core_.child_ = this;
  }
  if (is_cancelled) own_context_.cancel(core_.reason_);
}

bool StartCore::Child::ended_at_once() noexcept {
  if (!core_.leave_child()) return false;
  own_context_.end();
  return true;
}

void StartCore::Child::complete() noexcept {
  if (core_.leave_child()) finish();
}

void StartCore::Child::finish() noexcept {
  own_context_.end();
  outer_->complete();
}

}  // namespace ringback::internal

#include "ringback/async/completion.h"

namespace ringback::internal {

bool CompletionCore::WaitLeaf::begin_wait(Waiter& waiter) noexcept {
  if (!attach(waiter)) {
    cancelled_ = true;  // Even where it has completed.
    core_->give_up();
    return true;
  }
  const Parked parked = suspend([this]() noexcept {
    std::lock_guard guard(core_->lock_);
    RINGBACK_CHECK(core_->leaf_ == nullptr, "a Completion was awaited twice at once: it has one waiter");
    if (core_->phase_ != Phase::open) return false;
    core_->leaf_ = this;
    return true;
  });
  if (parked == Parked::refused) {
    // Past a deadline: one look, as for everything that can complete at once.
    cancelled_ = core_->give_up();
  }
  return parked != Parked::suspended;
}

bool CompletionCore::give_up() noexcept {
  {
    std::lock_guard guard(lock_);
    if (phase_ != Phase::open) return false;
    phase_ = Phase::cancelled;
  }
  tell_cancelled();
  return true;
}

void CompletionCore::WaitLeaf::request_cancel(Reason) noexcept {
  bool tells = false;
  {
    std::lock_guard guard(core_->lock_);
    if (core_->leaf_ != this) return;  // Completed: that wins.
    core_->leaf_ = nullptr;
    core_->phase_ = Phase::cancelled;
    tells = static_cast<bool>(core_->on_cancel_);
    cancelled_ = true;
  }
  if (tells) {
    executor().post(*this);
  } else {
    deliver();
  }
}

void CompletionCore::WaitLeaf::run() noexcept {
  if (cancelled_) core_->tell_cancelled();
  finish();
}

void CompletionCore::tell_cancelled() noexcept {
  unique_function<void()> tell;
  {
    std::lock_guard guard(lock_);
    tell = std::move(on_cancel_);
  }
  if (!tell) return;
  try {
    tell();
  } catch (...) {
    report_unhandled({Failure::from_current(), {}, "what on_cancel() named threw"});
  }
}

void CompletionCore::set_on_cancel(unique_function<void()> call) {
  std::lock_guard guard(lock_);
  if (phase_ == Phase::open) on_cancel_ = std::move(call);
}

void CompletionCore::break_promise() noexcept {
  complete_with([this] { store_broken(); });
}

}  // namespace ringback::internal

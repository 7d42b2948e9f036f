#include "ringback/stream/stream_core.h"

namespace ringback::internal {

StreamCore::~StreamCore() {
  if (failure_.exists()) report_unhandled({failure_, place_, "a stream failed, and nobody asked for its end"});
}

void StreamCore::begin_for(const Waiter& waiter) {
  if (!leave_created()) return;
  Ref<Root> root;
  try {
    root = make_root(waiter.context().executor());
  } catch (...) {
    give_up_beginning();
    throw;
  }
  root->see_locals_of(waiter.context());
  bool is_closed = false;
  {
    std::lock_guard guard(lock_);
    root_ = root;
    is_closed = is_closed_;
  }
  if (is_closed) root->cancel(Reason::requested);
  root->start_along();
}

// True: the caller begins the producer.
bool StreamCore::leave_created() noexcept {
  std::lock_guard guard(lock_);
  if (phase_ != Phase::created) return false;
  phase_ = Phase::begun;
  return true;
}

void StreamCore::give_up_beginning() noexcept {
  {
    std::lock_guard guard(lock_);
    phase_ = Phase::over;
  }
  drop_producer();
  close_items(true);
  ended_.set();
}

void StreamCore::close() noexcept {
  Ref<Root> root;
  bool has_begun = true;
  {
    std::lock_guard guard(lock_);
    is_closed_ = true;
    has_begun = phase_ != Phase::created;
    if (!has_begun) phase_ = Phase::over;
    root = root_;
  }
  close_items(true);
  if (root) root->cancel(Reason::requested);
  if (has_begun) return;
  drop_producer();
  ended_.set();
}

bool StreamCore::is_closed() noexcept {
  std::lock_guard guard(lock_);
  return is_closed_;
}

Failure StreamCore::take_end() {
  std::lock_guard guard(lock_);
  return std::exchange(failure_, {});
}

// Whoever asks was not cancelled itself.
Failure StreamCore::take_failure() {
  Failure failure = take_end();
  if (failure.is_cancelled()) return make_aborted("stream", failure.reason());
  return failure;
}

// The failure is handed over whole: a copy that died here meanwhile would look like a race to
// ThreadSanitizer, which does not see how exceptions are counted.
void StreamCore::finish(Outcome<void> end) noexcept {
  Ref<Root> root;  // Dropped outside the lock.
  {
    std::lock_guard guard(lock_);
    phase_ = Phase::over;
    root = std::move(root_);
    // That it was cancelled is no failure where that is what was asked for.
    if (!end.ok() && !(end.failure().is_cancelled() && is_closed_)) failure_ = std::move(end).failure();
  }
  close_items(false);
  ended_.set();
}

Task<void> close_stream(Ref<StreamCore> core) {
  core->close();
  co_await core->ended().wait();
  const Failure failure = core->take_end();
  // What a shutdown has cancelled before is as closed as was asked for.
  if (failure.exists() && !failure.is_cancelled()) failure.raise();
}

}  // namespace ringback::internal

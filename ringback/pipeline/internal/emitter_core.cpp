#include "ringback/pipeline/internal/emitter_core.h"

#include "ringback/async/future.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/sleep.h"
#include "ringback/async/wait.h"
#include "ringback/async/with_locals.h"
#include "ringback/pipeline/internal/lasting_root.h"

namespace ringback::internal {

// A call that has begun. Ends it whichever way, also where its coroutine never took a step.
class ListenerCall {
 public:
  explicit ListenerCall(Ref<Listener> listener) noexcept : listener_(std::move(listener)) {}
  ListenerCall(ListenerCall&&) noexcept = default;
  ~ListenerCall() {
    if (listener_) listener_->end_call();
  }

  // Reports what goes wrong, and gives a cancellation on to whoever awaits.
  static Task<void> run(ListenerCall call, Emission emission) {
    Listener& listener = *call.listener_;
    Failure failure;
    try {
      Task<void> called = listener.make_task(emission);
      if (locals_in_use.load(std::memory_order_relaxed)) {
        auto ended = co_await outcome(WithLocals<Task<void>>(listener.locals_, false, std::move(called)));
        failure = std::move(ended).failure();
      } else {
        auto ended = co_await outcome(std::move(called));
        failure = std::move(ended).failure();
      }
    } catch (...) {
      failure = Failure::from_current();
    }
    if (failure.is_cancelled()) failure.raise();
    if (failure.exists()) listener.report(failure);
  }

 private:
  Ref<Listener> listener_;
};

// Whoever works off what is pending for a listener.
class ListenerLine {
 public:
  explicit ListenerLine(Ref<Listener> listener) noexcept : listener_(std::move(listener)) {}
  ListenerLine(ListenerLine&&) noexcept = default;
  // Refused or cancelled by its executor: what is left has nowhere to go.
  ~ListenerLine() {
    if (listener_) listener_->drop_pending();
  }

  static Task<void> drain(ListenerLine line) {
    const Ref<Listener> listener = line.listener_;
    for (;;) {
      std::optional<Listener::Pending> next = listener->take_pending();
      if (!next) break;
      ListenerCall call(listener);
      if (listener->callback_.call) {
        listener->call_now(next->emission);
        std::ignore = ListenerCall(std::move(call));
      } else {
        co_await ListenerCall::run(std::move(call), std::move(next->emission));
      }
      if (next->told) next->told->try_complete();
      co_await yield();
    }
    line.listener_ = {};
  }

 private:
  Ref<Listener> listener_;
};

namespace {

class LineRoot final : public LastingRoot<Task<void>> {
 public:
  using LastingRoot::LastingRoot;

 private:
  void work_ended() noexcept override { std::ignore = this->take_outcome(); }
};

}  // namespace

Listener::Listener(Ref<EmitterCore> emitter, Executor* executor, bool is_once, ListenerCallback callback,
                   std::source_location place) noexcept
    : emitter_(std::move(emitter)),
      executor_(executor),
      is_once_(is_once),
      is_coroutine_(static_cast<bool>(callback.coroutine)),
      place_(place),
      locals_(Locals::around(this_thread.context)),
      callback_(std::move(callback)) {}

ListenerCallback Listener::take_dead() noexcept {
  if (is_on_ || calls_ != 0) return {};
  return std::move(callback_);
}

void Listener::bury(ListenerCallback dead) noexcept {
  if (!dead.call && !dead.coroutine) return;
  dead = {};
  if (executor_ != nullptr) executor_->callback_left();
}

bool Listener::remove() noexcept {
  ListenerCallback dead;
  std::list<Pending> dropped;
  bool is_idle = false;
  {
    std::lock_guard guard(emitter_->lock_);
    if (!is_on_) return false;
    is_on_ = false;
    dropped.swap(pending_);
    emitter_->listeners_.erase(number_);
    is_idle = calls_ == 0;
    dead = take_dead();
  }
  bury(std::move(dead));
  return is_idle;
}

void Listener::emitter_is_gone() noexcept {
  ListenerCallback dead;
  {
    std::lock_guard guard(emitter_->lock_);
    is_last_ = true;
    if (!is_draining_) is_on_ = false;
    dead = take_dead();
  }
  bury(std::move(dead));
}

bool Listener::begin_call() noexcept {
  std::lock_guard guard(emitter_->lock_);
  if (!is_on_) return false;
  ++calls_;
  if (is_once_) {
    is_on_ = false;
    emitter_->listeners_.erase(number_);
  }
  return true;
}

void Listener::end_call() noexcept {
  ListenerCallback dead;
  {
    std::lock_guard guard(emitter_->lock_);
    --calls_;
    dead = take_dead();
  }
  bury(std::move(dead));
}

void Listener::report(const Failure& failure) const noexcept {
  report_unhandled({failure, place_, "a listener of an Emitter failed"});
}

void Listener::call_now(const Emission& emission) noexcept {
  const SeesLocals sees(locals_);
  try {
    callback_.call(emission);
  } catch (...) {
    report(Failure::from_current());
  }
}

Task<void> Listener::make_task(const Emission& emission) {
  const SeesLocals sees(locals_);
  return callback_.coroutine(emission);
}

void Listener::ring(const Emission& emission) noexcept {
  if (executor_ != nullptr) return line_up(emission, std::nullopt);
  if (!begin_call()) return;
  ListenerCall call(Ref<Listener>::share(this));
  if (callback_.call) return call_now(emission);
  try {
    Task<void> work = ListenerCall::run(std::move(call), emission);
    if (Executor* here = this_thread.executor) {
      std::ignore = spawn(*here, std::move(work), place_);
    } else {
      std::ignore = wait_outcome(std::move(work), place_);
    }
  } catch (...) {
    report(Failure::from_current());
  }
}

void Listener::line_up(Emission emission, std::optional<Completer<void>> told) noexcept {
  try {
    {
      std::lock_guard guard(emitter_->lock_);
      if (!is_on_ || is_due_) return;
      pending_.push_back({std::move(emission), std::move(told)});
      is_due_ = is_once_;
      if (is_once_) emitter_->listeners_.erase(number_);
      if (std::exchange(is_draining_, true)) return;
    }
    start_draining();
  } catch (...) {
    report(Failure::from_current());
  }
}

void Listener::start_draining() {
  ListenerLine line(Ref<Listener>::share(this));
  auto root = Ref<Root>::adopt(new LineRoot(*executor_, ListenerLine::drain(std::move(line)), place_));
  if (executor_->is_current()) {
    root->start_along();
  } else {
    root->start_unlinked();
  }
}

std::optional<Listener::Pending> Listener::take_pending() noexcept {
  std::optional<Pending> next;
  ListenerCallback dead;
  {
    std::lock_guard guard(emitter_->lock_);
    if (!pending_.empty()) {
      next = std::move(pending_.front());
      pending_.pop_front();
      ++calls_;
      if (is_once_) is_on_ = false;
    } else {
      is_draining_ = false;
      if (is_last_) is_on_ = false;
      dead = take_dead();
    }
  }
  bury(std::move(dead));
  return next;
}

void Listener::drop_pending() noexcept {
  std::list<Pending> dropped;
  ListenerCallback dead;
  {
    std::lock_guard guard(emitter_->lock_);
    dropped.swap(pending_);
    is_draining_ = false;
    if (is_last_ || is_due_) is_on_ = false;
    dead = take_dead();
  }
  bury(std::move(dead));
}

Ref<Listener> EmitterCore::add(Executor* executor, bool is_once, ListenerCallback callback,
                               std::source_location place) {
  auto listener =
      Ref<Listener>::adopt(new Listener(Ref<EmitterCore>::share(this), executor, is_once, std::move(callback), place));
  std::lock_guard guard(lock_);
  listener->number_ = ++last_number_;
  listeners_.emplace_hint(listeners_.end(), last_number_, listener);
  if (executor != nullptr) executor->expect_callback();  // Nobody finds it before the lock is free.
  return listener;
}

std::size_t EmitterCore::listeners() const {
  std::lock_guard guard(lock_);
  return listeners_.size();
}

std::uint64_t EmitterCore::last_number() const noexcept {
  std::lock_guard guard(lock_);
  return last_number_;
}

Ref<Listener> EmitterCore::next_after(std::uint64_t number, std::uint64_t last) noexcept {
  std::lock_guard guard(lock_);
  const auto next = listeners_.upper_bound(number);
  if (next == listeners_.end() || next->first > last) return {};
  return next->second;
}

void EmitterCore::emit(const Emission& emission) noexcept {
  const std::uint64_t last = last_number();
  give(emission);
  for (std::uint64_t reached = 0; const Ref<Listener> listener = next_after(reached, last);) {
    reached = listener->number_;
    listener->ring(emission);
  }
}

Task<void> EmitterCore::emit_in_turn(Ref<EmitterCore> emitter, Emission emission) {
  const std::uint64_t last = emitter->last_number();
  emitter->give(emission);
  for (std::uint64_t reached = 0; Ref<Listener> listener = emitter->next_after(reached, last);) {
    reached = listener->number_;
    if (listener->executor_ != nullptr) {
      Completion<void> told;
      listener->line_up(emission, told.completer());
      auto ended = co_await outcome(told);  // Failed where it was removed, or its executor ended.
      if (ended.failure().is_cancelled()) ended.failure().raise();
    } else if (!listener->is_coroutine_) {
      listener->ring(emission);
    } else if (listener->begin_call()) {
      co_await ListenerCall::run(ListenerCall(std::move(listener)), emission);
    }
  }
}

void EmitterCore::close() noexcept {
  std::map<std::uint64_t, Ref<Listener>> listeners;
  {
    std::lock_guard guard(lock_);
    listeners.swap(listeners_);
  }
  for (const auto& [number, listener] : listeners) listener->emitter_is_gone();
  Woken woken;
  std::lock_guard guard(waiters_lock_);
  is_closed_ = true;
  while (WaitLeaf* leaf = waiters_.pop(Wait::kClosed)) woken.add(*leaf);
}

void EmitterCore::give(const Emission& emission) noexcept {
  Woken woken;
  std::lock_guard guard(waiters_lock_);
  while (WaitLeaf* leaf = waiters_.claim_first()) {
    static_cast<Wait*>(leaf)->emission_ = emission;
    woken.add(*leaf);
  }
}

bool EmitterCore::Wait::begin_wait(Waiter& waiter) noexcept {
  Parked parked = Parked::refused;
  if (attach(waiter)) parked = suspend([this]() noexcept { return line_up(); });
  if (parked != Parked::refused) return parked == Parked::at_once;
  set_end(End::cancelled);
  return true;
}

// False: nothing will ever be emitted.
bool EmitterCore::Wait::line_up() noexcept {
  std::lock_guard guard(emitter_->waiters_lock_);
  if (emitter_->is_closed_) {
    set_end(End::closed);
    return false;
  }
  emitter_->waiters_.add(*this);
  return true;
}

void EmitterCore::Wait::request_cancel(Reason) noexcept {
  if (is_past_cancelling()) return;
  Woken woken;
  std::lock_guard guard(emitter_->waiters_lock_);
  if (emitter_->waiters_.cancel(*this)) woken.add(*this);
}

Outcome<Emission> EmitterCore::Wait::take_emission() {
  if (end() == End::given) return std::move(emission_);
  if (end() == End::closed) return Failure(Error(ErrorKind::closed, "Emitter::next", "the Emitter is gone"));
  return cancelled_failure();
}

}  // namespace ringback::internal

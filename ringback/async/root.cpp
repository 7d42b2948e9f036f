#include "ringback/async/root.h"

namespace ringback::internal {

bool ScopeLink::attach(Group& scope) noexcept {
  if (!scope.add(link_context_)) return false;
  scope_ = &scope;
  root_.add_reference();
  link_waiter_.open(link_context_);
  if (!PostedLeaf::attach(link_waiter_) || suspend([] { return true; }) == Parked::refused) {
    root_.cancel(link_context_.reason());
  }
  return true;
}

void ScopeLink::detach() noexcept {
  Group& scope = *std::exchange(scope_, nullptr);
  Root& root = root_;
  scope.child_ended(link_context_);
  root.drop_reference();
}

Context* ScopeLink::scope_in(const Executor& executor) const noexcept {
  const bool is_here = scope_ != nullptr && &scope_->context().executor() == &executor;
  return is_here ? &scope_->context() : nullptr;
}

void ScopeLink::root_ended() noexcept { deliver(); }

void ScopeLink::request_cancel(Reason reason) noexcept { root_.cancel_later(reason); }

void Root::start() {
  Group* scope = Group::around(this_thread.context);
  if (scope != nullptr && !link_.attach(*scope)) {
    throw Error(ErrorKind::shut_down, "start", "the scope has ended; nothing can be started in it any more");
  }
  hand_over();
}

void Root::hand_over() {
  add_reference();  // The executor's own; dropped at the end.
  home_.adopt(*this);
  Error refused(ErrorKind::overloaded, "start", "the executor takes no more work");
  if (home_.try_post_new(*this, &refused)) return;
  home_.release(*this);
  drop_reference();
  if (link_.is_attached()) link_.detach();
  throw refused;
}

bool Root::run_here_if_queued() noexcept {
  if (!home_.try_take_back(*this)) return false;
  const ThreadState outer = this_thread;
  this_thread = {};
  this_thread.executor = &home_;
  run_job(*this);
  this_thread = outer;
  return true;
}

bool Root::cancel(Reason reason, bool here) noexcept {
  std::uint32_t state = state_.load(std::memory_order_acquire);
  do {
    if ((state & kEnded) != 0) return false;
    if ((state & kCancel) != 0) return true;  // The first one counts.
    if ((state & kBegun) != 0 && !can_be_cancelled_now()) return false;
  } while (!state_.compare_exchange_weak(
      state, state | kCancel | (static_cast<std::uint32_t>(reason) << kReasonShift), std::memory_order_acq_rel));
  // Not begun: run() will see it. Begun: the tree is only touched in its executor.
  if ((state & kBegun) == 0) return true;
  add_reference();
  if (here) {
    cancel_job_.run();
  } else {
    home_.post(cancel_job_);
  }
  return true;
}

void Root::CancelJob::run() noexcept {
  Root& root = root_;
  const auto reason = static_cast<Reason>(root.state_.load(std::memory_order_acquire) >> kReasonShift);
  root.group_.context().cancel(reason);
  root.drop_reference();
}

// As a job: first it begins; after its end, retired, it lets go of itself.
void Root::run() noexcept {
  if ((state_.load(std::memory_order_acquire) & kEnded) != 0) {
    Root& self = *this;
    self.home_.release(self);
    self.drop_reference();
    return;
  }
  group_.open_root(*this, home_);
  const std::uint32_t before = state_.fetch_or(kBegun, std::memory_order_acq_rel);
  if ((before & kCancel) != 0) group_.context().cancel(static_cast<Reason>(before >> kReasonShift));
  this_thread.context = &group_.context();
  begin_work();
  if (group_.begun()) complete();
}

void Root::complete() noexcept {
  state_.fetch_or(kEnded, std::memory_order_acq_rel);
  // Callbacks run in here. What they start belongs to the scope around this work, or to the
  // executor: the work's own scope is over.
  Context* const outer = std::exchange(this_thread.context, link_.scope_in(home_));
  work_ended();
  this_thread.context = outer;
  if (link_.is_attached()) link_.root_ended();
  retire(*this);
}

}  // namespace ringback::internal

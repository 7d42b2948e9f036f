#include "ringback/async/root.h"

#include "ringback/base/function_name.h"

namespace ringback::internal {

bool ScopeLink::attach(Group& scope) noexcept {
  if (!scope.add(link_context_)) return false;
  scope_ = &scope;
  root_.add_first_reference();
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

// In the root's executor, in a job: where that is the scope's too, there is nobody to be told later.
void ScopeLink::root_ended() noexcept {
  Context& scope = scope_->context();
  if (scope.is_concurrent() || !scope.executor().is_current()) return deliver();
  link_context_.unpark_confined();
  detach();
}

void ScopeLink::request_cancel(Reason reason) noexcept { root_.cancel(reason); }

void Root::start() {
  join_scope();
  hand_over();
}

void Root::start(Admission place) {
  join_scope();
  add_first_reference();  // The executor's own; dropped at the end.
  home_.adopt(*this);
  place.use(start_job_);
}

void Root::join_scope() {
  Group* scope = Group::around(this_thread.context);
  if (scope != nullptr && !link_.attach(*scope)) {
    refuse();
    throw Error(ErrorKind::shut_down, "start", "the scope has ended; nothing can be started in it any more");
  }
}

void Root::hand_over() {
  add_first_reference();  // The executor's own; dropped at the end.
  home_.adopt(*this);
  try {
    std::optional<Error> why;
    if (home_.try_post_new(start_job_, why)) return;
    throw *why;
  } catch (...) {  // Refused, or without the memory to say why.
    home_.release(*this);
    drop_reference();
    refuse();  // The caller is told by the error.
    if (link_.is_attached()) link_.detach();
    throw;
  }
}

Context* Root::tree() noexcept {
  const std::uint32_t state = state_.load(std::memory_order_acquire);
  return (state & (kBegun | kEnded)) == kBegun ? &group_.context() : nullptr;
}

static void append_waiting(const Leaf& leaf, std::string& text) {
  const std::source_location place = leaf.waiting_place();
  text.append("    waits for ").append(leaf.what());
  const std::string_view subject = leaf.subject().name;
  if (!subject.empty()) text.append(" of ").append(subject);
  if (place.line() != 0) {
    text.append(", in the task created at ").append(place.file_name()).append(":");
    text.append(std::to_string(place.line())).append(" in ").append(runtime::FunctionName(place).view());
  }
  text.append("\n");
}

void Root::describe_waiting(std::string& text) {
  Context* const top = tree();
  if (top == nullptr) return;
  // Locks are held meanwhile, so nothing may be thrown: what there is no memory for is left out.
  const auto describe = [](Context& context, void* argument) {
    const Leaf* const leaf = context.waiting_on();
    if (leaf == nullptr) return;
    try {
      append_waiting(*leaf, *static_cast<std::string*>(argument));
    } catch (const std::bad_alloc&) {
    }
  };
  top->visit(describe, &text);
}

void Root::prepare_locals() noexcept {
  if (Context* const top = tree()) top->look_for_locals();
}

bool Root::run_here_if_queued() noexcept {
  if (!home_.try_take_back(start_job_)) return false;
  add_reference();  // The queue's, until forget(); the executor's own cannot be the last one before it.
  const ThreadState outer = this_thread;
  this_thread = {};
  this_thread.executor = &home_;
  BeginJob job(*this);
  run_job(job);
  this_thread = outer;
  return true;
}

bool Root::cancel(Reason reason) noexcept {
  // The executor may be gone with the work it ran: it is not asked, before the request has been recorded.
  const bool is_here = is_concurrent_ || this_thread.executor == &home_;
  const std::uint32_t wanted = kCancel | (static_cast<std::uint32_t>(reason) << kReasonShift);
  std::uint32_t state = state_.load(std::memory_order_acquire);
  std::uint32_t next = 0;
  bool again = false;
  do {
    if ((state & kEnded) != 0) return false;
    again = (state & kCancel) != 0;
    // The first one counts, but that a deadline leaves what completes at once, and any other nothing.
    const bool was_deadline = static_cast<Reason>(state >> kReasonShift) == Reason::deadline;
    if (again && (reason == Reason::deadline || !was_deadline || (state & kSecondRequest) != 0)) return true;
    if ((state & kIgnoresStop) != 0) return again;
    const bool posts = !is_here && (state & kBegun) != 0;
    if (again) {
      next = (state & ((1u << kReasonShift) - 1)) | wanted | kSecondRequest | (posts ? kSecondOnTheWay : 0);
    } else {
      next = state | wanted | (posts ? kOnTheWay : 0);
    }
  } while (!state_.compare_exchange_weak(state, next, std::memory_order_acq_rel));
  if ((state & kBegun) == 0) return true;  // begin() will see it.
  add_reference();
  CancelJob& job = again ? second_cancel_job_ : cancel_job_;
  if (is_here) {
    cancel_here(job);
  } else {
    home_.post(job);
  }
  return true;
}

// The outermost call works off what the trees it cancels ask for meanwhile.
void Root::cancel_here(CancelJob& job) noexcept {
  thread_local JobQueue waiting;
  thread_local bool is_busy = false;
  waiting.push(job);
  if (is_busy) return;
  is_busy = true;
  while (Job* next = waiting.pop()) next->run();
  is_busy = false;
}

void Root::CancelJob::run() noexcept {
  Root& root = root_;
  const std::uint32_t state = root.state_.load(std::memory_order_acquire);
  root.group_.context().cancel(static_cast<Reason>(state >> kReasonShift));
  const std::uint32_t mine = this == &root.second_cancel_job_ ? kSecondOnTheWay : kOnTheWay;
  if ((state & mine) != 0) {
    const std::uint32_t before = root.state_.fetch_and(~mine, std::memory_order_acq_rel);
    if ((before & (kReleased | kAnyOnTheWay)) == (kReleased | mine)) root.release();
  }
  root.drop_reference();
}

// As a job: begins where it goes along (start_along). Retired, after its end: whoever waits is told when
// nothing of the work is left.
void Root::run() noexcept {
  if (!has_begun()) return begin();
  drop_work();
  // Callbacks run in here. What they start belongs to the scope around this work, or to the
  // executor: the work's own scope is over.
  Context* const outer = std::exchange(this_thread.context, link_.scope_in(home_));
  if (locals_in_use.load(std::memory_order_relaxed)) [[unlikely]] {
    tell_seeing_locals();
  } else {
    work_ended();
  }
  this_thread.context = outer;
  const std::uint32_t before = state_.fetch_or(kReleased, std::memory_order_acq_rel);
  if ((before & kAnyOnTheWay) == 0) release();
}

void Root::tell_seeing_locals() noexcept {
  {
    const SeesLocals sees(locals_);
    work_ended();
  }
  locals_.clear();
}

void Root::release() noexcept {
  Root& self = *this;
  if (self.link_.is_attached()) self.link_.root_ended();
  self.home_.release(self);
  self.released();
  self.drop_reference();
}

void Root::begin() noexcept {
  group_.open_root(*this, home_);
  const std::uint32_t before = state_.fetch_or(kBegun, std::memory_order_acq_rel);
  if ((before & kCancel) != 0) group_.context().cancel(static_cast<Reason>(before >> kReasonShift));
  this_thread.context = &group_.context();
  begin_work();
  if (group_.begun()) complete();
}

void Root::complete() noexcept {
  state_.fetch_or(kEnded, std::memory_order_acq_rel);
  retire(*this);
}

}  // namespace ringback::internal

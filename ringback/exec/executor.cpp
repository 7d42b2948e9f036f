#include "ringback/exec/executor.h"

#include <cstdio>
#include <cstdlib>
#include <string>

#include "ringback/base/check.h"
#include "ringback/base/function_name.h"
#include "ringback/exec/call_unlocked.h"

namespace ringback {

using namespace runtime;

// run_job_here(), which tells of each step.
void internal::run_job_told(Job& job) noexcept {
  Hooks* const listener = current_hooks();
  if (listener == nullptr) return run_job_here(job);
  ThreadState& state = this_thread;
  Executor& executor = *state.executor;
  state.at_once_left = kAtOnceMost - 1;
  listener->job_begins(executor, job);
  job.run();
  while (state.has_more()) {
    while (state.retired != nullptr) {
      Job& step = *std::exchange(state.retired, state.retired->next_job);
      listener->job_goes_on(executor, step);
      step.run();
    }
    if (!state.next) continue;
    const std::coroutine_handle<> next = std::exchange(state.next, nullptr);
    listener->job_goes_on(executor, job_of(next));
    next.resume();
    state.free_ended();
  }
  listener->job_ended(executor);
  state.context = nullptr;
}

Executor::~Executor() {
  RINGBACK_CHECK(owns_nothing(), "an executor was destroyed with work still running on it: shut it down first");
  RINGBACK_CHECK(callbacks_.load(std::memory_order_acquire) == 0,
                 "an executor was destroyed while a callback waits for it: remove() the callback, or keep the "
                 "executor until that has been called");
}

void Executor::run_here(Job& job) noexcept {
  const internal::ThreadState outer = std::exchange(internal::this_thread, {});
  internal::this_thread.executor = this;
  internal::run_job(job);
  internal::this_thread = outer;
}

bool Executor::try_post_new(NewJob& job, std::optional<Error>& why) {
  if (!admit_new(why)) return false;
  post_admitted(job);
  return true;
}

void Executor::post_admitted(NewJob& job) noexcept {
  job.executor_ = this;
  job.is_claimed_.store(false, std::memory_order_relaxed);  // Published by the queue.
  post(job);
}

bool Executor::try_post_new(Job& job, std::optional<Error>& why) {
  if (!admit_new(why)) return false;
  post(job);
  new_work_left();
  return true;
}

bool Executor::try_take_back(NewJob& job) noexcept {
  if (job.is_claimed_.exchange(true, std::memory_order_acq_rel)) return false;
  new_work_left();
  return true;
}

// The queue claims like everybody else.
void NewJob::run() noexcept {
  if (executor_->try_take_back(*this)) {
    begin();
  } else {
    forget();
  }
}

void Executor::adopt(OwnedWork& work) noexcept {
  std::lock_guard guard(owned_lock_);
  owned_.push_back(work);
  ++owned_count_;
}

void Executor::release(OwnedWork& work) noexcept {
  // The notification happens under the lock: whoever then sees an empty list may destroy us.
  std::lock_guard guard(owned_lock_);
  static_cast<ListLink<OwnedTag>&>(work).unlink();
  if (--owned_count_ == 0) on_owned_empty();
}

bool Executor::owns_leaving() noexcept {
  bool found = false;
  for_each_owned([&found](const OwnedWork& work) { found = found || work.is_leaving(); });
  return found;
}

bool Executor::owns_nothing() noexcept { return owned_count() == 0; }

std::size_t Executor::owned_count() noexcept {
  std::lock_guard guard(owned_lock_);
  return owned_count_;
}

// Where several threads run, everything looks anyhow.
void Executor::prepare_locals() noexcept {
  if (concurrent_ || std::exchange(has_locals_, true)) return;
  for_each_owned([](OwnedWork& work) { work.prepare_locals(); });
}

void Executor::cancel_all_owned(Reason reason) noexcept {
  const internal::CallsUnlocked told_later;
  for_each_owned([reason](OwnedWork& work) { work.cancel_owned(reason); });
}

void Executor::cancel_owned_not_begun(Reason reason) noexcept {
  const internal::CallsUnlocked told_later;
  for_each_owned([reason](OwnedWork& work) {
    if (!work.has_begun()) work.cancel_owned(reason);
  });
}

void Executor::report_stuck_work(Stuck what_then) noexcept {
  try {
    std::string text = "ringback: shutdown is waiting for work that does not end; it was created at\n";
    for_each_owned([&text](OwnedWork& work) {
      const std::source_location place = work.place();
      text.append("  ").append(place.file_name()).append(":").append(std::to_string(place.line()));
      text.append(" in ").append(runtime::FunctionName(place).view()).append("\n");
      work.describe_waiting(text);
    });
    std::fputs(text.c_str(), stderr);
  } catch (const std::bad_alloc&) {
    std::fputs("ringback: shutdown is waiting for work that does not end, and there is no memory to name it\n", stderr);
  }
  if (what_then == Stuck::abort) std::abort();
}

}  // namespace ringback

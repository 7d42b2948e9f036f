// Blocking for an operation: the first of the four ways to wait.
//
//   Page page = wait(timeout(2s, http.get(url)));     // on a plain thread: no loop, no coroutine
//
// wait() runs the operation, and everything it starts, on the calling thread: real I/O, real
// deadlines, real cancellation, on a driver of this thread's own that is made at first use. It
// returns when all of that has ended, with the value, or throws the failure.
// Threads: any that is not driving a Loop: there it fails at once (would_deadlock), since it would
// stall the loop; await the operation instead. On a Pool's worker it blocks that worker.
#pragma once

#include "ringback/async/call.h"
#include "ringback/async/root.h"
#include "ringback/exec/loop.h"

namespace ringback {

// Names the place "the caller's thread, now" where an executor is asked for: on(Inline{}).
struct Inline {};

// The loop behind Inline on this thread. Lifetime: to the end of the thread.
Loop& inline_loop();
// Replaces the driver behind Inline on this thread, for tests on virtual time; null restores.
void set_inline_driver(std::unique_ptr<runtime::Driver> driver);

namespace internal {

// Throws would_deadlock where the calling thread must not block.
[[gnu::cold]] void check_may_wait_here(std::string_view operation);
inline void check_may_wait(std::string_view operation) {
  if (this_thread.executor != nullptr) [[unlikely]]
    check_may_wait_here(operation);
}

template <Operation Op>
class WaitRoot : public RootOf<Op> {
 public:
  using T = typename Op::value_type;

  WaitRoot(Executor& home, Op&& op, std::source_location place) noexcept : RootOf<Op>(home, std::move(op), place) {}

  const bool& is_done() const noexcept { return is_done_; }
  Outcome<T> take() { return *std::move(outcome_); }

 private:
  void work_ended() noexcept override { outcome_.emplace(this->take_outcome()); }
  void released() noexcept override { is_done_ = true; }

  std::optional<Outcome<T>> outcome_;
  bool is_done_ = false;
};

// Drives `loop` until the operation and all it started have ended, and streams that it abandoned.
template <Operation Op>
Outcome<typename Op::value_type> run_on(Loop& loop, Op op, std::source_location place) {
  auto root = Ref<WaitRoot<Op>>::adopt(new WaitRoot<Op>(loop, std::move(op), place));
  root->start_unlinked();  // Not a child of whatever scope this thread may be in.
  loop.drive([&]() noexcept { return root->is_done() && !loop.owns_leaving(); });
  return root->take();
}

}  // namespace internal

template <runtime::WorkFor Work>
auto wait(Work&& work, std::source_location place = std::source_location::current()) {
  internal::check_may_wait("wait");
  auto outcome = internal::run_on(inline_loop(), internal::work_as_operation(std::forward<Work>(work)), place);
  if (!outcome.ok() && outcome.failure().is_cancelled()) {
    throw make_aborted("wait", outcome.failure().reason());
  }
  return std::move(outcome).value();
}

// The same without a throw.
template <runtime::WorkFor Work>
auto wait_outcome(Work&& work, std::source_location place = std::source_location::current()) {
  internal::check_may_wait("wait_outcome");
  return internal::run_on(inline_loop(), internal::work_as_operation(std::forward<Work>(work)), place);
}

}  // namespace ringback

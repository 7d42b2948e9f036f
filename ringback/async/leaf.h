// The base of operations that suspend until something outside completes them: a timer, the kernel,
// another task. Composite operations (gather, timeout, ...) hold others and are no leaves.
//
// How to write one: derive; in begin(waiter) return true where attach(waiter) is false (cancelled),
// try to complete at once, and otherwise call suspend(arm); past that touch `this` no more. The code that
// completes it calls deliver() once. request_cancel() may come at any time in between, more than
// once, from a worker too where the executor is a Pool, and under the context's lock: it must not
// block, resume anybody or call the program (CallsUnlocked), and must lead to exactly one deliver(), by
// the winner.
#pragma once

#include <string_view>

#include "ringback/async/waiter.h"

namespace ringback::runtime {

class Leaf {
 public:
  virtual void request_cancel(Reason reason) noexcept = 0;

  // What it waits for, for dumps: "sleep", "queue get".
  virtual std::string_view what() const noexcept { return "operation"; }

  // Of what, where that has a name or a descriptor; for dumps too, while it waits.
  struct Subject {
    std::string_view name;  // a peer's address, a path
    int descriptor = -1;
  };
  virtual Subject subject() const noexcept { return {}; }

  // Where the task that waits for it was created; see Job::place().
  std::source_location waiting_place() const noexcept { return waiter_->place(); }
  const Waiter& awaited_by() const noexcept { return *waiter_; }

 protected:
  Leaf() noexcept {}  // NOLINT(cppcoreguidelines-pro-type-member-init): nothing before begin()
  ~Leaf() = default;
  Leaf(Leaf&&) noexcept {}  // NOLINT(cppcoreguidelines-pro-type-member-init): movable until begun

  // Remembers who waits. False: already cancelled, end at once with cancelled_failure().
  bool attach(Waiter& waiter) noexcept {
    waiter_ = &waiter;
    return !waiter.context().is_cancelled();
  }

  // Registers with the waiter's context and calls arm() with both under its lock; arm() gives false
  // where the leaf completed at once after all. Refused: the context is cancelled or its deadline
  // has passed; end at once with cancelled_failure(). Past Parked::suspended `this` may be gone.
  using Parked = Context::Parked;
  template <typename Arm>
  Parked suspend(Arm&& arm) noexcept {
    return waiter_->context().park(*this, static_cast<Arm&&>(arm));
  }

  // attach() and suspend() in one, where the waiter's context is simple and arming cannot fail.
  void suspend_simple(Waiter& waiter) noexcept {
    waiter_ = &waiter;
    waiter.context().park_simple(*this);
  }

  // Tells the waiter. In a job of its executor; `this` may be gone when it returns.
  void finish() noexcept {
    waiter_->context().unpark();
    waiter_->complete();
  }

  Executor& executor() const noexcept { return waiter_->context().executor(); }
  Waiter& waiter() const noexcept { return *waiter_; }

  Failure cancelled_failure() const noexcept { return Cancelled{waiter_->context().reason()}; }

 private:
  Waiter* waiter_;
};

// A leaf that is completed from elsewhere by posting itself: most of them.
class PostedLeaf : public Job, public Leaf {
 protected:
  PostedLeaf() noexcept = default;
  ~PostedLeaf() = default;
  PostedLeaf(PostedLeaf&&) noexcept = default;

  // Threads: any; once. The waiter is told in a later job of its executor: in the waiter's own where we
  // are on its thread, so that it needs no second step.
  void deliver() noexcept {
    Context& context = waiter().context();
    Executor& executor = context.executor();
    if (executor.is_current()) [[likely]] {
      if (JobQueue* ready = executor.ready()) [[likely]] {
        context.unpark_confined();
        ready->push(waiter());
        return;
      }
    }
    executor.post(*this);
  }

  void run() noexcept override { finish(); }
  std::source_location place() const noexcept override { return waiting_place(); }
};

}  // namespace ringback::runtime

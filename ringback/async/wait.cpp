#include "ringback/async/wait.h"

#include "ringback/async/on.h"

namespace ringback {

using namespace runtime;

namespace {

class InlineLoop final : public Loop {
 public:
  explicit InlineLoop(LoopOptions options = {}) : Loop(std::move(options)) { set_inline(); }
  // Streams that were pulled by wait(), and neither ended nor closed.
  ~InlineLoop() override {
    if (!owns_nothing()) shut_down();
    leave_list();
  }
};

thread_local std::unique_ptr<InlineLoop> this_threads_loop;

}  // namespace

Loop& inline_loop() {
  if (this_threads_loop == nullptr) this_threads_loop = std::make_unique<InlineLoop>();
  return *this_threads_loop;
}

void set_inline_driver(std::unique_ptr<Driver> driver) {
  this_threads_loop.reset();
  if (driver == nullptr) return;
  LoopOptions options;
  options.driver = std::move(driver);
  this_threads_loop = std::make_unique<InlineLoop>(std::move(options));
}

void internal::check_may_wait_here(std::string_view operation) {
  const Executor* executor = this_thread.executor;
  if (executor == nullptr || executor->is_concurrent()) return;
  throw Error(ErrorKind::would_deadlock, operation,
              "blocking here would stall the loop this thread is driving; co_await the operation instead");
}

void internal::check_may_detach() {
  const Executor* executor = this_thread.executor;
  if (executor != nullptr && executor != this_threads_loop.get()) return;
  throw Error(ErrorKind::would_deadlock, "detach",
              "no loop or pool runs here that would own the work; use spawn(executor, ...) or a Scope");
}

}  // namespace ringback

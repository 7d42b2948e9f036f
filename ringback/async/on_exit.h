// Clean-up that may wait: `co_await on_exit(close_politely(peer));`
//
// C++ forbids co_await in destructors and catch handlers. A task registered here runs when the
// enclosing Task ends, whichever way: by value, by error, or cancelled; the last registered first.
// It runs shielded from cancellation, with a limit of its own, and so does what it starts. An error in it is added to
// the one the task ended with, or becomes it.
//
// Lifetime: by then the locals of that Task are gone, its arguments are still there. What the clean-up
// needs of the former it is given, or shares (std::shared_ptr).
#pragma once

#include <chrono>
#include <memory>

#include "ringback/async/task.h"
#include "ringback/base/time.h"

namespace ringback {

namespace internal {

class ExitCleanup;

}  // namespace internal

namespace runtime {

class [[nodiscard]] OnExit {
 public:
  // Cost: the one allocation that the clean-up needs; none at the end, where it could not be refused.
  OnExit(Task<void> cleanup, Duration limit);
  OnExit(OnExit&& other) noexcept;
  ~OnExit();

  // Given away: to a task, which runs and frees it.
  internal::ExitCleanup* release() noexcept;

 private:
  std::unique_ptr<internal::ExitCleanup> cleanup_;
};

}  // namespace runtime

// Await it in a Task; completes at once, even in a cancelled one. `limit` bounds the clean-up, which
// is cancelled when it has passed.
inline runtime::OnExit on_exit(Task<void> cleanup, Duration limit = std::chrono::seconds(5)) {
  return runtime::OnExit(std::move(cleanup), limit);
}

template <typename Promise>
auto internal::TaskPromiseOf<Promise>::await_transform(runtime::OnExit on_exit) noexcept {
  this->add_exit(on_exit.release());
  return std::suspend_never{};
}

}  // namespace ringback

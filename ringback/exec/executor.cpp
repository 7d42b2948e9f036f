#include "ringback/exec/executor.h"

#include "ringback/base/check.h"

namespace ringback {

Executor::~Executor() {
  RINGBACK_CHECK(owns_nothing(), "an executor was destroyed with work still running on it: shut it down first");
}

bool Executor::try_post_new(Job& job, Error*) {
  post(job);
  return true;
}

bool Executor::try_take_back(Job&) noexcept { return false; }

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

bool Executor::owns_nothing() noexcept { return owned_count() == 0; }

std::size_t Executor::owned_count() noexcept {
  std::lock_guard guard(owned_lock_);
  return owned_count_;
}

void Executor::cancel_all_owned(Reason reason) noexcept {
  for_each_owned([reason](OwnedWork& work) { work.cancel_owned(reason); });
}

}  // namespace ringback

// Work that an executor may refuse, and that can be taken back for as long as it has not begun.
//
// Between being posted and being taken from the queue it is claimed once: by the queue, which then
// calls begin(); or by Executor::try_take_back(), whose caller does the work itself or drops it, while
// the queue calls forget() when it comes to the job. So every posted NewJob is visited by its queue
// exactly once, and stays where it is until then: a thread that takes it back does not free it
// before forget(). A job that may need this is therefore a member of counted state, not its base.
//
// Threads: begin() and forget() run as jobs of the executor. Cost: one atomic exchange.
#pragma once

#include <atomic>

#include "ringback/exec/job.h"

namespace ringback {

class Executor;

namespace runtime {

class NewJob : public Job {
 protected:
  NewJob() noexcept = default;
  ~NewJob() = default;

  // The work begins; may destroy this job or post it anew.
  virtual void begin() noexcept = 0;

  // The queue lets go of a job that was taken back; may destroy it.
  virtual void forget() noexcept = 0;

 private:
  friend class ::ringback::Executor;

  void run() noexcept final;

  Executor* executor_ = nullptr;  // written by try_post_new() before the job is queued
  std::atomic<bool> is_claimed_{false};
};

}  // namespace runtime

}  // namespace ringback

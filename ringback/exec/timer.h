// A job that becomes ready at a moment.
#pragma once

#include "ringback/base/time.h"
#include "ringback/exec/job.h"

namespace ringback {

namespace runtime {

// Derive and give it to an executor's timers (TimerService, executor.h). While it is armed the wheel
// owns both links (next_job forward, previous_ back); once expired it is an ordinary Job.
//
// Lifetime: stays where it is while armed; remove it before it dies.
class Timer : public Job {
 public:
  TimePoint deadline() const noexcept { return deadline_; }
  bool is_armed() const noexcept { return previous_ != nullptr; }

 protected:
  Timer() noexcept = default;
  Timer(Timer&& other) noexcept : Job(static_cast<Job&&>(other)) {}  // of one that is not armed
  ~Timer() = default;

  // While it is not armed the word is its owner's, to keep a time in.
  void set_deadline(TimePoint moment) noexcept { deadline_ = moment; }

 private:
  friend class TimerWheel;

  // The address of the link that points here: the head of a list or a neighbour's next_job.
  Job** previous_ = nullptr;
  TimePoint deadline_{};
};

}  // namespace runtime

static_assert(sizeof(runtime::Timer) <= 32, "a timer costs four words: a million sleepers hold one each");

}  // namespace ringback

// The timers of an executor: a wheel, behind a lock if workers share it.
#pragma once

#include <mutex>

#include "ringback/base/atomic.h"
#include "ringback/exec/timer_wheel.h"

namespace ringback {

class Executor;
class Loop;

namespace runtime {

// Threads: a confined service (a Loop's own) is used on its loop's thread only; a shared one (a
// Pool's) from any thread. An expired timer is run as a job of the executor it serves.
class TimerService {
 public:
  // `home` runs the timers when they expire; `shared` says whether other threads call.
  TimerService(Loop& loop, Executor& home, bool shared, TimePoint start) noexcept
      : loop_(loop), home_(home), shared_(shared), wheel_(start) {}

  TimePoint now() noexcept;

  // Arms `timer`, which stays where it is until it has run or was removed.
  void add(Timer& timer, TimePoint deadline) noexcept {
    if (shared_) {
      add_shared(timer, deadline);
    } else {
      wheel_.add(timer, deadline);
    }
  }

  // True: the timer will not run. False: it has expired, and its job runs or has run.
  bool remove(Timer& timer) noexcept {
    if (shared_) return remove_shared(timer);
    if (!timer.is_armed()) return false;
    wheel_.remove(timer);
    return true;
  }

  // For the loop that drives this service.
  Deadline earliest_to_wait_for() noexcept;
  void expire(TimePoint now, JobQueue& into) noexcept;
  bool empty() noexcept;
  std::size_t size() noexcept;
  // True: nothing can expire now, and the clock need not be read for it.
  bool has_none_to_expire() const noexcept { return !shared_ && wheel_.empty(); }

 private:
  void add_shared(Timer& timer, TimePoint deadline) noexcept;
  bool remove_shared(Timer& timer) noexcept;

  Loop& loop_;
  Executor& home_;
  const bool shared_;
  SpinLock lock_;
  TimerWheel wheel_;
  Deadline waited_for_ = Deadline::at(TimePoint::min());  // by the sleeping loop; under lock_
};

}  // namespace runtime

}  // namespace ringback

// Runs a pool's jobs on its I/O loop: a Pool of one thread, for virtual time and simulation.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

#include "ringback/exec/internal/drain_signal.h"
#include "ringback/exec/loop.h"

namespace ringback::internal {

// A job of the loop that runs what was posted to the pool, in order, and posts itself again while
// there is more. So the loop is never idle, and virtual time stands still, while a job can run.
//
// Threads: post() and quiet_version() from any. queue_, is_posted_ and jobs_run_ are guarded by lock_.
class Pump final : public Job {
 public:
  Pump(Loop& loop, Executor& home, DrainSignal& signal, TurnOrder order) noexcept
      : loop_(loop), home_(home), signal_(signal), order_(order) {}

  void post(Job& job) noexcept;
  void run() noexcept override;

  // A number that changes whenever a job runs; none while one is queued or running.
  std::optional<std::uint64_t> quiet_version() noexcept;
  std::uint64_t jobs_run() noexcept;

  // True on the thread that is running a job for the pool.
  bool is_here() const noexcept { return is_here_of == this; }

 private:
  static constinit thread_local Pump* is_here_of;

  Loop& loop_;
  Executor& home_;
  DrainSignal& signal_;
  const TurnOrder order_;
  SpinLock lock_;
  JobQueue queue_;
  std::uint64_t jobs_run_ = 0;
  bool is_posted_ = false;
};

}  // namespace ringback::internal

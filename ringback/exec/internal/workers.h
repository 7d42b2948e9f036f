// The threads of a Pool and what they run next.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "ringback/exec/internal/drain_signal.h"
#include "ringback/exec/pool.h"

namespace ringback::internal {

// Threads: any, unless said otherwise.
class Workers {
 public:
  Workers(Executor& home, DrainSignal& signal, std::string name, std::size_t threads, std::size_t extra_max);
  ~Workers();

  // Errors: exhausted.
  void start();

  // False: the calling thread is none of these workers.
  bool post_from_inside(Job& job) noexcept;
  void post_from_outside(Job& job) noexcept;
  bool is_here() const noexcept;

  bool begin_blocking() noexcept;
  void end_blocking() noexcept;

  // A number that changes whenever a worker wakes; none while a job is queued or running.
  std::optional<std::uint64_t> quiet_version() noexcept;
  void add_to(PoolStats& stats) noexcept;

 private:
  void work() noexcept;

  Executor& home_;
  DrainSignal& signal_;
  const std::string name_;
  const std::size_t count_;
  std::vector<std::thread> threads_;
  std::mutex lock_;
  std::condition_variable posted_;
  JobQueue queue_;
  std::size_t idle_ = 0;
  std::uint64_t jobs_run_ = 0;
  bool stop_ = false;
};

}  // namespace ringback::internal

// The threads of a Pool and what they run next.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "ringback/exec/adaptive_spin.h"
#include "ringback/exec/internal/drain_signal.h"
#include "ringback/exec/internal/idle_set.h"
#include "ringback/exec/internal/injection_queue.h"
#include "ringback/exec/internal/job_ring.h"
#include "ringback/exec/internal/parker.h"
#include "ringback/exec/pool.h"

namespace ringback::internal {

class Workers;

// One thread. What is not atomic, and not part of a ring or the idle set, is its own.
struct alignas(64) Worker : IdleSet::Member {
  Worker(Workers& all, std::size_t index) noexcept : all(all), index(index) {}

  Workers& all;
  const std::size_t index;
  JobRing ring;
  std::uint32_t jobs_since_look = 0;  // at the injection queue
  AdaptiveSpin spin;
  Worker* next_dormant = nullptr;  // guarded by Workers::crew_lock_

  Parker parker;
  TimePoint woken_at;  // written by the waker, before it wakes

  // For stats: written by the worker, read by anybody.
  std::atomic<std::uint64_t> jobs_run{0};
  std::atomic<std::uint64_t> steals{0};
  std::atomic<std::uint64_t> parks{0};
  std::thread thread;
};

// A worker takes from its own ring; every 61 jobs, and when the ring is empty, from the injection
// queue; then half of another worker's ring. With nothing there it spins a little, where that has
// paid lately and a core is idle, and parks. idle_set.h tells why no job is left beside a sleeper.
//
// Blocking. Each begin_blocking() lets one more worker run: a dormant one, or a new thread. Each
// end_blocking() leaves one too many (surplus_): the next worker between two jobs goes dormant.
//   live_ = workers not dormant = as constructed + blocked_ + surplus_
// live_, blocked_, surplus_, dormant_ and started_ are written under crew_lock_.
//
// Threads: any, unless said otherwise. The destructor ends and joins all; the pool is quiet then.
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

  // On a worker.
  bool begin_blocking() noexcept;
  void end_blocking() noexcept;

  // A number that changes whenever a worker wakes; none while a job is queued or running.
  std::optional<std::uint64_t> quiet_version() const noexcept;
  void add_to(PoolStats& stats) const noexcept;

 private:
  void start_one();  // under crew_lock_
  void work(Worker& self, bool searching) noexcept;

  Job* next(Worker& self) noexcept;
  Job* search(Worker& self, bool searching) noexcept;
  Job* look_around(Worker& self) noexcept;
  Job* spin(Worker& self, TimePoint since) noexcept;
  bool may_spin(TimePoint since, std::uint32_t spinning) const noexcept;
  void stop_searching() noexcept;
  bool sleep(Worker& self) noexcept;

  bool has_queued() const noexcept;
  void wake_if_needed() noexcept;
  static void wake(Worker& worker) noexcept;

  bool retire(Worker& self, bool searching) noexcept;
  void flush(Worker& self) noexcept;

  Executor& home_;
  DrainSignal& signal_;
  const std::string name_;
  const std::size_t threads_;
  const std::size_t slots_;
  const std::uint32_t cores_;
  std::unique_ptr<std::unique_ptr<Worker>[]> workers_;  // the first started_ of them are set, for good
  std::atomic<std::size_t> started_{0};
  InjectionQueue injection_;
  IdleSet idle_;

  std::mutex crew_lock_;
  Worker* dormant_ = nullptr;
  std::atomic<std::size_t> blocked_{0};  // read by stats() without the lock
  alignas(64) std::atomic<std::size_t> live_{0};
  std::atomic<std::size_t> surplus_{0};
  std::atomic<bool> stop_{false};
  alignas(64) std::atomic<std::uint32_t> spinning_{0};
};

}  // namespace ringback::internal

// Several threads that share work: for what computes, and for what must be blocking.
//
// Jobs posted from a worker stay with that worker, in order, until another one is idle and takes
// half of them. Every 61 jobs a worker looks at what came from outside, so neither side starves. A
// Pool's timers and kernel operations are kept by an I/O loop on a thread of its own; what they
// complete goes on on a worker.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "ringback/exec/admission.h"
#include "ringback/exec/executor.h"
#include "ringback/exec/io_thread.h"

namespace ringback {

namespace runtime {
class Admit;
}

namespace internal {
class AdmissionLine;
class DrainSignal;
class Pump;
class Workers;

// Made before the Executor that is told of it.
struct PoolIo {
  IoThread io_thread;
};
}  // namespace internal

struct PoolOptions {
  // Workers; at least one. The default is one for each core.
  std::size_t threads = std::thread::hardware_concurrency();
  // New work that may wait to begin; more is refused (overloaded). What has begun is never refused.
  std::size_t queue_max = 65536;
  // Workers are called name-0, name-1, ..., the I/O loop name-io; the kernel keeps 15 bytes.
  std::string name = "pool";
  // Threads added while workers block (begin_blocking); they are kept for the next time.
  std::size_t blocking_threads_max = 64;
  // For tests: a VirtualDriver, say. Given one, the Pool is a single thread that runs jobs, timers and
  // kernel operations in one order; `threads` and `blocking_threads_max` are not looked at.
  std::unique_ptr<runtime::Driver> driver = nullptr;
  // In which order that single thread takes up what is ready.
  TurnOrder order = TurnOrder::posted;
  // For the I/O loop's driver, where none is given.
  DriverKind driver_kind = DriverKind::any;
  DriverOptions driver_options = {};
  // How long a shutdown waits before it names on stderr what is stuck, and again each time.
  Duration shutdown_limit = std::chrono::seconds(10);
  // What it does then.
  Stuck stuck = Stuck::report;
};

struct Shutdown {
  bool wait = true;            // for everything accepted to end
  bool cancel_queued = false;  // cancels what has not begun (Reason::shutdown)
};

struct PoolStats {
  std::uint64_t jobs_run = 0;
  std::uint64_t steals = 0;    // times a worker took from another
  std::uint64_t parks = 0;     // times a worker went to sleep
  std::size_t queued_new = 0;  // new work that has not begun; up to a few high while workers run
  std::size_t threads_blocked = 0;
};

// Threads: all calls from any thread, unless said otherwise.
// Lifetime: the destructor drains: it shuts down, waits until everything accepted has ended, and
// joins the threads. Not on one of its own workers: that aborts.
// Cost: idle workers sleep; an idle Pool uses no CPU.
class Pool final : private internal::PoolIo, public Executor {
 public:
  // Errors: exhausted where the system gives no threads, or no driver.
  explicit Pool(PoolOptions options = {});
  ~Pool() override;

  // Refuses new work from outside (shut_down) from here on; what the pool's own jobs submit is
  // accepted to the end. With `wait` it returns when nothing is left: no job queued or running, no
  // work owned. May be called again. Errors: would_deadlock for `wait` on one of its own workers.
  void shutdown(Shutdown how = {});

  // Waits until the Pool has room for one more piece of new work, first come, first served, and takes
  // it: an Admission for spawn() or start(). A later caller, spawn() included, does not get room
  // that becomes free meanwhile. An operation: see async/admit.h. Threads: any; from a task on any executor, by
  // wait(), with a callback. Cancel: holds nothing. Errors: shut_down, unless asked by a job of the Pool.
  runtime::Admit admit() noexcept;
  // Without waiting: nothing where the Pool is full, others are waiting, or it has been shut down.
  std::optional<Admission> try_admit() noexcept;

  // As of construction: those added for blocking are not counted.
  std::size_t threads() const noexcept { return threads_; }
  PoolStats stats() noexcept;
  // No job is queued or running. As of now.
  bool is_resting() const noexcept;

  // Threads: any. On virtual time the same numbers for the same seed.
  std::uint64_t random() noexcept override;

  // True where a further worker runs in the place of the calling one, which must be a worker of this
  // pool: end_blocking() then follows on the same thread.
  bool begin_blocking() noexcept override;
  void end_blocking() noexcept override;

 protected:
  void post_from_anywhere(runtime::Job& job) noexcept override;
  bool admit_new(std::optional<Error>& why) override;
  void new_work_left() noexcept override;
  void on_owned_empty() noexcept override;

 private:
  Pool(PoolOptions&& options, bool is_single);

  friend class runtime::Admit;
  friend class Admission;

  // In queued_: set by the first shutdown; set while somebody is in line_; and new work that has not
  // begun, with the places held by Admissions.
  static constexpr std::uint64_t kClosed = std::uint64_t{1} << 63;
  static constexpr std::uint64_t kHasLine = std::uint64_t{1} << 62;
  static constexpr std::uint64_t kCount = kHasLine - 1;

  enum class Counted : std::uint8_t { yes, full, closed };
  // One more piece of new work, for whom what is in `refusing` is a reason to refuse.
  Counted count_new(std::uint64_t refusing) noexcept;

  // True: its end is known, at once. False: it is told later, unless it forgets it before.
  bool seek_admission(runtime::AdmissionSeeker& seeker) noexcept;
  // True: it will not be told by the Pool any more.
  bool forget_admission(runtime::AdmissionSeeker& seeker) noexcept;
  void serve_line() noexcept;
  void refuse_line() noexcept;

  bool is_own_thread() const noexcept;
  bool is_quiet() noexcept;
  std::optional<std::uint64_t> quiet_version() const noexcept;
  void drain();

  const std::size_t threads_;
  const std::uint64_t queue_max_;
  const Duration shutdown_limit_;
  const Stuck stuck_;
  std::unique_ptr<internal::DrainSignal> signal_;
  std::unique_ptr<internal::Workers> workers_;  // null on a single thread
  std::unique_ptr<internal::Pump> pump_;        // null on several
  std::unique_ptr<internal::AdmissionLine> line_;
  std::atomic<std::uint64_t> random_state_;
  alignas(64) std::atomic<std::uint64_t> queued_{0};
  std::atomic<std::uint64_t> posting_{0};  // outside threads inside post_from_anywhere() or new_work_left()
};

}  // namespace ringback

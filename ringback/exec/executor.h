// Where work runs: the one interface behind inline, Loop and Pool, and behind foreign loops.
//
// An executor takes jobs and runs each once. It is either confined (one thread at a time runs its
// jobs, in order: Loop, inline, a UI loop) or concurrent (several at once: Pool). Its timers and
// kernel operations are kept by a Loop: its own, or one that belongs to it (io()).
//
// After fork() the child may only exec: an executor of its parent that is used there aborts, and says so.
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <optional>
#include <source_location>
#include <string>

#include "ringback/base/atomic.h"
#include "ringback/base/error.h"
#include "ringback/base/intrusive_list.h"
#include "ringback/exec/job.h"
#include "ringback/exec/new_job.h"
#include "ringback/exec/process_mark.h"
#include "ringback/exec/thread_state.h"

namespace ringback {

class Loop;

namespace runtime {

class Context;
class ExecutorTag;
class TimerService;

// Work that an executor owns to its end because no scope does: what start() and spawn() made on it
// from outside. Shutting the executor down cancels it and waits until it has left.
class OwnedWork : public ListLink<class OwnedTag> {
 public:
  // Asks the work to end. Called in the executor (Loop: on its thread; Pool: on any worker), or where a
  // Pool is shut down.
  virtual void cancel_owned(Reason reason) noexcept = 0;

  // Where it was created, for reports.
  virtual std::source_location place() const noexcept = 0;

  // Adds lines about what it waits for, where that is known. Called as cancel_owned(), or while all of
  // the executor's threads are at rest or busy elsewhere.
  virtual void describe_waiting(std::string& /*text*/) {}

  // The tree of its tasks, where it has begun and not ended; else null. As describe_waiting().
  virtual Context* tree() noexcept { return nullptr; }

  // See Executor::prepare_locals().
  virtual void prepare_locals() noexcept {}

  // False while it is still queued: then a shutdown that cancels what is queued cancels it.
  virtual bool has_begun() const noexcept { return false; }

  // True once it was asked to end.
  virtual bool is_leaving() const noexcept { return false; }

 protected:
  OwnedWork() noexcept = default;
  ~OwnedWork() = default;
};

}  // namespace runtime

// What is done about work that a shutdown has cancelled and that does not end.
enum class Stuck : std::uint8_t {
  report,  // it is named on stderr each time the shutdown limit passes
  abort,   // it is named once, and the process ends by abort()
};

class Executor : public runtime::ListLink<runtime::ExecutorTag> {
 public:
  virtual ~Executor();

  // Runs `job` later, never inside this call. Threads: any. Never fails, allocates or blocks:
  // resuming accepted work must always be possible. Bounds apply to new work (admit).
  void post(runtime::Job& job) noexcept {
    if (local_ready_ != nullptr && is_current()) {
      local_ready_->push(job);
    } else {
      post_from_anywhere(job);
    }
  }

  // As post(), for a caller that is in one of this executor's jobs.
  void post_here(runtime::Job& job) noexcept {
    if (local_ready_ != nullptr) [[likely]] {
      local_ready_->push(job);
    } else {
      post_from_anywhere(job);
    }
  }
  // Where post_here() pushes; null where several threads would.
  runtime::JobQueue* ready() const noexcept { return local_ready_; }

  // Runs new work from outside: as post(), but refused where a bound is full or the executor has
  // been shut down. False: refused with `why`, the job was not taken. Threads: any.
  bool try_post_new(runtime::NewJob& job, std::optional<Error>& why);
  // The same for work that is not counted against the bound and cannot be taken back.
  bool try_post_new(runtime::Job& job, std::optional<Error>& why);

  // The same for a job that has been counted before: see Admission.
  void post_admitted(runtime::NewJob& job) noexcept;

  // Takes back work given to try_post_new() that has not begun. True, to one caller at most: it
  // will not begin here, and the queue lets go of it later (NewJob::forget). Threads: any.
  bool try_take_back(runtime::NewJob& job) noexcept;
  bool try_take_back(runtime::Job&) noexcept { return false; }

  // Around a stretch in which the calling job blocks its thread for other work of this executor.
  // A Pool adds a compensating worker; false: it may not (its limit is reached, or a Loop).
  virtual bool begin_blocking() noexcept { return false; }
  virtual void end_blocking() noexcept {}

  // True where the calling thread is running one of this executor's jobs.
  bool is_current() const noexcept { return internal::this_thread.executor == this; }

  // True where jobs of one task tree may run at the same time.
  bool is_concurrent() const noexcept { return concurrent_; }

  // True for the loops behind Inline: only a waiting thread drives them.
  bool is_inline() const noexcept { return is_inline_; }

  // Keeps this executor's timers. See TimerService for threads.
  runtime::TimerService& timers() noexcept { return *timers_; }

  // From the seed of this executor's driver. Threads: the executor's.
  virtual std::uint64_t random() noexcept = 0;

  // Carries out this executor's kernel operations.
  Loop& io() noexcept { return *io_; }

  // Takes `work` over until release(). Threads: any.
  void adopt(runtime::OwnedWork& work) noexcept;
  void release(runtime::OwnedWork& work) noexcept;
  bool owns_nothing() noexcept;
  std::size_t owned_count() noexcept;
  // True while something owned was asked to end and has not.
  bool owns_leaving() noexcept;
  // Calls `visit` for each piece of owned work, under the list's lock.
  template <typename Visit>
  void for_each_owned(Visit&& visit) {
    std::lock_guard guard(owned_lock_);
    for (runtime::OwnedWork* work = owned_.front(); work != nullptr; work = owned_.next(*work)) visit(*work);
  }

  // Aborts in a child of the process that made this executor: see ProcessMark.
  void check_process() const noexcept { process_.check(); }

  // Before task-locals are bound here: what is under way looks for them from now on. In the executor.
  void prepare_locals() noexcept;

  // A callback waits to be called here; it has been called or removed. An executor destroyed in
  // between aborts: the callback would be posted to where it was. Threads: any.
  void expect_callback() noexcept { callbacks_.fetch_add(1, std::memory_order_relaxed); }
  void callback_left() noexcept { callbacks_.fetch_sub(1, std::memory_order_release); }

 protected:
  // `ready`: where post() from the executor's own thread may push directly; null for concurrent.
  Executor(bool concurrent, runtime::JobQueue* ready, Loop* io, runtime::TimerService* timers) noexcept
      : concurrent_(concurrent), local_ready_(ready), io_(io), timers_(timers) {}

  void set_inline() noexcept { is_inline_ = true; }

  virtual void post_from_anywhere(runtime::Job& job) noexcept = 0;

  // Runs a posted job here and now, as this executor's: what a foreign loop calls when it comes to it.
  void run_here(runtime::Job& job) noexcept;

  // Counts one more piece of new work, or refuses it with `why`. Threads: any.
  virtual bool admit_new(std::optional<Error>& /*why*/) { return true; }
  // Admitted work has begun or was taken back. Threads: any; once for each admitted.
  virtual void new_work_left() noexcept {}

  // Called after the last owned work left. Threads: whichever released it.
  virtual void on_owned_empty() noexcept {}

  // Asks everything owned to end; in this executor only.
  void cancel_all_owned(Reason reason) noexcept;
  // The same for what has not begun; on a concurrent executor from any thread.
  void cancel_owned_not_begun(Reason reason) noexcept;

  // For a shutdown that takes too long: writes to stderr where the owned work was created and what it
  // waits for, and ends the process where that is what was asked for.
  void report_stuck_work(Stuck what_then) noexcept;

  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

 private:
  const bool concurrent_;
  bool is_inline_ = false;
  const internal::ProcessMark process_;
  runtime::JobQueue* const local_ready_;
  Loop* const io_;
  runtime::TimerService* const timers_;
  runtime::SpinLock owned_lock_;
  runtime::IntrusiveList<runtime::OwnedWork, runtime::OwnedTag> owned_;
  std::size_t owned_count_ = 0;
  std::atomic<std::size_t> callbacks_{0};
  bool has_locals_ = false;
};

}  // namespace ringback

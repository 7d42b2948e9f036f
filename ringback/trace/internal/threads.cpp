#include "ringback/trace/internal/threads.h"

#include <unistd.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <utility>

#include "ringback/exec/chained_hooks.h"
#include "ringback/exec/executor.h"
#include "ringback/trace/internal/last_run.h"

namespace ringback::trace::internal {

using namespace runtime;

namespace {

Duration::rep now() noexcept { return std::chrono::steady_clock::now().time_since_epoch().count(); }

// All of it is never destroyed: threads run jobs, and end, after static destruction has begun.
struct Threads {
  std::mutex lock;
  std::vector<Watched*> all;   // under lock
  std::vector<Watched*> free;  // under lock
};
Threads& threads() {
  static Threads* const threads = new Threads;
  return *threads;
}

constinit thread_local Watched* here = nullptr;
constinit thread_local bool is_ending = false;

// Gives the thread's Watched back. Executors of this thread may run jobs even later.
struct Leave {
  ~Leave() {
    is_ending = true;
    Watched* const mine = std::exchange(here, nullptr);
    if (mine == nullptr) return;
    std::lock_guard guard(threads().lock);
    mine->thread_id.store(0, std::memory_order_relaxed);
    threads().free.push_back(mine);  // There is room: see below.
  }
};

void enter() noexcept {
  thread_local Leave leave;
  if (is_ending) return;
  try {
    Threads& known = threads();
    std::lock_guard guard(known.lock);
    if (known.free.empty()) {
      known.free.reserve(known.all.size() + 1);
      known.all.reserve(known.all.size() + 1);
      known.all.push_back(new Watched);
      here = known.all.back();
    } else {
      here = known.free.back();
      known.free.pop_back();
    }
    here->thread_id.store(::gettid(), std::memory_order_relaxed);
  } catch (const std::bad_alloc&) {  // The thread is not watched, for now.
  }
}

Kind kind_of(const Executor& executor) noexcept {
  if (executor.is_concurrent()) return Kind::pool;
  return executor.is_inline() ? Kind::own_thread : Kind::loop;
}

class Listener final : public ChainedHooks {
 public:
  void job_begins(Executor& executor, const Job& job) noexcept override {
    ChainedHooks::job_begins(executor, job);
    if (!is_listening()) return;
    if (here == nullptr) enter();
    if (here == nullptr) return;
    Watched& mine = *here;
    std::atomic_thread_fence(std::memory_order_release);
    mine.started.store(now(), std::memory_order_relaxed);
    mine.place.store(job.place(), std::memory_order_relaxed);
    mine.kind.store(kind_of(executor), std::memory_order_relaxed);
    mine.serial.store((mine.serial.load(std::memory_order_relaxed) + 1) | 1, std::memory_order_release);
  }
  void job_goes_on(Executor& executor, const Job& step) noexcept override {
    ChainedHooks::job_goes_on(executor, step);
    if (is_last_run_wanted()) note_run(ringback::internal::this_thread.context);
    if (here != nullptr) here->place.store(step.place(), std::memory_order_relaxed);
  }
  void job_ended(Executor& executor) noexcept override {
    ChainedHooks::job_ended(executor);
    if (is_last_run_wanted()) note_run(ringback::internal::this_thread.context);
    if (here == nullptr) return;
    Watched& mine = *here;
    const std::uint64_t serial = mine.serial.load(std::memory_order_relaxed);
    if (mine.noticed.load(std::memory_order_relaxed) == serial) [[unlikely]] {
      mine.ended.store(now(), std::memory_order_relaxed);
      mine.ended_serial.store(serial, std::memory_order_release);
    }
    if ((serial & 1) != 0) mine.serial.store(serial + 1, std::memory_order_release);
  }
};

Listener& listener() {
  static Listener* const listener = new Listener;  // A thread may be in a call of it at any time.
  return *listener;
}

}  // namespace

std::optional<Seen> look_at(Watched& thread) noexcept {
  Seen seen;
  seen.thread = &thread;
  seen.serial = thread.serial.load(std::memory_order_acquire);
  seen.started = TimePoint(Duration(thread.started.load(std::memory_order_relaxed)));
  seen.place = thread.place.load(std::memory_order_relaxed);
  seen.kind = thread.kind.load(std::memory_order_relaxed);
  seen.thread_id = thread.thread_id.load(std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_acquire);
  const bool is_one_job = (seen.serial & 1) != 0 && thread.serial.load(std::memory_order_relaxed) == seen.serial;
  return is_one_job && seen.thread_id != 0 ? std::optional(seen) : std::nullopt;
}

std::vector<Watched*> watched_threads() {
  std::lock_guard guard(threads().lock);
  return threads().all;
}

Listening::Listening() { listener().listen(); }
Listening::~Listening() { listener().stop(); }

}  // namespace ringback::trace::internal

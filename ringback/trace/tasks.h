// Who waits for what, since when, and where it was created: every live task of the process.
//
//   std::cerr << ringback::trace::dump();
//
// Tasks are linked by their scopes anyhow, so nothing is recorded until a call asks. Only the time since which a
// task waits needs recording: it is known for waits that began while a SinceWhen lived.
#pragma once

#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <vector>

#include "ringback/base/time.h"

namespace ringback::trace {

enum class TaskState : std::uint8_t {
  queued,   // has not begun
  ready,    // runs, or will as soon as its executor comes to it; if it could not be asked, perhaps waits
  waiting,  // for an operation: waits_for
  joining,  // for tasks below it
};

std::string_view to_string(TaskState state) noexcept;

struct TaskInfo {
  std::size_t depth = 0;  // below the task that it runs under, which stands before it: 0, 1, ...
  TaskState state = TaskState::ready;
  // Where it was created, of a coroutine where it is defined; line 0 where that cannot be told, of some that are
  // ready. Of a coroutine that awaits another one directly, both are one task: the innermost is here, the others are in
  // awaited_by.
  std::source_location place;
  std::vector<std::source_location> awaited_by;  // outwards; last where start(), spawn(), run() or wait() was called
  std::string waits_for;                         // "sleep", "queue get"
  std::string subject;                           // of what: "127.0.0.1:80", a path; empty where that has no name
  int descriptor = -1;                           // and its number
  std::optional<Duration> since;                 // how long ago it last ran, by the real clock
  bool is_cancelled = false;
};

// The numbers of one executor. Of a Pool, timers and requests are those of its I/O loop.
struct ExecutorNumbers {
  std::string_view kind;     // "Loop", "Pool" or "inline"
  std::string thread;        // the name of the one that runs the Loop
  int thread_id = 0;         // and its number
  bool has_answered = true;  // see tasks(); where not, the numbers below are 0
  bool is_driven = true;     // false for a Loop that no thread runs now
  std::size_t started = 0;   // pieces of work begun with run, wait, start or spawn; told in any case
  std::size_t tasks = 0;     // live tasks, all that are below those included
  std::size_t ready = 0;     // jobs of a Loop that wait for their turn; of a Pool, new work that has not begun
  std::size_t timers = 0;    // set
  std::size_t requests = 0;  // that the kernel has
  std::uint64_t jobs_run = 0;
  Duration lag_last{};  // how late a Loop was for the timer it found expired last,
  Duration lag_max{};   // and for the latest of all
  // It has tasks, and nothing of its own can wake them: none is ready, no timer is set, and the kernel has no
  // request. Only another thread can.
  bool is_asleep = false;
};

struct ExecutorTasks {
  ExecutorNumbers numbers;
  std::vector<TaskInfo> tasks;  // each before those below it, older ones first
};

// Every Loop and Pool of the process that has work, the oldest first; executors of your own are not seen.
//
// A Loop tells of itself in a job of its own: a Loop that does not come to it within `patience` has not
// answered, because a task holds it (see StallDetector) or because two threads ask each other; of it, and of one
// that nobody runs now, only the places are known where its work was started. A Pool is looked at under its locks.
//
// Threads: any; in a task of a Loop, that one is looked at on the spot, and the thread waits for the others.
// Cost: some 100 ns for each task, during which its executor does nothing else. Errors: std::bad_alloc.
std::vector<ExecutorTasks> tasks(Duration patience = std::chrono::milliseconds(100));

// The numbers only. Costs 10 ns for each task instead.
std::vector<ExecutorNumbers> metrics(Duration patience = std::chrono::milliseconds(100));

// Whether nothing in the process can wake any task: every executor that has some is asleep.
bool is_everyone_asleep(const std::vector<ExecutorTasks>& executors) noexcept;

// tasks() for people, of several lines. Equal neighbours are counted, not repeated.
std::string dump(Duration patience = std::chrono::milliseconds(100));

// metrics() in the text format of Prometheus: gauges and counters named ringback_*.
std::string prometheus(const std::vector<ExecutorNumbers>& executors);

// While one lives, it is noted when tasks last ran. Threads: any; any number of them.
// Cost: some 100 ns for each job of every executor, and 50 bytes for each task.
class SinceWhen {
 public:
  SinceWhen();
  ~SinceWhen();
  SinceWhen(const SinceWhen&) = delete;
  SinceWhen& operator=(const SinceWhen&) = delete;

 private:
  struct Noting;
  const std::unique_ptr<Noting> noting_;
};

}  // namespace ringback::trace

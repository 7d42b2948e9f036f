// Functions in worker processes: for work that may crash, leak, or must be killed at its deadline.
//
//   const ProcessFunction<std::size_t(std::string)> count_words("count_words", [](std::string s) { return s.size(); });
//
//   int main(int argc, char** argv) {
//     process_worker_main(argc, argv);              // first of all: in a worker it does not return
//     ProcessPool pool({.workers = 4});
//     std::size_t words = wait(timeout(2s, pool.call(count_words, text)));
//   }
//
// A worker is this program, started anew (not a fork: it has none of our memory, threads, locks or
// descriptors), which runs nothing of main() behind process_worker_main(). It is started by the first
// call that finds none idle, runs one call at a time, and is used again. Its standard input is empty;
// output and error are ours. It ignores SIGINT, SIGTERM and SIGHUP, for its pool tells it when to end.
// No orphans: a worker ends at once when its pool's process has, however that ended.
//
// Threads: any, from any executor and from wait(), at once. Calls are begun first come, first served.
// Lifetime: outlives its calls, or aborts. The destructor kills the workers, which are idle then.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "ringback/async/task.h"
#include "ringback/base/time.h"
#include "ringback/io/process_function.h"

namespace ringback {

namespace internal {
class ProcessPoolCore;
}

// Where this process was started as a worker: serves its pool and ends the process (std::exit), never
// returning. Otherwise it returns at once. Only static objects are made before it.
void process_worker_main(int argc, char** argv);

struct ProcessPoolOptions {
  // At most so many processes at once; at least one.
  std::size_t workers = std::max(1U, std::thread::hardware_concurrency());
  // Calls that may wait for a worker; more are refused.
  std::size_t queue_max = 1024;
  // Of the arguments of one call, and of its result.
  std::size_t message_bytes_max = std::size_t{256} << 20;
  // How long a worker may take from its start to its first word. No limit on virtual time.
  Duration start_limit = std::chrono::seconds(10);
  // What workers are: this very program, also where its file has been replaced since. Another one has
  // functions of the same names and process_worker_main() too.
  std::string program = "/proc/self/exe";
};

class ProcessPool {
 public:
  // Errors: invalid in a worker whose main() did not begin with process_worker_main().
  explicit ProcessPool(ProcessPoolOptions options = {});
  ~ProcessPool();
  ProcessPool(const ProcessPool&) = delete;
  ProcessPool& operator=(const ProcessPool&) = delete;

  // Runs `function` in a worker. The arguments are copied at once.
  //
  // Errors: what the function throws: an Error as it is (without what hangs on it), another exception as
  // aborted with its text, std::bad_alloc as exhausted, std::logic_error as invalid. reset where the
  // worker died of it, with the signal or exit status; not_found where the worker has no such function;
  // malformed where it answers nonsense; overloaded for a full queue or a message too long; shut_down;
  // what starting a process can fail with, timed_out beyond start_limit. After reset, malformed and
  // timed_out another worker takes its place.
  // Cancellation, a deadline: while it waits for a worker, nothing has happened; while it runs, its
  // worker is killed and awaited: how far it came is not known.
  // Suspension: starting a worker blocks for its load, as Process does.
  // Cost: two trips through a socket, which wake a process each, and two copies of the arguments.
  template <typename R, typename... Params>
  Task<R> call(const ProcessFunction<R(Params...)>& function,
               const std::type_identity_t<std::remove_cvref_t<Params>>&... arguments) {
    return decoded<R, Params...>(call_with_bytes(function.name(), ProcessFunction<R(Params...)>::encode(arguments...)));
  }

  // Refuses new calls (shut_down), waits for those it has accepted, then ends the workers.
  Task<> shutdown();
  // The same, but kills the workers: calls that run or wait end with shut_down.
  Task<> shutdown_now();

  // Worker processes there are at this moment.
  std::size_t worker_count() const noexcept;

 private:
  template <typename R, typename... Params>
  static Task<R> decoded(Task<std::string> call) {
    const std::string bytes = co_await std::move(call);
    co_return ProcessFunction<R(Params...)>::decode(bytes);
  }
  // `name` is a ProcessFunction's, which is static.
  Task<std::string> call_with_bytes(std::string_view name, std::string arguments);

  const std::unique_ptr<internal::ProcessPoolCore> core_;
};

}  // namespace ringback

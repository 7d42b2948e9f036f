// The pool without types: who has which worker, and one call from end to end.
//
// A call runs in its caller's task, on its executor; there is no task or thread of the pool's own. A
// permit of places_ is the right to have a worker: an idle one, or a new one. A worker that failed in
// any way is killed and not given back; the next call that finds none idle starts another.
//
// Threads: lock_ guards the lists and counts; a worker is used by the call that holds it, but for a
// SIGKILL from shutdown_now(), under lock_ and while it is in busy_.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "ringback/io/internal/process_message.h"
#include "ringback/io/process.h"
#include "ringback/io/process_pool.h"
#include "ringback/sync/event.h"
#include "ringback/sync/semaphore.h"

namespace ringback::internal {

class ProcessPoolCore {
 public:
  explicit ProcessPoolCore(ProcessPoolOptions options);
  ~ProcessPoolCore();

  Task<std::string> call(std::string_view name, std::string arguments);
  Task<> shutdown();
  Task<> shutdown_now();
  std::size_t worker_count() const noexcept;

 private:
  struct Worker;
  class CallInside;
  class Busy;

  std::unique_ptr<Worker> start_worker();
  std::unique_ptr<Worker> take_idle();
  void close(bool stops);
  void fail_if_stopping(std::string_view name) const;
  void check_not_stopping(std::string_view name) const;
  void give_back(std::unique_ptr<Worker> worker);
  Task<Outcome<std::string>> exchange(Worker& worker, std::string message);
  Task<> await_ready(Worker& worker);
  Task<ProcessMessage> read_message(Worker& worker);
  Error why_it_failed(std::string_view name, const Worker& worker, const Failure& failure);

  const ProcessPoolOptions options_;
  Semaphore places_;
  mutable std::mutex lock_;
  std::vector<std::unique_ptr<Worker>> idle_;
  std::vector<Worker*> busy_;
  std::size_t calls_ = 0;  // that run or wait
  Event deserted_;         // closed, and calls_ has come to nothing
  bool is_closed_ = false;
  bool is_stopping_ = false;
};

}  // namespace ringback::internal

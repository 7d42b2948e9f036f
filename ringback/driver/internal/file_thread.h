// The thread on which the epoll driver does what has no readiness: files.
//
// Requests are carried out one after the other, in order. Threads: everything here is the driver's
// thread's; the helper itself touches only what stands under `lock_`, and the request it is at.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "ringback/driver/driver.h"
#include "ringback/driver/internal/request_list.h"
#include "ringback/driver/internal/wake_signal.h"

namespace ringback::internal {

class FileThread {
 public:
  // `signal` is raised when something has been finished.
  explicit FileThread(WakeSignal& signal) noexcept : signal_(signal) {}
  // Finishes what was pushed, then joins.
  ~FileThread();

  // Starts the thread at the first call. 0 or a negative errno.
  int push(Request& request) noexcept;

  // Takes `request` out. False: it has been begun, its result will come.
  bool remove(Request& request) noexcept;

  // Moves what has been finished into `into`, the result in each request's word.
  void take_finished(RequestList& into) noexcept;

 private:
  int start() noexcept;  // 0 or a negative errno
  void run() noexcept;

  WakeSignal& signal_;
  std::thread thread_;
  std::atomic<bool> has_finished_{false};

  std::mutex lock_;
  std::condition_variable news_;
  RequestList waiting_;
  RequestList finished_;
  bool end_ = false;
};

}  // namespace ringback::internal

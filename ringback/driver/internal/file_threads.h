// The threads on which the epoll driver does what has no readiness: files.
//
// A few, begun one by one while requests wait and none of them is free: one slow disk, or a FIFO that
// nobody opens, keeps the others from nothing until all are held up. Requests are begun in order.
// Threads: everything here is the driver's thread's; the helpers themselves touch only what stands
// under `lock_`, and the requests they are at.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>

#include "ringback/driver/driver.h"
#include "ringback/driver/internal/request_list.h"
#include "ringback/driver/internal/wake_signal.h"

namespace ringback::internal {

class FileThreads {
 public:
  static constexpr std::size_t kMost = 4;

  // `signal` is raised when something has been finished.
  explicit FileThreads(WakeSignal& signal) noexcept : signal_(signal) {}
  // Finishes what was pushed, then joins.
  ~FileThreads();

  // 0, or a negative errno where there is no thread and none can be had.
  int push(KernelRequest& request) noexcept;

  // Takes `request` out. False: it has been begun, its result will come.
  bool remove(KernelRequest& request) noexcept;

  // Moves what has been finished into `into`, the result in each request's word.
  void take_finished(RequestList& into) noexcept;

 private:
  bool needs_thread() noexcept;
  void add_free(std::ptrdiff_t change) noexcept;
  int start() noexcept;  // 0 or a negative errno
  void run() noexcept;

  WakeSignal& signal_;
  std::array<std::thread, kMost> threads_;
  std::size_t started_ = 0;
  std::atomic<bool> has_finished_{false};

  std::mutex lock_;
  std::condition_variable news_;
  RequestList waiting_;
  RequestList finished_;
  std::ptrdiff_t waiting_count_ = 0;
  std::ptrdiff_t free_ = 0;  // threads that wait for a request, or are on their way to
  bool end_ = false;
};

}  // namespace ringback::internal

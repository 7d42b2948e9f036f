#include "ringback/driver/internal/file_threads.h"

#include <pthread.h>

#include <cerrno>
#include <csignal>
#include <new>
#include <system_error>

#include "ringback/driver/internal/system_call.h"

namespace ringback::internal {

FileThreads::~FileThreads() {
  {
    std::lock_guard hold(lock_);
    end_ = true;
  }
  news_.notify_all();
  for (std::size_t i = 0; i < started_; ++i) threads_[i].join();
}

int FileThreads::start() noexcept {
  // The program's signal handlers run on the program's threads.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int code = 0;
  add_free(1);  // Before it runs: it counts itself out when it takes a request.
  try {
    threads_[started_] = std::thread([this] { run(); });
    pthread_setname_np(threads_[started_].native_handle(), "ringback-files");
    ++started_;
  } catch (const std::bad_alloc&) {
    code = -ENOMEM;
  } catch (const std::system_error&) {
    code = -EAGAIN;  // The system gives no more threads.
  }
  if (code < 0) add_free(-1);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return code;
}

void FileThreads::add_free(std::ptrdiff_t change) noexcept {
  std::lock_guard hold(lock_);
  free_ += change;
}

bool FileThreads::needs_thread() noexcept {
  if (started_ == kMost) return false;
  std::lock_guard hold(lock_);
  return free_ <= waiting_count_;
}

// Where one more thread cannot be had, those there are do the work.
int FileThreads::push(KernelRequest& request) noexcept {
  if (needs_thread()) {
    const int code = start();
    if (code < 0 && started_ == 0) return code;
  }
  {
    std::lock_guard hold(lock_);
    waiting_.push_back(request);
    ++waiting_count_;
  }
  news_.notify_one();
  return 0;
}

bool FileThreads::remove(KernelRequest& request) noexcept {
  std::lock_guard hold(lock_);
  if (!waiting_.contains(request)) return false;
  waiting_.remove(request);
  --waiting_count_;
  return true;
}

void FileThreads::take_finished(RequestList& into) noexcept {
  if (!has_finished_.load(std::memory_order_relaxed)) return;
  std::lock_guard hold(lock_);
  has_finished_.store(false, std::memory_order_relaxed);
  into.take_all(finished_);
}

void FileThreads::run() noexcept {
  std::unique_lock hold(lock_);
  for (;;) {
    news_.wait(hold, [this] { return end_ || !waiting_.empty(); });
    KernelRequest* request = waiting_.pop_front();
    if (request == nullptr) return;
    --waiting_count_;
    --free_;
    hold.unlock();
    const std::int32_t value = perform(request->words);
    hold.lock();
    ++free_;
    RequestList::state(*request) = static_cast<std::uint32_t>(value);
    finished_.push_back(*request);
    has_finished_.store(true, std::memory_order_relaxed);
    signal_.raise();
  }
}

}  // namespace ringback::internal

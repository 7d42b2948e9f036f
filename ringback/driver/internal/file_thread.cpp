#include "ringback/driver/internal/file_thread.h"

#include <pthread.h>

#include <cerrno>
#include <csignal>
#include <new>
#include <system_error>

#include "ringback/driver/internal/system_call.h"

namespace ringback::internal {

FileThread::~FileThread() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard hold(lock_);
    end_ = true;
  }
  news_.notify_one();
  thread_.join();
}

int FileThread::start() noexcept {
  // The program's signal handlers run on the program's threads.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int code = 0;
  try {
    thread_ = std::thread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), "ringback-files");
  } catch (const std::bad_alloc&) {
    code = -ENOMEM;
  } catch (const std::system_error&) {
    code = -EAGAIN;  // The system gives no more threads.
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return code;
}

int FileThread::push(Request& request) noexcept {
  if (!thread_.joinable()) {
    if (const int code = start(); code < 0) return code;
  }
  {
    std::lock_guard hold(lock_);
    waiting_.push_back(request);
  }
  news_.notify_one();
  return 0;
}

bool FileThread::remove(Request& request) noexcept {
  std::lock_guard hold(lock_);
  if (!waiting_.contains(request)) return false;
  waiting_.remove(request);
  return true;
}

void FileThread::take_finished(RequestList& into) noexcept {
  if (!has_finished_.load(std::memory_order_relaxed)) return;
  std::lock_guard hold(lock_);
  has_finished_.store(false, std::memory_order_relaxed);
  into.take_all(finished_);
}

void FileThread::run() noexcept {
  std::unique_lock hold(lock_);
  for (;;) {
    news_.wait(hold, [this] { return end_ || !waiting_.empty(); });
    Request* request = waiting_.pop_front();
    if (request == nullptr) return;
    hold.unlock();
    const std::int32_t value = perform(request->words);
    hold.lock();
    RequestList::state(*request) = static_cast<std::uint32_t>(value);
    finished_.push_back(*request);
    has_finished_.store(true, std::memory_order_relaxed);
    signal_.raise();
  }
}

}  // namespace ringback::internal

#include "ringback/trace/dump_on_signal.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <thread>
#include <utility>

#include "ringback/async/unhandled.h"
#include "ringback/base/atomic.h"
#include "ringback/base/check.h"
#include "ringback/exec/io_thread.h"
#include "ringback/trace/tasks.h"

namespace ringback::trace {

using namespace runtime;

namespace {

// What the handler may touch: of each signal, who listens, and how many threads are in here.
std::atomic<int> listening[NSIG];  // the descriptor, and one: 0 is nobody
std::atomic<int> in_handler{0};
static_assert(std::atomic<int>::is_always_lock_free);

void raise_count(int fd) noexcept {
  const std::uint64_t one = 1;
  // A full counter has been raised before.
  [[maybe_unused]] const ssize_t written = ::write(fd, &one, sizeof one);
}

void on_signal(int signal) noexcept {
  const int error = errno;
  in_handler.fetch_add(1);
  if (const int fd = listening[signal].load() - 1; fd >= 0) raise_count(fd);
  in_handler.fetch_sub(1);
  errno = error;
}

[[noreturn]] void refuse_taken() {
  throw Error(ErrorKind::invalid, "dump on a signal", "the signal has a handler already");
}

void take_over(int signal) {
  struct sigaction before = {};
  if (::sigaction(signal, nullptr, &before) != 0) throw Error::from_os(errno, "dump on a signal");
  if ((before.sa_flags & SA_SIGINFO) != 0 || before.sa_handler != SIG_DFL) refuse_taken();
  struct sigaction mine = {};
  mine.sa_handler = on_signal;
  mine.sa_flags = SA_RESTART;
  if (::sigaction(signal, &mine, nullptr) != 0) throw Error::from_os(errno, "dump on a signal");
}

void listen(int signal, int fd) {
  int nobody = 0;
  if (!listening[signal].compare_exchange_strong(nobody, fd + 1)) refuse_taken();
  try {
    take_over(signal);
  } catch (...) {
    listening[signal].store(0);
    throw;
  }
}

class Descriptor {
 public:
  Descriptor() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (fd_ < 0) throw Error::from_os(errno, "dump on a signal");
  }
  ~Descriptor() { ::close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const noexcept { return fd_; }

 private:
  const int fd_;
};

}  // namespace

class DumpOnSignal::Watch {
 public:
  explicit Watch(DumpOptions options) : options_(std::move(options)) {
    if (options_.signal <= 0 || options_.signal >= NSIG) {
      throw Error(ErrorKind::invalid, "dump on a signal", "there is no such signal");
    }
    if (!options_.on_dump) options_.on_dump = [](const std::string& dump) { std::fputs(dump.c_str(), stderr); };
    listen(options_.signal, wake_.get());
    try {
      thread_ = ringback::internal::make_thread("dump", [](void* self) { static_cast<Watch*>(self)->watch(); }, this);
    } catch (...) {
      unlisten();
      throw;
    }
  }
  ~Watch() {
    RINGBACK_CHECK(thread_.get_id() != std::this_thread::get_id(),
                   "a DumpOnSignal was destroyed by its own on_dump: it would wait for itself");
    unlisten();
    stop_.store(true, std::memory_order_relaxed);
    raise_count(wake_.get());  // Published by the descriptor.
    thread_.join();
  }

 private:
  // A handler that has begun goes on with the descriptor it read.
  void unlisten() noexcept {
    std::signal(options_.signal, SIG_DFL);
    listening[options_.signal].store(0);
    for (unsigned round = 0; in_handler.load() != 0; ++round) ringback::internal::spin_pause(round);
  }

  void watch() noexcept {
    while (!stop_.load(std::memory_order_relaxed)) {
      pollfd wake{wake_.get(), POLLIN, 0};
      const int found = ::poll(&wake, 1, milliseconds_between_looks());
      if (found < 0) continue;  // Interrupted, by the very signal perhaps.
      std::uint64_t count = 0;
      if (found > 0 && ::read(wake_.get(), &count, sizeof count) < 0) continue;
      if (stop_.load(std::memory_order_relaxed)) return;
      tell(found > 0);
    }
  }

  void tell(bool is_asked) noexcept {
    try {
      if (is_asked || has_slept_long()) options_.on_dump(dump(options_.patience));
    } catch (...) {
      report_unhandled({Failure::from_current(), {}, "a DumpOnSignal's on_dump threw"});
    }
  }

  bool watches_sleep() const noexcept { return options_.asleep_limit != Duration::max(); }
  int milliseconds_between_looks() const noexcept {
    if (!watches_sleep()) return -1;
    const auto between = std::chrono::duration_cast<std::chrono::milliseconds>(options_.asleep_limit / 4).count();
    return static_cast<int>(std::clamp<std::int64_t>(between, 1, 60'000));
  }

  // True once for each time that everyone sleeps for so long, in every look.
  bool has_slept_long() {
    const auto now = std::chrono::steady_clock::now();
    if (!is_everyone_asleep(tasks(options_.patience))) {
      asleep_since_ = {};
      is_told_ = false;
      return false;
    }
    if (asleep_since_ == TimePoint{}) asleep_since_ = now;
    return now - asleep_since_ >= options_.asleep_limit && !std::exchange(is_told_, true);
  }

  DumpOptions options_;
  const Descriptor wake_;
  std::atomic<bool> stop_{false};
  TimePoint asleep_since_{};  // the watching thread's own, as is_told_
  bool is_told_ = false;
  std::thread thread_;
};

DumpOnSignal::DumpOnSignal(DumpOptions options) : watch_(std::make_unique<Watch>(std::move(options))) {}
DumpOnSignal::~DumpOnSignal() = default;

}  // namespace ringback::trace

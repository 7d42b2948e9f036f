#include "ringback/trace/internal/stack_capture.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

namespace {

enum class Hold : int { none, wanted, holds };
std::atomic<Hold> hold{Hold::none};
static_assert(std::atomic<Hold>::is_always_lock_free);

}  // namespace

// In the place of the C library's, for this whole program: the test below holds a handler here. It is called first
// outside any handler (prepare_capture), and so looks for nothing in one.
extern "C" int backtrace(void** frames, int size) {
  using Backtrace = int (*)(void**, int);
  static const auto real = reinterpret_cast<Backtrace>(::dlsym(RTLD_NEXT, "backtrace"));  // NOLINT: a function it is
  Hold wanted = Hold::wanted;
  if (hold.compare_exchange_strong(wanted, Hold::holds)) {
    while (hold.load() == Hold::holds) ::sched_yield();
  }
  return real(frames, size);
}

namespace ringback::trace::internal {
namespace {

using namespace std::chrono_literals;

// A thread that does nothing but answer.
class Answering {
 public:
  Answering() {
    while (id.load() == 0) std::this_thread::yield();
  }
  ~Answering() {
    stop_ = true;
    thread_.join();
  }
  // Until it is where it was interrupted.
  void blocking_wait() const {
    const std::uint64_t before = rounds_;
    while (rounds_ < before + 2) std::this_thread::yield();
  }

  std::atomic<int> id{0};

 private:
  void run() {
    id = ::gettid();
    for (; !stop_; ++rounds_) ::usleep(0);
  }

  std::atomic<bool> stop_{false};
  std::atomic<std::uint64_t> rounds_{0};
  std::thread thread_{[this] { run(); }};
};

TEST(StackCapture, is_not_ended_by_an_answer_that_comes_late) {
  prepare_capture(SIGURG);
  Answering thread;
  EXPECT_FALSE(capture_stack(SIGURG, thread.id, 10s).empty());
  while (hold.load() != Hold::holds) {
    hold = Hold::wanted;
    EXPECT_TRUE(capture_stack(SIGURG, thread.id, 1ms).empty());
  }
  EXPECT_TRUE(capture_stack(SIGURG, thread.id, 10s).empty()) << "what it writes into is still in use";
  hold = Hold::none;
  thread.blocking_wait();
  EXPECT_FALSE(capture_stack(SIGURG, thread.id, 10s).empty());
}

}  // namespace
}  // namespace ringback::trace::internal

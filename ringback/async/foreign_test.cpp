#include "ringback/async/foreign.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <thread>

#include "ringback/async/future.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/task.h"
#include "ringback/async/wait.h"
#include "ringback/exec/loop.h"

// Awaitables of another library, which knows nothing of ours.
namespace elsewhere {

struct Ready {
  int value;
  bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  int await_resume() const noexcept { return value; }
};

struct WithMember {
  Ready operator co_await() const noexcept { return {2}; }
};

struct WithFunction {};
inline Ready operator co_await(WithFunction) noexcept { return {3}; }

// Resumes on a thread of its own.
class OnThread {
 public:
  OnThread() = default;
  OnThread(const OnThread&) = delete;
  ~OnThread() {
    if (thread_.joinable()) thread_.join();
  }
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) {
    thread_ = std::thread([handle] { handle.resume(); });
  }
  std::string await_resume() const { return "from another thread"; }

 private:
  std::thread thread_;
};

struct Throws {
  bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  void await_resume() const { throw std::runtime_error("theirs"); }
};

struct Nothing {
  bool& was_awaited;
  bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  void await_resume() const noexcept { was_awaited = true; }
};

// Suspends until somebody resumes it.
struct Waits {
  std::coroutine_handle<>& waiting;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) const noexcept { waiting = handle; }
  int await_resume() const noexcept { return 5; }
};

}  // namespace elsewhere

namespace ringback {
namespace {

TEST(Foreign, an_awaitable_of_any_form_gives_its_value) {
  const auto program = []() -> Task<int> {
    const int one = co_await elsewhere::Ready{1};
    const int two = co_await elsewhere::WithMember{};
    const int three = co_await elsewhere::WithFunction{};
    bool was_awaited = false;
    co_await elsewhere::Nothing{was_awaited};
    EXPECT_TRUE(was_awaited);
    co_return one * 100 + two * 10 + three;
  };
  EXPECT_EQ(wait(program()), 123);
}

TEST(Foreign, what_it_throws_is_thrown_at_the_await) {
  const auto program = []() -> Task<> { co_await elsewhere::Throws{}; };
  EXPECT_THROW(wait(program()), std::runtime_error);
}

TEST(Foreign, a_task_goes_on_on_its_own_thread_where_the_other_one_resumes) {
  const auto program = [](std::thread::id home) -> Task<std::string> {
    elsewhere::OnThread awaitable;
    std::string text = co_await awaitable;
    EXPECT_EQ(std::this_thread::get_id(), home);
    co_return text;
  };
  EXPECT_EQ(wait(program(std::this_thread::get_id())), "from another thread");
}

TEST(Foreign, in_cancelled_work_it_is_not_begun_and_once_begun_it_is_waited_for) {
  Loop loop;
  bool was_awaited = false;
  std::coroutine_handle<> waiting;
  int value = 0;
  const auto program = [](std::coroutine_handle<>& waiting, int& value, bool& was_awaited) -> Task<> {
    value = co_await elsewhere::Waits{waiting};
    co_await elsewhere::Nothing{was_awaited};
  };
  Future<void> work = spawn(loop, program(waiting, value, was_awaited));
  while (waiting == nullptr) loop.poll();
  EXPECT_TRUE(work.cancel());
  loop.poll();
  EXPECT_FALSE(work.is_done()) << "a foreign awaitable cannot be cancelled";
  waiting.resume();
  while (!work.is_done()) loop.poll();
  EXPECT_EQ(value, 5);
  EXPECT_FALSE(was_awaited) << "the scope is cancelled, so the next await fails before it begins";
}

}  // namespace
}  // namespace ringback

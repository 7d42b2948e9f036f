#include "ringback/async/run.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <coroutine>
#include <string>
#include <thread>
#include <tuple>

#include "ringback/async/future.h"
#include "ringback/async/on.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/shield.h"
#include "ringback/async/sleep.h"
#include "ringback/async/start.h"
#include "ringback/async/timeout.h"
#include "ringback/exec/pool.h"
#include "ringback/exec/timer_service.h"
#include "ringback/testing/census.h"
#include "ringback/testing/unhandled_log.h"
#include "ringback/testing/virtual_time.h"

namespace ringback {

using namespace runtime;

namespace {

using namespace std::chrono_literals;
using testing::Census;
using testing::on_virtual_time;
using testing::run_virtually;
using testing::UnhandledLog;
using testing::VirtualInline;

Executor& here() { return *internal::this_thread.executor; }

template <typename F>
ErrorKind kind_thrown_by(F&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.kind();
  }
  return ErrorKind::io;
}

TEST(Run, cancels_and_awaits_what_is_left_over_contract_41) {
  Census census;
  bool cleaned_up = false;
  const auto leftover = [](Census& census, bool& cleaned_up) -> Task<> {
    Census::Member alive(census);
    co_await on_exit([](bool& cleaned_up) -> Task<> {
      co_await sleep(1s);
      cleaned_up = true;
    }(cleaned_up));
    co_await sleep(1000h);
  };
  const auto program = [](auto leftover, Census& census, bool& cleaned_up) -> Task<int> {
    std::ignore = spawn(here(), leftover(census, cleaned_up));
    detach(leftover(census, cleaned_up));
    co_await sleep(1s);
    co_return 3;
  };
  EXPECT_EQ(run_virtually(program(leftover, census, cleaned_up)), 3);
  EXPECT_TRUE(cleaned_up);
  EXPECT_EQ(census.alive(), 0);
}

TEST(Run, names_what_is_stuck_in_its_shutdown_again_and_again_contract_41) {
  const auto stuck = []() -> Task<> {
    const auto hang = []() -> Task<> { co_await sleep(25s); };
    co_await on_exit(hang(), 1h);
    co_await sleep(1000h);
  };
  const auto program = [](auto stuck) -> Task<> {
    detach(stuck());
    co_await sleep(1s);
  };
  ::testing::internal::CaptureStderr();
  run_virtually(program(stuck));
  const std::string text = ::testing::internal::GetCapturedStderr();
  std::size_t named = 0;
  for (std::size_t at = text.find("run_test.cpp"); at != std::string::npos; at = text.find("run_test.cpp", at + 1))
    ++named;
  EXPECT_GE(named, 2u) << text;
}

Task<> hangs_for(Duration length) {
  const auto hang = [](Duration length) -> Task<> { co_await sleep(length); };
  co_await shield(hang(length));
}

// What the program itself left behind, as opposed to what it detached.
Task<> leaves_behind(Duration length) {
  start(hangs_for(length), [](const Outcome<void>&) {});
  co_await sleep(1s);
}

std::size_t times_in(const std::string& text, std::string_view part) {
  std::size_t times = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++times;
  return times;
}

TEST(Run, names_what_its_task_left_behind_and_what_that_waits_for_contract_41) {
  ::testing::internal::CaptureStderr();
  run_virtually(leaves_behind(35s));
  const std::string text = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(times_in(text, "leaves_behind"), 3u) << text;
  EXPECT_EQ(times_in(text, "waits for sleep, in the task created at"), 3u) << text;
  EXPECT_EQ(times_in(text, "hangs_for"), 3u) << text;
}

TEST(Run, ends_the_process_over_stuck_work_where_that_was_asked_for_contract_41) {
  const auto run_stuck = [](Task<> program, Duration limit) {
    RunOptions options = on_virtual_time();
    options.stuck = Stuck::abort;
    options.loop.shutdown_limit = limit;
    run(std::move(program), std::move(options));
  };
  EXPECT_EXIT(run_stuck(leaves_behind(35s), 10s), ::testing::KilledBySignal(SIGABRT), "does not end(.|\n)*hangs_for");
  const auto detaches = []() -> Task<> {
    detach(hangs_for(35s));
    co_await sleep(1s);
  };
  EXPECT_EXIT(run_stuck(detaches(), 10s), ::testing::KilledBySignal(SIGABRT), "hangs_for");
  run_stuck(leaves_behind(35s), 1h);  // What ends within the limit ends nothing else.
}

TEST(Run, and_wait_inside_one_another_fail_at_once_contract_02) {
  const auto nothing = []() -> Task<> { co_return; };
  const auto program = [](auto nothing) -> Task<> {
    co_await yield();
    EXPECT_EQ(kind_thrown_by([&] { run_virtually([] {}); }), ErrorKind::would_deadlock);
    EXPECT_EQ(kind_thrown_by([&] { wait([] {}); }), ErrorKind::would_deadlock);
    EXPECT_EQ(kind_thrown_by([&] { std::ignore = spawn(Inline{}, [] {}); }), ErrorKind::would_deadlock);
    EXPECT_EQ(kind_thrown_by([&] { start([] {}, on(Inline{}), [](Outcome<void>) {}); }), ErrorKind::would_deadlock);
    Loop other({.driver = std::make_unique<VirtualDriver>()});
    EXPECT_EQ(kind_thrown_by([&] { other.run(); }), ErrorKind::would_deadlock);
    co_await nothing();
  };
  UnhandledLog log;
  run_virtually(program(nothing));
  VirtualInline inline_time;
  wait(program(nothing));
}

TEST(Run, detach_inside_wait_is_refused_contract_03) {
  VirtualInline inline_time;
  UnhandledLog log;
  const auto program = []() -> Task<> {
    co_await yield();
    EXPECT_EQ(kind_thrown_by([] { detach(sleep(1s)); }), ErrorKind::would_deadlock);
  };
  wait(program());
}

TEST(Run, a_failure_is_thrown_and_a_cancellation_becomes_aborted) {
  const auto failing = []() -> Task<> {
    co_await sleep(1s);
    throw Error(ErrorKind::denied, "main", "no");
  };
  EXPECT_EQ(kind_thrown_by([&] { run_virtually(failing()); }), ErrorKind::denied);
}

TEST(Wait, ends_when_all_it_started_has_contract_03) {
  VirtualInline inline_time;
  std::string order;
  const auto program = [](std::string& order) -> Task<> {
    start(sleep(3s), [&order](Outcome<void>) { order += "callback "; });
    order += "body ";
    co_return;
  };
  wait(program(order));
  order += "after";
  EXPECT_EQ(order, "body callback after");
}

TEST(Start, inline_calls_back_before_it_returns_contract_03) {
  VirtualInline inline_time;
  std::string order;
  start(sleep(3h), on(Inline{}), [&](Outcome<void> end) { order += end.ok() ? "called " : "failed "; });
  start([] { return 5; }, on(Inline{}), [&](Outcome<int> five) { order += std::to_string(*five); });
  EXPECT_EQ(order, "called 5");
}

TEST(Start, a_coroutine_callback_is_awaited_even_where_the_work_was_cancelled_before_its_first_step_contract_27) {
  UnhandledLog log;
  const auto program = []() -> Task<> {
    std::string seen;
    Call call = start(sleep(1h), on(here()), [&seen](Outcome<void> end) {
      return [](Outcome<void> end, std::string& seen) -> Task<> {
        co_await sleep(1s);
        seen = end.failure().describe();
        throw Error(ErrorKind::io, "callback", "failed");
      }(std::move(end), seen);
    });
    EXPECT_TRUE(call.cancel(Reason::overload));
    co_await sleep(5s);
    EXPECT_EQ(seen, "cancelled: overload");
    EXPECT_FALSE(call.cancel());
  };
  run_virtually(program());
  ASSERT_EQ(log.size(), 1u);
  EXPECT_EQ(log.take()[0].failure.describe(), "callback: failed");
}

TEST(Start, a_callback_that_throws_reaches_the_hook_contract_22) {
  UnhandledLog log;
  VirtualInline inline_time;
  start([] { return 1; }, on(Inline{}), [](Outcome<int>) { throw 5; });
  const auto program = []() -> Task<> {
    start([] { return 1; }, on(here()), [](Outcome<int>) { throw 5; });
    co_await sleep(1s);
  };
  run_virtually(program());
  EXPECT_EQ(log.size(), 2u);
}

// Resumes on a thread of its own, after a moment.
struct ForeignThread {
  std::thread* thread;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) const {
    *thread = std::thread([handle] { handle.resume(); });
  }
  int await_resume() const { return 42; }
};

TEST(Foreign, an_awaitable_of_another_library_resumes_on_our_executor_contract_48) {
  const auto program = []() -> Task<> {
    std::thread thread;
    Executor* mine = &here();
    const int value = co_await ForeignThread{&thread};
    EXPECT_EQ(value, 42);
    EXPECT_EQ(&here(), mine);
    thread.join();
    co_await std::suspend_never();
  };
  run(program());
}

TEST(On, comes_back_to_the_executor_it_was_on_contract_05) {
  Pool pool({.threads = 2});
  const auto program = [](Pool& pool) -> Task<> {
    Executor* mine = &here();
    const auto where = []() -> Task<Executor*> {
      co_await yield();
      co_return internal::this_thread.executor;
    };
    Executor* there = co_await on(pool, where());
    EXPECT_EQ(there, &pool);
    EXPECT_EQ(&here(), mine);
    const auto hop_back = [](Executor& loop, auto where) -> Task<bool> {
      Executor* back = co_await on(loop, where());
      const bool was_right = back == &loop && internal::this_thread.executor->is_concurrent();
      co_return was_right;
    };
    const bool right = co_await on(pool, hop_back(*mine, where));
    EXPECT_TRUE(right);
    EXPECT_EQ(&here(), mine);
  };
  run(program(pool));
}

TEST(On, an_executor_that_shuts_down_gives_aborted_not_a_cancellation_contract_08) {
  const auto program = []() -> Task<> {
    std::optional<Loop> other;
    std::atomic<Loop*> ready{nullptr};
    std::thread thread([&] {
      Loop loop;
      ready = &loop;
      loop.run();
    });
    while (ready.load() == nullptr) std::this_thread::yield();
    start(sleep(5ms), [&](Outcome<void>) { ready.load()->stop(); });
    auto end = co_await outcome(on(*ready.load(), sleep(1h)));
    EXPECT_EQ(end.failure().error()->kind(), ErrorKind::aborted);
    EXPECT_EQ(end.failure().error()->reason(), Reason::shutdown);
    thread.join();
    co_await sleep(1us);
  };
  run(program());
}

TEST(On, a_deadline_reaches_a_function_though_every_worker_is_busy_contract_25) {
  Pool pool({.threads = 1});
  const auto program = [](Pool& pool) -> Task<> {
    auto end = co_await outcome(timeout(1ms, offload(pool, [](std::stop_token stop) {
                                          while (!stop.stop_requested()) std::this_thread::yield();
                                          return 5;
                                        })));
    EXPECT_EQ(*end, 5) << "it was waited for, and gave a value";
  };
  run(program(pool));
}

TEST(On, work_refused_is_not_reported_as_dropped_contract_40) {
  UnhandledLog log;
  Census census;
  {
    Pool pool({.threads = 1});
    pool.shutdown();
    const auto work = [](Census::Member) -> Task<> { co_return; };
    EXPECT_EQ(kind_thrown_by([&] { std::ignore = spawn(pool, work(Census::Member(census))); }), ErrorKind::shut_down);
    const auto program = [](Pool& pool, auto work, Census& census) -> Task<> {
      auto end = co_await outcome(on(pool, work(Census::Member(census))));
      EXPECT_EQ(end.failure().error()->kind(), ErrorKind::shut_down);
    };
    run_virtually(program(pool, work, census));
  }
  EXPECT_EQ(census.alive(), 0);
  EXPECT_TRUE(log.empty()) << log.text();
}

TEST(Pool, refuses_new_work_past_its_bound_and_never_what_was_accepted_contract_40) {
  Pool pool({.threads = 1, .queue_max = 2});
  std::atomic<bool> release{false};
  std::atomic<bool> began{false};
  Future<void> blocker = spawn(pool, [&] {
    began = true;
    while (!release) std::this_thread::yield();
  });
  while (!began) std::this_thread::yield();
  Future<int> one = spawn(pool, [] { return 1; });
  Future<int> two = spawn(pool, [] { return 2; });
  EXPECT_EQ(kind_thrown_by([&] { std::ignore = spawn(pool, [] { return 3; }); }), ErrorKind::overloaded);
  release = true;
  EXPECT_EQ(one.get() + two.get(), 3);
}

// Runs `body` in a child process; gives its wait status.
template <typename Body>
int status_of_child(Body&& body) {
  const pid_t child = fork();
  if (child == 0) {
    body();
    _exit(7);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

TEST(Signals, the_first_cancels_cleans_up_and_ends_the_process_as_itself_contract_43) {
  int pipes[2];
  ASSERT_EQ(pipe(pipes), 0);
  for (int signal : {SIGINT, SIGTERM}) {
    const int status = status_of_child([&] {
      const auto program = [](int signal, int out) -> Task<> {
        co_await on_exit([](int out) -> Task<> {
          co_await sleep(1ms);
          const auto written = write(out, "c", 1);
          std::ignore = written;
        }(out));
        kill(getpid(), signal);
        co_await sleep(1h);
      };
      run(program(signal, pipes[1]));
    });
    ASSERT_TRUE(WIFSIGNALED(status)) << status;
    EXPECT_EQ(WTERMSIG(status), signal);
    char byte = 0;
    EXPECT_EQ(read(pipes[0], &byte, 1), 1);
    EXPECT_EQ(byte, 'c');
  }
  close(pipes[0]);
  close(pipes[1]);
}

TEST(Signals, wake_a_sleeping_loop_whenever_they_come_contract_43) {
  for (int round = 0; round < 30; ++round) {
    const int status = status_of_child([&] {
      const pid_t self = getpid();
      const pid_t killer = fork();
      if (killer == 0) {
        usleep(static_cast<useconds_t>(round * 150));
        kill(self, SIGTERM);
        _exit(0);
      }
      alarm(20);
      try {
        run(sleep(1h));
      } catch (...) {
        _exit(9);
      }
    });
    ASSERT_TRUE(WIFSIGNALED(status)) << status;
    ASSERT_EQ(WTERMSIG(status), SIGTERM);
  }
}

TEST(Signals, the_second_ends_the_program_and_none_are_watched_on_request_contract_43) {
  const auto stubborn = []() -> Task<> {
    kill(getpid(), SIGINT);
    std::ignore = co_await outcome(sleep(1h));
    kill(getpid(), SIGTERM);
    for (;;) pause();
  };
  int status = status_of_child([&] { run(stubborn()); });
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGTERM);
  const auto one = []() -> Task<> {
    co_await yield();
    kill(getpid(), SIGINT);
    _exit(8);  // Not reached: nobody is there who would catch it.
  };
  status = status_of_child([&] { run(one(), {.signals = Signals::none}); });
  ASSERT_TRUE(WIFSIGNALED(status)) << status;
  EXPECT_EQ(WTERMSIG(status), SIGINT);
  const auto handled = []() -> Task<int> {
    kill(getpid(), SIGINT);
    co_await sleep(1ms);
    co_return 3;
  };
  status = status_of_child([&] {
    signal(SIGINT, [](int) {});
    _exit(run(handled()));
  });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 3) << "a handler of the program's own is left alone";
}

TEST(Signals, one_that_comes_too_late_to_cancel_is_not_lost_contract_43) {
  // Raises it where the work has ended, and run() has not returned.
  struct RaisesInTheEnd {
    bool is_moved_from = false;
    RaisesInTheEnd() = default;
    RaisesInTheEnd(RaisesInTheEnd&& other) noexcept { other.is_moved_from = true; }
    ~RaisesInTheEnd() {
      if (!is_moved_from) kill(getpid(), SIGINT);
    }
  };
  const auto program = [](RaisesInTheEnd) -> Task<> { co_await yield(); };
  int status = status_of_child([&] { run(program(RaisesInTheEnd())); });
  ASSERT_TRUE(WIFSIGNALED(status)) << status;
  EXPECT_EQ(WTERMSIG(status), SIGINT);
  // One that was taken note of, and a value all the same: that is how a program ends itself well.
  const auto graceful = []() -> Task<> {
    kill(getpid(), SIGINT);
    std::ignore = co_await outcome(sleep(1h));
  };
  status = status_of_child([&] { run(graceful()); });
  ASSERT_TRUE(WIFEXITED(status)) << status;
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

constexpr const char* kAfterFork = "after fork a child may only exec";

TEST(ForkDeathTest, wait_and_the_futures_of_the_parent_cannot_be_used_in_a_child) {
  wait(yield());  // This thread's loop is made.
  Pool pool({.threads = 1});
  Future<void> never = spawn(pool, sleep(1h));
  EXPECT_DEATH(wait(yield()), kAfterFork);
  EXPECT_DEATH(std::ignore = spawn(pool, [] { return 1; }), kAfterFork);
  EXPECT_DEATH(never.get(), kAfterFork);
  EXPECT_DEATH(run(never.operation()), kAfterFork);
  never.cancel();
}

}  // namespace
}  // namespace ringback

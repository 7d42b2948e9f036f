// What a cancellation tells the program may do anything: it is told outside all locks.

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <stop_token>

#include "ringback/async/completion.h"
#include "ringback/async/on.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/scope.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "ringback/exec/pool.h"
#include "ringback/testing/unhandled_log.h"
#include "ringback/testing/virtual_time.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using testing::run_virtually;
using testing::UnhandledLog;

// Runs until it is told to stop; being told starts work in the very scope that is being cancelled.
struct Told {
  explicit Told(Executor& executor) noexcept : home(executor) {}

  Executor& home;
  std::latch running{1};
  std::atomic<int> times{0};

  void run_until_told(const std::stop_token& stop) {
    std::latch stopped(1);
    const std::stop_callback tell(stop, [&] {
      ++times;
      spawn(home, [] {});
      stopped.count_down();
    });
    running.count_down();
    stopped.wait();
  }
};

Task<> offload_and_cancel(Told& told, Pool& other) {
  auto end = co_await outcome(with_scope([&](Scope& scope) -> Task<> {
    scope.spawn(
        [&]() -> Task<> { co_await offload(other, [&told](std::stop_token stop) { told.run_until_told(stop); }); });
    scope.spawn([&]() -> Task<> {
      co_await offload(other, [&told] { told.running.wait(); });
      scope.cancel();
    });
    co_await sleep(1h);
  }));
  EXPECT_FALSE(end.ok());
}

TEST(CallUnlocked, a_stop_callback_may_start_work_in_what_is_being_cancelled) {
  Pool pool({.threads = 2});
  Pool other({.threads = 2});
  Told told(pool);
  spawn(pool, offload_and_cancel(told, other)).get();
  EXPECT_EQ(told.times, 1);
}

TEST(CallUnlocked, a_shutdown_tells_functions_outside_the_list_of_owned_work) {
  Loop loop;
  Told told(loop);
  {
    Pool pool({.threads = 2});
    start(offload(pool, [&told](std::stop_token stop) { told.run_until_told(stop); }), on(loop),
          [](const Outcome<void>&) {});
    start([&]() -> Task<> { co_await offload(pool, [&told] { told.running.wait(); }); }, on(loop),
          [&](const Outcome<void>&) { loop.stop(); });
    loop.run();
  }
  EXPECT_EQ(told.times, 1);
}

TEST(CallUnlocked, a_function_begun_past_its_deadline_is_told_at_once) {
  run_virtually([]() -> Task<> {
    bool was_told = false;
    auto function = internal::work_as_operation([&](std::stop_token stop) { was_told = stop.stop_requested(); });
    co_await timeout(0s, std::move(function));
    EXPECT_TRUE(was_told);
  });
}

// on_cancel() is called by the executor that awaits, where it may start, cancel and complete.
TEST(CallUnlocked, on_cancel_may_start_work_on_a_pool_and_throw) {
  const UnhandledLog log;
  Pool pool({.threads = 2});
  std::atomic<int> told{0};
  const auto awaits = [](Pool& pool, std::atomic<int>& told) -> Task<> {
    Completion<int> answer;
    Completer<int> completer = answer.completer();
    answer.on_cancel([&] {
      EXPECT_TRUE(pool.is_current());
      EXPECT_FALSE(completer.try_complete(1));
      spawn(pool, [&told] { ++told; });
      throw Error(ErrorKind::refused, "on_cancel", "no");
    });
    auto end = co_await outcome(timeout(1ms, answer));
    EXPECT_EQ(end.failure().error()->kind(), ErrorKind::timed_out);
  };
  spawn(pool, awaits(pool, told)).get();
  pool.shutdown();
  EXPECT_EQ(told, 1);
  EXPECT_EQ(log.size(), 1u);
}

}  // namespace
}  // namespace ringback

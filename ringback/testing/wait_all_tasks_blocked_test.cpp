#include "ringback/testing/wait_all_tasks_blocked.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "ringback/async/future.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/run.h"
#include "ringback/async/scope.h"
#include "ringback/async/sleep.h"
#include "ringback/async/task.h"
#include "ringback/async/timeout.h"
#include "ringback/exec/pool.h"
#include "ringback/io/pipe.h"
#include "ringback/sync/queue.h"
#include "ringback/testing/virtual_time.h"

namespace ringback::testing {
namespace {

using namespace std::chrono_literals;

// Goes a long way before it waits.
Task<> many_steps(Queue<int>& queue, int& steps) {
  for (int i = 0; i < 1000; ++i) {
    co_await yield();
    ++steps;
  }
  const int item = co_await queue.get();
  steps += item;
}

Task<> waits_for_many_steps() {
  Queue<int> queue(1);
  int steps = 0;
  co_await with_scope([&](Scope& scope) -> Task<> {
    scope.spawn(many_steps(queue, steps));
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(steps, 1000);
    co_await queue.put(7);
    co_await wait_all_tasks_blocked();
    EXPECT_EQ(steps, 1007);
  });
}

TEST(WaitAllTasksBlocked, lets_everybody_come_as_far_as_they_can) {
  run(waits_for_many_steps());
  wait(waits_for_many_steps());
  run_virtually(waits_for_many_steps());
}

TEST(WaitAllTasksBlocked, lets_no_virtual_time_pass) {
  run_virtually([]() -> Task<> {
    bool has_slept = false;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.spawn([&]() -> Task<> {
        co_await sleep(1h);
        has_slept = true;
      });
      const TimePoint before = now();
      co_await wait_all_tasks_blocked();
      EXPECT_EQ(now(), before);
      EXPECT_FALSE(has_slept);
      co_await sleep(2h);
      EXPECT_TRUE(has_slept);
    });
  });
}

TEST(WaitAllTasksBlocked, counts_what_the_kernel_has_ready_as_not_blocked) {
  for (const DriverKind kind : {DriverKind::uring, DriverKind::epoll}) {
    RunOptions options;
    options.loop.driver_kind = kind;
    run(
        []() -> Task<> {
          auto [reader, writer] = make_pipe();
          std::string heard;
          co_await with_scope([&](Scope& scope) -> Task<> {
            scope.spawn([&]() -> Task<> {
              for (int i = 0; i < 3; ++i) {
                char byte = 0;
                const auto buffer = std::as_writable_bytes(std::span(&byte, 1));
                const std::size_t bytes = co_await reader.read(buffer);
                if (bytes == 1) heard += byte;
              }
            });
            co_await wait_all_tasks_blocked();
            EXPECT_EQ(heard, "");
            co_await writer.write("abc");
            co_await wait_all_tasks_blocked();
            EXPECT_EQ(heard, "abc");
          });
        },
        std::move(options));
  }
}

Task<> pass_on(PipeEnd& from, PipeEnd& to) {
  char byte = 0;
  const auto buffer = std::as_writable_bytes(std::span(&byte, 1));
  const std::size_t bytes = co_await from.read(buffer);
  co_await to.write(std::string_view(&byte, bytes));
}

// Each hop is known only when the kernel has been looked at again.
TEST(WaitAllTasksBlocked, follows_what_goes_through_the_kernel_several_times) {
  for (const DriverKind kind : {DriverKind::uring, DriverKind::epoll}) {
    RunOptions options;
    options.loop.driver_kind = kind;
    run(
        []() -> Task<> {
          auto [first_reader, first_writer] = make_pipe();
          auto [second_reader, second_writer] = make_pipe();
          auto [third_reader, third_writer] = make_pipe();
          bool has_arrived = false;
          co_await with_scope([&](Scope& scope) -> Task<> {
            scope.spawn(pass_on(first_reader, second_writer));
            scope.spawn(pass_on(second_reader, third_writer));
            scope.spawn([&]() -> Task<> {
              char byte = 0;
              const auto buffer = std::as_writable_bytes(std::span(&byte, 1));
              const std::size_t bytes = co_await third_reader.read(buffer);
              has_arrived = bytes == 1;
            });
            co_await wait_all_tasks_blocked();
            co_await first_writer.write("x");
            co_await wait_all_tasks_blocked();
            EXPECT_TRUE(has_arrived);
          });
        },
        std::move(options));
  }
}

TEST(WaitAllTasksBlocked, several_complete_together_in_the_order_they_came) {
  run_virtually([]() -> Task<> {
    std::vector<int> order;
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (int i = 0; i < 3; ++i) {
        scope.spawn([&order, i]() -> Task<> {
          co_await wait_all_tasks_blocked();
          order.push_back(i);
        });
      }
      co_return;
    });
    EXPECT_EQ(order, (std::vector<int>{0, 1, 2}));
  });
}

Task<> busy(const bool& stop) {
  while (!stop) co_await yield();
}

TEST(WaitAllTasksBlocked, can_be_cancelled_and_given_a_limit) {
  run([]() -> Task<> {
    bool stop = false;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.spawn(busy(stop));
      const auto ended = co_await outcome(timeout(1ms, wait_all_tasks_blocked()));
      EXPECT_FALSE(ended.ok());
      stop = true;
      co_await wait_all_tasks_blocked();
    });
  });
}

TEST(WaitAllTasksBlockedDeathTest, aborts_on_a_pool) {
  EXPECT_DEATH(
      {
        Pool pool({.threads = 1});
        wait(spawn(pool, [] { return wait_all_tasks_blocked(); }));
      },
      "wait_all_tasks_blocked");
}

}  // namespace
}  // namespace ringback::testing

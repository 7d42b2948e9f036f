#include "ringback/async/call.h"

#include <gtest/gtest.h>

#include <semaphore>
#include <stdexcept>
#include <stop_token>

#include "ringback/async/future.h"
#include "ringback/async/on.h"
#include "ringback/async/start.h"
#include "ringback/async/wait.h"
#include "ringback/driver/virtual_driver.h"
#include "ringback/exec/loop.h"
#include "ringback/exec/pool.h"

namespace ringback {
namespace {

int forty_two() { return 42; }
Task<int> forty_three() { co_return 43; }

class FunctionAsWork : public testing::Test {
 protected:
  void SetUp() override { set_inline_driver(std::make_unique<VirtualDriver>()); }
  void TearDown() override { set_inline_driver(nullptr); }
};

TEST_F(FunctionAsWork, a_function_given_by_name_is_work) { EXPECT_EQ(wait(forty_two), 42); }

TEST_F(FunctionAsWork, a_coroutine_function_given_by_name_is_work) { EXPECT_EQ(wait(forty_three), 43); }

TEST_F(FunctionAsWork, a_function_given_by_name_can_be_spawned) { EXPECT_EQ(spawn(Inline{}, forty_two).get(), 42); }

TEST_F(FunctionAsWork, a_function_given_by_name_can_be_started_inline) {
  int result = 0;
  start(forty_two, on(Inline{}), [&](Outcome<int> outcome) { result = *outcome; });
  EXPECT_EQ(result, 42);
}

// What a function that looks at its stop token does with a cancellation.
struct Stopped {
  std::binary_semaphore has_begun{0};
  std::binary_semaphore was_asked{0};

  int work(const std::stop_token& stop) {
    const std::stop_callback asked(stop, [this] { was_asked.release(); });
    has_begun.release();
    was_asked.acquire();
    return stop.stop_requested() ? 7 : 0;
  }
};

TEST(StopTokens, a_function_sees_its_cancellation_and_ends_in_its_own_way) {
  Pool pool({.threads = 1});
  Stopped stopped;
  Future<int> future = spawn(pool, [&](std::stop_token stop) { return stopped.work(stop); });
  stopped.has_begun.acquire();
  EXPECT_TRUE(future.cancel());
  EXPECT_TRUE(future.cancel()) << "the second request asks nothing more of it";
  EXPECT_EQ(future.get(), 7);
}

TEST(StopTokens, a_function_that_is_cancelled_in_the_queue_is_not_called) {
  Loop loop;
  bool was_called = false;
  Future<void> future = spawn(loop, [&](std::stop_token) { was_called = true; });
  EXPECT_TRUE(future.cancel());
  while (!future.is_done()) loop.poll();
  EXPECT_FALSE(was_called);
  EXPECT_THROW(future.get(), Error);
}

TEST(StopTokens, a_function_whose_deadline_passes_in_the_queue_is_called_and_asked_to_stop) {
  Loop loop;
  Future<bool> future = spawn(loop, [](std::stop_token stop) { return stop.stop_requested(); });
  EXPECT_TRUE(future.cancel(Reason::deadline));
  while (!future.is_done()) loop.poll();
  EXPECT_TRUE(future.get());
}

TEST(StopTokens, what_a_function_throws_is_its_failure_with_or_without_a_token) {
  const auto with = [](std::stop_token) -> int { throw std::logic_error("with"); };
  const auto without = []() -> int { throw std::logic_error("without"); };
  EXPECT_THROW(wait(with), std::logic_error);
  EXPECT_THROW(wait(without), std::logic_error);
}

}  // namespace
}  // namespace ringback

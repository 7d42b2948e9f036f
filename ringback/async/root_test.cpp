#include "ringback/async/root.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "ringback/async/future.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/sleep.h"
#include "ringback/exec/loop.h"
#include "ringback/exec/pool.h"
#include "ringback/testing/virtual_time.h"

namespace ringback {
namespace {

using testing::run_virtually;

// Yields until it is cancelled: a deadline alone does not end it, since every await completes at once.
Task<> yield_for_ever(std::atomic<std::uint64_t>& yields) {
  for (;;) {
    co_await yield();
    ++yields;
  }
}

Task<> see_more(std::atomic<std::uint64_t>& yields) {
  const std::uint64_t before = yields;
  while (yields < before + 10) co_await yield();
}

void wait_for_more(const std::atomic<std::uint64_t>& yields) {
  const std::uint64_t before = yields;
  while (yields < before + 10) std::this_thread::yield();
}

Reason reason_of(const Outcome<void>& end) {
  EXPECT_FALSE(end.ok());
  const Error* error = end.ok() ? nullptr : end.failure().error();
  EXPECT_NE(error, nullptr);
  return error == nullptr ? Reason::overload : error->reason();
}

Outcome<void> end_of(Future<void>& work) {
  try {
    work.get();
    return {};
  } catch (...) {
    return Failure::from_current();
  }
}

TEST(Root, after_a_deadline_one_request_of_another_reason_counts) {
  const auto program = []() -> Task<> {
    std::atomic<std::uint64_t> yields{0};
    Executor& here = *internal::this_thread.executor;
    Future<void> work = spawn(here, yield_for_ever(yields));
    co_await see_more(yields);
    EXPECT_TRUE(work.cancel(Reason::deadline));
    co_await see_more(yields);
    EXPECT_TRUE(work.cancel(Reason::deadline)) << "recorded already, and does nothing";
    co_await see_more(yields);
    EXPECT_TRUE(work.cancel(Reason::shutdown));
    EXPECT_TRUE(work.cancel(Reason::overload)) << "the third: the second one counts";
    const auto end = co_await outcome(work);
    EXPECT_EQ(reason_of(end), Reason::shutdown);
    EXPECT_FALSE(work.cancel());
  };
  run_virtually(program());
}

TEST(Root, a_deadline_after_a_request_does_nothing) {
  const auto program = []() -> Task<> {
    std::atomic<std::uint64_t> yields{0};
    Executor& here = *internal::this_thread.executor;
    Future<void> work = spawn(here, yield_for_ever(yields));
    co_await see_more(yields);
    EXPECT_TRUE(work.cancel(Reason::sibling_failed));
    EXPECT_TRUE(work.cancel(Reason::deadline));
    const auto end = co_await outcome(work);
    EXPECT_EQ(reason_of(end), Reason::sibling_failed);
  };
  run_virtually(program());
}

TEST(Root, both_requests_reach_a_loop_from_another_thread) {
  Loop loop;
  std::thread driver([&] { loop.run(); });
  for (int round = 0; round < 20; ++round) {
    std::atomic<std::uint64_t> yields{0};
    Future<void> work = spawn(loop, yield_for_ever(yields));
    wait_for_more(yields);
    EXPECT_TRUE(work.cancel(Reason::deadline));
    if (round % 2 == 0) wait_for_more(yields);
    EXPECT_TRUE(work.cancel(Reason::shutdown));
    EXPECT_EQ(reason_of(end_of(work)), Reason::shutdown);
  }
  loop.stop();
  driver.join();
}

TEST(Root, both_requests_reach_a_pool_from_another_thread) {
  Pool pool({.threads = 1});
  for (int round = 0; round < 20; ++round) {
    std::atomic<std::uint64_t> yields{0};
    Future<void> work = spawn(pool, yield_for_ever(yields));
    wait_for_more(yields);
    EXPECT_TRUE(work.cancel(Reason::deadline));
    wait_for_more(yields);
    EXPECT_TRUE(work.cancel(Reason::shutdown));
    EXPECT_EQ(reason_of(end_of(work)), Reason::shutdown);
  }
}

}  // namespace
}  // namespace ringback

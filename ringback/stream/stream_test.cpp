#include "ringback/stream/stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <ranges>
#include <string>
#include <thread>
#include <vector>

#include "ringback/async/future.h"
#include "ringback/async/gather.h"
#include "ringback/async/on_exit.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "ringback/exec/pool.h"
#include "ringback/stream/generator.h"
#include "ringback/stream/operators.h"
#include "ringback/testing/census.h"
#include "ringback/testing/unhandled_log.h"
#include "ringback/testing/virtual_time.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using ringback::testing::Census;
using ringback::testing::run_virtually;
using ringback::testing::UnhandledLog;
using ringback::testing::VirtualInline;
using ::testing::ElementsAre;

static_assert(!std::is_copy_constructible_v<Stream<int>>);
static_assert(Operation<Stream<int>::Next>);

Stream<int> endless(Census& census) {
  Census::Member member(census);
  for (int value = 1;; ++value) {
    co_await sleep(1ms);
    co_yield value;
  }
}

TEST(Stream, that_nobody_pulls_runs_nothing_and_is_not_reported) {
  const UnhandledLog log;
  Census census;
  {
    Stream<int> never = endless(census) | stream::map([](int value) { return value; }) | stream::buffer(3);
  }
  EXPECT_EQ(census.ever(), 0);
  EXPECT_TRUE(log.empty()) << log.text();
}

TEST(Stream, goes_on_only_when_the_next_item_is_wanted) {
  int made = 0;
  const auto counting = [](int& made) -> Stream<int> {
    for (;;) co_yield ++made;
  };
  run_virtually([](Stream<int> numbers, int& made) -> Task<> {
    for (int expected = 1; expected <= 3; ++expected) {
      co_await sleep(1h);
      EXPECT_EQ(made, expected - 1);
      auto item = co_await numbers.next();
      EXPECT_EQ(item, expected);
    }
    co_await numbers.close();
  }(counting(made), made));
}

TEST(Stream, is_pulled_by_a_plain_thread_too) {
  const VirtualInline virtual_time;
  Census census;
  Stream<int> numbers = endless(census);
  EXPECT_EQ(wait(numbers.next()), 1);
  EXPECT_EQ(wait(numbers.next()), 2);
  EXPECT_EQ(census.alive(), 1);
  wait(numbers.close());
  EXPECT_EQ(census.alive(), 0);
  EXPECT_EQ(wait(numbers.next()), std::nullopt);
}

TEST(Stream, that_a_plain_thread_dropped_is_cleaned_up_by_its_next_wait) {
  const VirtualInline virtual_time;
  Census census;
  {
    Stream<int> numbers = endless(census);
    EXPECT_EQ(wait(numbers.next()), 1);
  }
  wait(yield());
  EXPECT_EQ(census.alive(), 0);
}

TEST(Stream, is_closed_before_wait_returns_where_it_was_dropped_in_there) {
  const VirtualInline virtual_time;
  Census census;
  const auto one = [](Census& census) -> Task<> {
    Stream<int> numbers = endless(census);
    auto first = co_await numbers.next();
    EXPECT_EQ(first, 1);
  };
  wait(one(census));
  EXPECT_EQ(census.alive(), 0);
}

TEST(Stream, pulled_with_a_limit_of_zero_makes_one_attempt_and_loses_nothing) {
  Census census;
  run_virtually([](Census& census) -> Task<> {
    Stream<int> numbers = endless(census);
    auto none = co_await outcome(timeout(0ms, numbers.next()));
    EXPECT_FALSE(none.ok());
    co_await sleep(5ms);
    auto first = co_await timeout(0ms, numbers.next());
    EXPECT_EQ(first, 1);
    co_await numbers.close();
  }(census));
  EXPECT_EQ(census.alive(), 0);
}

TEST(Stream, may_be_closed_by_another_task_while_one_waits_for_an_item) {
  Census census;
  run_virtually([](Census& census) -> Task<> {
    Stream<int> numbers = stream::filter(endless(census), [](int) { return false; });
    const auto close_later = [](Stream<int>& numbers) -> Task<> {
      co_await sleep(10ms);
      co_await numbers.close();
    };
    auto [item, none] = co_await gather(numbers.next(), close_later(numbers));
    EXPECT_EQ(item, std::nullopt);
    EXPECT_EQ(census.alive(), 0);
  }(census));
}

TEST(Stream, that_was_closed_before_it_began_is_at_its_end) {
  const UnhandledLog log;
  Census census;
  run_virtually([](Census& census) -> Task<> {
    Stream<int> numbers = endless(census);
    co_await numbers.close();
    auto item = co_await numbers.next();
    EXPECT_EQ(item, std::nullopt);
  }(census));
  EXPECT_EQ(census.ever(), 0);
  EXPECT_TRUE(log.empty()) << log.text();
}

Stream<std::unique_ptr<int>> owners() {
  co_yield std::make_unique<int>(7);
  auto named = std::make_unique<int>(8);
  co_yield std::move(named);
}

TEST(Stream, gives_values_that_can_only_be_moved) {
  auto taken = run_virtually(stream::collect(owners() | stream::buffer(1)));
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(*taken[0] + *taken[1], 15);
}

Generator<int> generated() {
  for (int value = 1; value <= 3; ++value) co_yield value;
}

TEST(Stream, is_made_from_a_range_or_a_generator) {
  EXPECT_THAT(run_virtually(stream::collect(stream::from(std::vector<int>{4, 5}))), ElementsAre(4, 5));
  EXPECT_THAT(run_virtually(stream::collect(stream::from(generated()))), ElementsAre(1, 2, 3));
}

TEST(Stream, operators_compose_without_a_source) {
  const auto add_one = [](int value) { return value + 1; };
  auto part = stream::map(add_one) | stream::filter([](int value) { return value != 3; }) | stream::take(2);
  EXPECT_THAT(run_virtually(stream::from(generated()) | std::move(part) | stream::collect()), ElementsAre(2, 4));
  EXPECT_THAT(run_virtually(stream::collect(stream::take(stream::map(stream::from(generated()), add_one), 1))),
              ElementsAre(2));
}

TEST(Stream, taken_nothing_from_begins_nothing) {
  Census census;
  EXPECT_TRUE(run_virtually(stream::collect(stream::take(endless(census), 0))).empty());
  EXPECT_EQ(census.ever(), 0);
}

TEST(Stream, is_not_refused_by_a_pool_that_is_full) {
  PoolOptions options;
  options.threads = 1;
  options.queue_max = 1;
  Pool pool(std::move(options));
  const auto pull_while_full = [](Pool& pool) -> Task<int> {
    Future<void> fills = spawn(pool, [] {});
    auto all = co_await stream::collect(stream::from(generated()));
    co_return static_cast<int>(all.size());
  };
  EXPECT_EQ(spawn(pool, pull_while_full(pool)).get(), 3);
}

TEST(Stream, goes_from_one_executor_to_another_between_two_items) {
  Census census;
  Stream<int> numbers = endless(census);
  Pool pool;
  std::vector<int> seen;
  const auto pull = [](Stream<int>& numbers, std::vector<int>& seen) -> Task<> {
    auto item = co_await numbers.next();
    seen.push_back(item.value_or(0));
  };
  spawn(pool, pull(numbers, seen)).get();
  wait(pull(numbers, seen));
  std::thread([&] { wait(pull(numbers, seen)); }).join();
  wait(numbers.close());
  EXPECT_THAT(seen, ElementsAre(1, 2, 3));
  EXPECT_EQ(census.alive(), 0);
}

// A consumer on one thread, and somebody who closes from another, at any moment.
TEST(Stream, may_be_closed_from_another_thread_at_any_moment) {
  const UnhandledLog log;
  Census census;
  Pool pool;
  const auto busy = [](Census& census) -> Stream<int> {
    Census::Member member(census);
    for (int value = 1;; ++value) {
      co_await yield();
      co_yield value;
    }
  };
  const auto pull_to_the_end = [](Stream<int>& numbers) -> Task<int> {
    int count = 0;
    for (;;) {
      auto item = co_await numbers.next();
      if (!item) break;
      EXPECT_EQ(*item, ++count);
    }
    co_return count;
  };
  for (int round = 0; round < 40; ++round) {
    Stream<int> numbers = busy(census) | stream::buffer(1 + round % 3);
    auto pulling = spawn(pool, pull_to_the_end(numbers));
    for (int turns = 0; turns < round % 8; ++turns) std::this_thread::yield();
    wait(numbers.close());
    pulling.get();
    EXPECT_EQ(census.alive(), 0);
  }
  EXPECT_TRUE(log.empty()) << log.text();
}

TEST(StreamDeathTest, with_two_consumers_at_once_aborts_and_says_so) {
  EXPECT_DEATH(run_virtually([]() -> Task<> {
                 Census census;
                 Stream<int> numbers = endless(census);
                 co_await gather(numbers.next(), numbers.next());
               }()),
               "one consumer at a time");
}

}  // namespace
}  // namespace ringback

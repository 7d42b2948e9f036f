#include "ringback/sync/rate_limiter.h"

#include <gmock/gmock.h>

#include <thread>

#include "ringback/sync/places_test.h"
#include "ringback/testing/virtual_time.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using ringback::testing::run_virtually;
using ::testing::ElementsAre;

class RateLimiters : public InEveryPlace {};
INSTANTIATE_TEST_SUITE_P(In, RateLimiters, kEveryPlace, kPlaceName);

// In places where jobs run one at a time and time is virtual.
class RateLimitersInOrder : public InEveryPlace {};
INSTANTIATE_TEST_SUITE_P(In, RateLimitersInOrder, kPlacesInOrder, kPlaceName);

// When each of `count` acquisitions in a row was given, from the first call on.
Task<std::vector<Duration>> times_of(RateLimiter& limiter, int count) {
  std::vector<Duration> times;
  const TimePoint start = now();
  for (int i = 0; i < count; ++i) {
    co_await limiter.acquire();
    times.push_back(now() - start);
  }
  co_return times;
}

TEST_P(RateLimitersInOrder, give_the_burst_at_once_and_then_one_by_one) {
  RateLimiter limiter({.permits = 10, .per = 1s, .burst = 3});
  EXPECT_THAT(here(times_of(limiter, 6)), ElementsAre(0ms, 0ms, 0ms, 100ms, 200ms, 300ms));
}

TEST_P(RateLimitersInOrder, save_up_no_more_than_the_burst) {
  RateLimiter limiter({.permits = 10, .per = 1s, .burst = 2});
  here([](RateLimiter& limiter) -> Task<> {
    co_await limiter.acquire(2);
    co_await sleep(1h);
    auto times = co_await times_of(limiter, 4);
    EXPECT_THAT(times, ElementsAre(0ms, 0ms, 100ms, 200ms));
  }(limiter));
}

TEST_P(RateLimiters, never_give_more_than_the_rate) {
  // A rate that no whole number of nanoseconds divides.
  RateLimiter limiter({.permits = 3000, .per = 1s, .burst = 1});
  const auto times = here(times_of(limiter, 31));
  EXPECT_GE(times.back() - times.front(), 10ms);
}

Task<> note_when_given(RateLimiter& limiter, std::size_t count, Log& log, int entry) {
  co_await limiter.acquire(count);
  log.add(entry);
}

TEST_P(RateLimitersInOrder, serve_first_come_first_served_also_who_wants_many) {
  RateLimiter limiter({.permits = 10, .per = 1s, .burst = 3});
  Log log;
  here([](RateLimiter& limiter, Log& log) -> Task<> {
    co_await limiter.acquire(3);
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.spawn(note_when_given(limiter, 3, log, 1));
      scope.spawn(note_when_given(limiter, 1, log, 2));
      co_await sleep(150ms);
      EXPECT_FALSE(limiter.try_acquire()) << "past somebody who waits for three";
    });
  }(limiter, log));
  EXPECT_THAT(log.entries(), ElementsAre(1, 2));
}

TEST_P(RateLimitersInOrder, give_the_place_of_a_cancelled_waiter_to_the_next_contract_37) {
  RateLimiter limiter({.permits = 10, .per = 1s, .burst = 5});
  here([](RateLimiter& limiter) -> Task<> {
    co_await limiter.acquire(5);
    const TimePoint start = now();
    const auto late = [](RateLimiter& limiter, TimePoint start) -> Task<> {
      co_await limiter.acquire();
      EXPECT_EQ(now() - start, 250ms) << "when the first gave up: its permits were there by then";
    };
    auto [first, second] = co_await gather_outcomes(timeout(250ms, limiter.acquire(5)), late(limiter, start));
    EXPECT_FALSE(first.ok());
    EXPECT_TRUE(second.ok());
  }(limiter));
}

TEST_P(RateLimitersInOrder, keep_their_rate_when_all_who_wait_give_up_contract_37) {
  RateLimiter limiter({.permits = 10, .per = 1s, .burst = 1});
  here([](RateLimiter& limiter) -> Task<> {
    co_await limiter.acquire();
    const TimePoint start = now();
    for (int i = 0; i < 50; ++i) {
      auto none = co_await outcome(timeout(1ms, limiter.acquire()));
      EXPECT_FALSE(none.ok());
    }
    co_await limiter.acquire();
    EXPECT_EQ(now() - start, 100ms);
  }(limiter));
}

TEST_P(RateLimiters, take_nothing_for_the_loser_of_a_race_contract_19) {
  RateLimiter limiter({.permits = 1, .per = 1h, .burst = 2});
  here([](RateLimiter& limiter) -> Task<> {
    auto first = co_await race(limiter.acquire(), limiter.acquire());
    std::ignore = first;
    EXPECT_TRUE(limiter.try_acquire()) << "the race took two";
    EXPECT_FALSE(limiter.try_acquire());
    auto second = co_await race(Ties::in_order, limiter.acquire(), sleep(1ms));
    EXPECT_EQ(second.index(), 1U);
  }(limiter));
}

// What the first in line gives up would be enough for both.
TEST_P(RateLimitersInOrder, take_one_for_a_race_that_waits_in_line_twice_contract_19) {
  RateLimiter limiter({.permits = 10, .per = 1s, .burst = 3});
  here([](RateLimiter& limiter) -> Task<> {
    co_await limiter.acquire(3);
    auto ends =
        co_await gather_outcomes(timeout(250ms, limiter.acquire(3)), race(limiter.acquire(), limiter.acquire()));
    EXPECT_TRUE(std::get<1>(ends).ok());
    EXPECT_TRUE(limiter.try_acquire());
    EXPECT_FALSE(limiter.try_acquire());
  }(limiter));
}

TEST(RateLimiter, waits_on_a_plain_thread_too) {
  const ringback::testing::VirtualInline virtual_time;
  RateLimiter limiter({.permits = 1, .per = 1h});
  wait(limiter.acquire());
  wait(limiter.acquire());
  EXPECT_THROW(wait(timeout(59min, limiter.acquire())), TimeoutError);
}

// Threads, a Loop and a Pool in one line, with limits that cut in at any moment.
TEST(RateLimiter, serves_threads_loops_and_pools_at_once_and_gives_no_more_than_its_rate) {
  RateLimiter limiter({.permits = 20'000, .per = 1s, .burst = 4});
  const TimePoint start = std::chrono::steady_clock::now();
  std::atomic<int> given{0};
  const auto work = [](RateLimiter& limiter, std::atomic<int>& given, int rounds) -> Task<> {
    for (int i = 0; i < rounds; ++i) {
      auto ended = co_await outcome(timeout(std::chrono::microseconds(20 + i % 7 * 60), limiter.acquire(1 + i % 3)));
      if (ended.ok()) given += 1 + i % 3;
    }
  };
  {
    Pool pool;
    std::vector<Future<void>> futures;
    for (int i = 0; i < 4; ++i) futures.push_back(spawn(pool, work(limiter, given, 150)));
    std::thread loop([&] { run(work(limiter, given, 150), {.signals = Signals::none}); });
    std::thread plain([&] { wait(work(limiter, given, 150)); });
    for (auto& future : futures) future.get();
    loop.join();
    plain.join();
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  EXPECT_LE(given, 4 + seconds * 20'000);
  EXPECT_GT(given, 0);
  wait(limiter.acquire(4));  // The line is empty and the clock goes on.
}

TEST(RateLimiterDeathTest, asked_for_more_than_its_burst_aborts_and_says_so) {
  RateLimiter limiter({.permits = 2, .per = 1s});
  EXPECT_DEATH(limiter.try_acquire(3), "never come together");
}

}  // namespace
}  // namespace ringback

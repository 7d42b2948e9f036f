#include "ringback/sync/capacity_limiter.h"

#include <gmock/gmock.h>

#include <atomic>

#include "ringback/sync/places_test.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

class CapacityLimiters : public InEveryPlace {};
INSTANTIATE_TEST_SUITE_P(In, CapacityLimiters, kEveryPlace, kPlaceName);
class CapacityLimitersInOrder : public InEveryPlace {};
INSTANTIATE_TEST_SUITE_P(In, CapacityLimitersInOrder, kPlacesInOrder, kPlaceName);

Task<> note_when_in(CapacityLimiter& limiter, Log& log, int entry) {
  auto lease = co_await limiter.acquire();
  log.add(entry);
  co_await sleep(10ms);
}

TEST_P(CapacityLimiters, let_in_as_many_as_the_capacity_says) {
  CapacityLimiter limiter(3);
  here([](CapacityLimiter& limiter) -> Task<> {
    std::atomic<int> inside{0};
    std::atomic<int> most{0};
    const auto enter = [](CapacityLimiter& limiter, std::atomic<int>& inside, std::atomic<int>& most) -> Task<> {
      auto lease = co_await limiter.acquire();
      const int now_inside = ++inside;
      int before = most;
      while (before < now_inside && !most.compare_exchange_weak(before, now_inside)) {
      }
      co_await sleep(1ms);
      --inside;
    };
    std::vector<Task<>> tasks;
    for (int i = 0; i < 20; ++i) tasks.push_back(enter(limiter, inside, most));
    co_await gather(std::move(tasks));
    EXPECT_EQ(most, 3);
  }(limiter));
  EXPECT_EQ(limiter.usage().in_use, 0U);
}

TEST_P(CapacityLimitersInOrder, let_waiters_in_when_the_capacity_grows_and_nobody_until_it_has_shrunk) {
  CapacityLimiter limiter(0);
  Log log;
  here([](CapacityLimiter& limiter, Log& log) -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (int i = 1; i <= 4; ++i) scope.spawn(note_when_in(limiter, log, i));
      co_await sleep(1ms);
      EXPECT_EQ(limiter.usage().waiting, 4U);
      EXPECT_EQ(limiter.waiting().size(), 4U);
      EXPECT_NE(std::string(limiter.waiting().front().function_name()).find("note_when_in"), std::string::npos);
      limiter.set_capacity(2);
      co_await sleep(1ms);
      EXPECT_THAT(log.entries(), ElementsAre(1, 2));
      limiter.set_capacity(1);
      EXPECT_EQ(limiter.usage().in_use, 2U);
      EXPECT_FALSE(limiter.try_acquire().has_value());
      co_await sleep(10ms);
      EXPECT_THAT(log.entries(), ElementsAre(1, 2, 3)) << "two left, one may be in";
    });
  }(limiter, log));
  EXPECT_THAT(log.entries(), ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(limiter.usage().in_use, 0U);
}

TEST_P(CapacityLimiters, are_as_before_when_all_who_waited_gave_up_contract_37) {
  CapacityLimiter limiter(1);
  here([](CapacityLimiter& limiter) -> Task<> {
    {
      auto lease = co_await limiter.acquire();
      for (int i = 0; i < 20; ++i) {
        auto none = co_await outcome(timeout(100us, limiter.acquire()));
        EXPECT_FALSE(none.ok());
      }
      EXPECT_EQ(limiter.usage().waiting, 0U);
      EXPECT_TRUE(limiter.waiting().empty());
    }
    auto again = co_await timeout(1s, limiter.acquire());
    EXPECT_TRUE(again);
  }(limiter));
  EXPECT_EQ(limiter.usage().in_use, 0U);
}

TEST_P(CapacityLimiters, take_one_for_a_race) {
  CapacityLimiter limiter(2);
  here([](CapacityLimiter& limiter) -> Task<> {
    auto first = co_await race(limiter.acquire(), limiter.acquire());
    std::ignore = first;
    EXPECT_EQ(limiter.usage().in_use, 1U);
  }(limiter));
  EXPECT_EQ(limiter.usage().in_use, 0U);
}

TEST(CapacityLimiter, changes_under_threads_that_come_and_give_up) {
  CapacityLimiter limiter(2);
  std::atomic<int> inside{0};
  const auto work = [](CapacityLimiter& limiter, std::atomic<int>& inside) -> Task<> {
    for (int i = 0; i < 300; ++i) {
      auto lease = co_await outcome(timeout(std::chrono::microseconds(i % 5 * 40), limiter.acquire()));
      if (!lease.ok()) continue;
      EXPECT_LE(++inside, 4);
      co_await yield();
      --inside;
    }
  };
  {
    Pool pool;
    std::vector<Future<void>> futures;
    for (int i = 0; i < 6; ++i) futures.push_back(spawn(pool, work(limiter, inside)));
    for (int i = 0; i < 500; ++i) {
      limiter.set_capacity(static_cast<std::size_t>(i % 4) + 1);
      std::ignore = limiter.waiting();
      std::this_thread::yield();
    }
    for (auto& future : futures) future.get();
  }
  EXPECT_EQ(limiter.usage().in_use, 0U);
  EXPECT_EQ(limiter.usage().waiting, 0U);
}

TEST(CapacityLimiterDeathTest, destroyed_before_a_lease_aborts_and_says_so) {
  EXPECT_DEATH(
      {
        Lease lease;
        CapacityLimiter limiter(1);
        lease = *limiter.try_acquire();
      },
      "before a Lease");
}

}  // namespace
}  // namespace ringback

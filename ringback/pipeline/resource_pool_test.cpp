#include "ringback/pipeline/resource_pool.h"

#include <gtest/gtest.h>

#include <thread>

#include "ringback/async/future.h"
#include "ringback/async/race.h"
#include "ringback/exec/pool.h"
#include "ringback/testing/census.h"
#include "ringback/testing/virtual_time.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using testing::Census;

TEST(ResourcePoolDeathTest, aborts_where_it_dies_while_it_is_used) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto forget = [] {
    testing::run_virtually([]() -> Task<> {
      auto pool = std::make_unique<ResourcePool<int>>([](const std::string&) { return 1; });
      co_await pool->with("a", [&](int&) { pool.reset(); });
    });
  };
  EXPECT_DEATH(forget(), "await close\\(\\) first");
}

TEST(ResourcePool, takes_keys_of_any_ordered_type) {
  testing::run_virtually([]() -> Task<> {
    using Place = std::pair<int, int>;
    ResourcePool<int, Place> pool([](const Place& place) { return 10 * place.first + place.second; });
    auto number = co_await pool.with({1, 2}, [](int& resource) { return resource; });
    EXPECT_EQ(number, 12);
  });
}

TEST(ResourcePool, forgets_keys_that_nobody_uses) {
  testing::run_virtually([]() -> Task<> {
    Census census;
    struct Key {
      int number;
      Census::Member here;
      bool operator<(const Key& other) const noexcept { return number < other.number; }
    };
    ResourcePool<int, Key> pool([](const Key&) { return 1; }, {.idle_time = 0s});
    for (int number = 0; number < 1000; ++number) {
      co_await pool.with(Key{number, Census::Member(census)}, [](int&) {});
    }
    EXPECT_LE(census.alive(), 100);
  });
}

TEST(ResourcePool, that_is_closed_serves_those_in_line_with_what_there_is) {
  testing::run_virtually([]() -> Task<> {
    int made = 0;
    ResourcePool<int> pool([&](const std::string&) { return ++made; }, {.per_key_max = 1});
    Executor& here = *internal::this_thread.executor;
    auto first = spawn(here, pool.with("a", [](int&) { return sleep(1s); }));
    auto second = spawn(here, pool.with("a", [](int& resource) { return resource; }));
    co_await yield();
    co_await pool.close();
    EXPECT_TRUE(first.is_done());
    auto number = co_await second;
    EXPECT_EQ(number, 1);
    EXPECT_EQ(pool.idle(), 0U);
  });
}

struct Connection {
  explicit Connection(Census& census) : here(census) {}
  Census::Member here;
  std::atomic<int> users{0};
};

Task<> use_alone(std::unique_ptr<Connection>& connection, int round) {
  EXPECT_EQ(++connection->users, 1);
  if (round % 3 == 0) co_await yield();
  if (round % 16 == 5) co_await sleep(20us);
  EXPECT_EQ(--connection->users, 0);
  if (round % 7 == 3) throw Error(ErrorKind::io, "test", "in the middle");
}

// From threads in wait() and tasks on a Pool at once, with some that fail and some that give up: nobody
// ever shares a resource, there are never more than were allowed, and none is lost.
TEST(ResourcePool, stands_many_threads_at_once) {
  constexpr int kRounds = 300;
  Census census;
  {
    std::atomic<int> most{0};
    const auto connect = [&](const std::string&) {
      auto connection = std::make_unique<Connection>(census);
      const int now = static_cast<int>(census.alive());
      int before = most;
      while (before < now && !most.compare_exchange_weak(before, now)) {
      }
      return connection;
    };
    const auto is_well = [](std::unique_ptr<Connection>& connection) { return connection->users == 0; };
    ResourcePool<std::unique_ptr<Connection>> pool(connect, is_well, {.per_key_max = 2, .total_max = 3});
    const auto use = [&](int round) {
      return pool.with(round % 2 == 0 ? "a" : "b",
                       [round](std::unique_ptr<Connection>& connection) { return use_alone(connection, round); });
    };
    const auto rounds = [](const auto& use, int first) -> Task<> {
      for (int round = first; round < first + kRounds; ++round) {
        auto ended = co_await outcome(timeout(round % 5 == 0 ? Duration(30us) : Duration(10s), use(round)));
        EXPECT_TRUE(ended.ok() || !ended.failure().is_cancelled());
      }
    };
    Pool workers({.threads = 2});
    std::vector<Future<void>> tasks;
    for (int first = 0; first < 4; ++first) tasks.push_back(spawn(workers, rounds(use, first)));
    std::vector<std::thread> threads;
    for (int first = 0; first < 2; ++first) {
      threads.emplace_back([&, first] { wait(rounds(use, first)); });
    }
    for (std::thread& thread : threads) thread.join();
    for (const Future<void>& task : tasks) task.get();
    EXPECT_EQ(pool.busy(), 0U);
    EXPECT_LE(most, 3);
    wait(pool.close());
    EXPECT_EQ(census.alive(), 0);
  }
}

}  // namespace
}  // namespace ringback

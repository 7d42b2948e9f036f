#include "ringback/pipeline/cached.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "ringback/async/future.h"
#include "ringback/async/gather.h"
#include "ringback/async/timeout.h"
#include "ringback/exec/loop.h"
#include "ringback/exec/pool.h"
#include "ringback/testing/census.h"
#include "ringback/testing/unhandled_log.h"
#include "ringback/testing/virtual_time.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using testing::Census;
using testing::UnhandledLog;

Task<int> count_after(Duration length, int& count) {
  co_await sleep(length);
  co_return ++count;
}

TEST(Cached, is_fresh_stale_and_gone_to_the_millisecond) {
  testing::run_virtually([]() -> Task<> {
    int count = 0;
    const auto fetch = [&](const std::string&) { return count_after(10ms, count); };
    Cached<std::string, int> numbers(fetch, {.fresh_for = 1s, .stale_for = 1s});
    auto first = co_await numbers.get("a");
    EXPECT_EQ(first, 1);
    co_await sleep(999ms);
    EXPECT_EQ(numbers.peek("a").state, CacheState::value);
    co_await numbers.get("a");
    EXPECT_FALSE(numbers.peek("a").is_fetching);
    co_await sleep(1ms);
    EXPECT_EQ(numbers.peek("a").state, CacheState::stale);
    auto stale = co_await numbers.get("a");
    EXPECT_EQ(stale, 1);
    EXPECT_TRUE(numbers.peek("a").is_fetching);
    co_await sleep(11ms);
    auto second = co_await numbers.get("a");
    EXPECT_EQ(second, 2);
    co_await sleep(2s);
    const TimePoint before = now();
    auto third = co_await numbers.get("a");
    EXPECT_EQ(third, 3);
    EXPECT_EQ(now() - before, 10ms) << "too old to be given";
  });
}

TEST(Cached, keeps_an_error_as_long_as_was_asked_and_no_longer) {
  testing::run_virtually([]() -> Task<> {
    int asked = 0;
    const auto fetch = [&](int) -> int {
      ++asked;
      throw Error(ErrorKind::not_found, "fetch", "nobody of that name");
    };
    Cached<int, int> numbers(fetch, {.errors_for = 1s});
    for (int round = 0; round < 4; ++round) {  // at 0, 0.5, 1 and 1.5 s
      auto failed = co_await outcome(numbers.get(7));
      EXPECT_EQ(failed.failure().error()->kind(), ErrorKind::not_found);
      co_await sleep(500ms);
    }
    EXPECT_EQ(asked, 2);
  });
}

TEST(Cached, does_not_give_the_cancellation_of_its_first_waiter_to_its_fetch) {
  testing::run_virtually([]() -> Task<> {
    int count = 0;
    const auto fetch = [&](const std::string&) { return count_after(1s, count); };
    Cached<std::string, int> numbers(fetch);
    auto impatient = [](Cached<std::string, int>& numbers) -> Task<> {
      auto ended = co_await outcome(timeout(100ms, numbers.get("a")));
      EXPECT_FALSE(ended.ok());
    };
    auto [none, number] = co_await gather(impatient(numbers), numbers.get("a"));
    EXPECT_EQ(number, 1);
    std::ignore = none;
  });
}

// One who waits on another executor is not to fail with the one where the fetch happens to run.
TEST(Cached, fetches_anew_elsewhere_where_the_executor_of_a_fetch_is_shut_down) {
  Census census;
  std::atomic<int> asked{0};
  const auto ask = [](Census& census, int number) -> Task<int> {
    const Census::Member here(census);
    if (number == 1) co_await sleep(1h);
    co_return number;
  };
  Cached<std::string, int> numbers([&](const std::string&) { return ask(census, ++asked); });
  auto loop = std::make_unique<Loop>(LoopOptions{.driver = std::make_unique<VirtualDriver>()});
  auto first = spawn(*loop, numbers.get("a"));
  while (census.alive() == 0) loop->poll();
  Pool pool({.threads = 1});
  auto second = spawn(pool, numbers.get("a"));
  while (numbers.peek("a").waiting != 2) std::this_thread::yield();
  loop->shut_down();
  loop.reset();
  EXPECT_EQ(second.get(), 2);
  EXPECT_TRUE(first.is_done());
}

TEST(Cached, may_be_destroyed_by_whoever_is_told_of_a_change) {
  const UnhandledLog log;
  testing::run_virtually([]() -> Task<> {
    int count = 0;
    const auto fetch = [&](const std::string&) { return count_after(1s, count); };
    auto numbers = std::make_unique<Cached<std::string, int>>(fetch);
    Registration listener = numbers->on_change([&](const std::string&) { numbers.reset(); });
    auto ended = co_await outcome(numbers->get("a"));
    EXPECT_EQ(ended.failure().error()->kind(), ErrorKind::closed);
    EXPECT_EQ(count, 0);
  });
  EXPECT_TRUE(log.empty()) << log.text();
}

TEST(Cached, that_is_closed_gives_what_it_keeps_and_remembers_no_key_more) {
  testing::run_virtually([]() -> Task<> {
    int asked = 0;
    Cached<int, int> numbers([&](int key) { return ++asked, 10 * key; });
    co_await numbers.get(1);
    co_await numbers.close();
    auto kept = co_await numbers.get(1);
    EXPECT_EQ(kept, 10);
    for (int key = 2; key < 10; ++key) {
      auto refused = co_await outcome(numbers.get(key));
      EXPECT_EQ(refused.failure().error()->kind(), ErrorKind::closed);
      EXPECT_EQ(numbers.peek(key).state, CacheState::none);
    }
    auto anew = co_await outcome(numbers.refetch(1));
    EXPECT_EQ(anew.failure().error()->kind(), ErrorKind::closed);
    EXPECT_EQ(numbers.size(), 1U);
    EXPECT_EQ(asked, 1);
  });
}

// A value whose end asks the cache that it was in.
struct Curious {
  Cached<int, std::shared_ptr<Curious>>* cache = nullptr;
  ~Curious() { std::ignore = cache->peek(0); }
};

TEST(Cached, lets_values_die_outside_its_lock) {
  testing::run_virtually([]() -> Task<> {
    using Cache = Cached<int, std::shared_ptr<Curious>>;
    Cache* self = nullptr;
    const auto fetch = [&](int) {
      auto value = std::make_shared<Curious>();
      value->cache = self;
      return value;
    };
    Cache cache(fetch, {.fresh_for = 0s, .entries_max = 1});
    self = &cache;
    for (int key : {1, 1, 2, 3}) co_await cache.get(key);
    EXPECT_EQ(cache.size(), 1U);
  });
}

// From tasks on a Pool and threads in wait(), with some that give up and some that invalidate: every value
// was fetched for its key, and no fetch is left behind.
TEST(Cached, stands_many_threads_at_once) {
  constexpr int kRounds = 300;
  Census busy;
  {
    std::atomic<int> changes{0};
    const auto fetch_one = [](Census& busy, int key) -> Task<int> {
      const Census::Member here(busy);
      co_await yield();
      if (key % 3 == 0) co_await sleep(20us);
      if (key == 5) throw Error(ErrorKind::io, "test", "five");
      co_return 10 * key;
    };
    Cached<int, int> numbers([&](int key) { return fetch_one(busy, key); },
                             {.fresh_for = 50us, .stale_for = 50us, .entries_max = 5});
    const auto listener = numbers.on_change([&](int) { ++changes; });
    const auto rounds = [](Cached<int, int>& numbers, int first) -> Task<> {
      for (int round = first; round < first + kRounds; ++round) {
        const int key = round * 7 % 8;
        auto ended = co_await outcome(timeout(round % 4 == 0 ? Duration(15us) : Duration(10s), numbers.get(key)));
        if (ended.ok()) {
          EXPECT_EQ(*ended, 10 * key);
        }
        if (round % 16 == 3) numbers.invalidate(key);
        if (round % 64 == 9) numbers.invalidate_all();
        std::ignore = numbers.peek(key);
      }
    };
    Pool workers({.threads = 2});
    std::vector<Future<void>> tasks;
    for (int first = 0; first < 4; ++first) tasks.push_back(spawn(workers, rounds(numbers, first)));
    std::vector<std::thread> threads;
    for (int first = 0; first < 2; ++first) {
      threads.emplace_back([&, first] { wait(rounds(numbers, first)); });
    }
    for (std::thread& thread : threads) thread.join();
    for (const Future<void>& task : tasks) task.get();
    wait(numbers.close());
    EXPECT_EQ(busy.alive(), 0);
    EXPECT_GT(changes, 0);
  }
}

}  // namespace
}  // namespace ringback

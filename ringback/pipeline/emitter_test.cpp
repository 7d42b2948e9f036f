#include "ringback/pipeline/emitter.h"

#include <gtest/gtest.h>

#include <thread>

#include "ringback/async/future.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "ringback/exec/pool.h"
#include "ringback/testing/census.h"
#include "ringback/testing/unhandled_log.h"
#include "ringback/testing/virtual_time.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using testing::Census;
using testing::UnhandledLog;

TEST(Emitter, emits_any_number_of_values_and_gives_them_to_whoever_waits) {
  testing::run_virtually([]() -> Task<> {
    Emitter<> none;
    Emitter<int, std::string> two;
    std::string seen;
    auto listener =
        two.on([&](int number, std::string_view text) { seen = std::to_string(number) + std::string(text); });
    Future<std::tuple<int, std::string>> pair = spawn(*internal::this_thread.executor, two.next());
    Future<void> nothing = spawn(*internal::this_thread.executor, none.next());
    co_await yield();
    two.emit(1, "lamp");
    none.emit();
    auto got = co_await pair;
    EXPECT_EQ(got, std::make_tuple(1, std::string("lamp")));
    EXPECT_EQ(seen, "1lamp");
    co_await nothing;
  });
}

TEST(Emitter, drives_a_coroutine_to_its_end_on_a_plain_thread) {
  const testing::VirtualInline on_virtual_time;
  Emitter<int> emitter;
  int seen = 0;
  auto listener = emitter.on([&](int value) -> Task<> {
    co_await sleep(1h);
    seen = value;
  });
  emitter.emit(3);
  EXPECT_EQ(seen, 3);
}

TEST(Emitter, may_be_emitted_again_inside_a_call) {
  Emitter<int> emitter;
  std::vector<int> seen;
  auto first = emitter.on([&](int left) {
    seen.push_back(left);
    if (left != 0) emitter.emit(left - 1);
  });
  auto once = emitter.once([&](int left) {
    seen.push_back(100 + left);
    emitter.emit(0);  // It hears nothing of this one.
  });
  emitter.emit(2);
  EXPECT_EQ(seen, (std::vector<int>{2, 1, 0, 100, 0}));
}

TEST(Emitter, keeps_a_registration_that_was_told_to_stay) {
  Census census;
  int calls = 0;
  {
    Emitter<> emitter;
    emitter.on([&, here = Census::Member(census)] { ++calls; }).keep();
    emitter.emit();
    emitter.emit();
    EXPECT_EQ(census.alive(), 1);
  }
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(census.alive(), 0);
}

TEST(Emitter, that_dies_is_still_heard_where_a_listener_had_not_yet_had_its_turn) {
  Loop loop({.driver = std::make_unique<VirtualDriver>()});
  Census census;
  std::vector<int> seen;
  Registration stays;
  {
    Emitter<int> emitter;
    stays = emitter.on(loop, [&, here = Census::Member(census)](int value) { seen.push_back(value); });
    emitter.emit(1);
    emitter.emit(2);
  }
  EXPECT_EQ(census.alive(), 1);
  while (loop.poll()) continue;
  EXPECT_EQ(seen, (std::vector<int>{1, 2}));
  EXPECT_EQ(census.alive(), 0);
}

TEST(Emitter, reports_an_executor_that_refuses) {
  const UnhandledLog log;
  Pool pool({.threads = 1});
  Emitter<> emitter;
  auto listener = emitter.on(pool, [] { ADD_FAILURE() << "called on a Pool that was shut down"; });
  pool.shutdown();
  emitter.emit();
  EXPECT_EQ(log.size(), 1U) << log.text();
  EXPECT_TRUE(listener.remove());
}

TEST(EmitterDeathTest, aborts_where_an_executor_dies_before_a_listener_on_it) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        Emitter<> emitter;
        Registration listener;
        Loop loop({.driver = std::make_unique<VirtualDriver>()});
        listener = emitter.on(loop, [] {});
      },
      "a callback waits for it");
}

TEST(Emitter, cancelled_in_turn_calls_no_more_and_ends_the_coroutine_it_awaits) {
  testing::run_virtually([]() -> Task<> {
    Census census;
    Emitter<> emitter;
    auto slow = emitter.on([&]() -> Task<> {
      const Census::Member here(census);
      co_await sleep(1h);
    });
    auto after = emitter.on([] { ADD_FAILURE() << "called after the cancellation"; });
    auto ended = co_await outcome(timeout(1s, emitter.emit_in_turn()));
    EXPECT_FALSE(ended.ok());
    EXPECT_EQ(census.alive(), 0);
    co_await sleep(0s);
  });
}

// Threads that emit, register, remove and wait at once; what the census counts dies exactly once.
TEST(Emitter, stands_many_threads_at_once) {
  constexpr int kRounds = 2000;
  Census census;
  std::atomic<int> always{0};
  std::atomic<int> once{0};
  {
    Pool pool({.threads = 2});
    Emitter<int> emitter;
    std::atomic<int> last_on_pool{-1};
    auto counts = emitter.on([&](int) { ++always; });
    auto on_pool = emitter.on(pool, [&](int value) { last_on_pool = value; });
    std::thread emits([&] {
      for (int round = 0; round < kRounds; ++round) emitter.emit(round);
    });
    std::thread registers([&] {
      for (int round = 0; round < kRounds; ++round) {
        auto gone = emitter.on([here = Census::Member(census)](int) {});
        auto gone_on_pool = emitter.once(pool, [&, here = Census::Member(census)](int) { ++once; });
        auto called_once = emitter.once([&, here = Census::Member(census)](int) { ++once; });
      }
    });
    auto waits = spawn(pool, [&]() -> Task<> {
      for (int round = 0; round < 100; ++round) {
        auto next = co_await outcome(timeout(50us, emitter.next()));
        EXPECT_TRUE(next.ok() || !next.failure().is_cancelled());
      }
    });
    emits.join();
    registers.join();
    waits.get();
    std::ignore = pool;
    while (last_on_pool != kRounds - 1) std::this_thread::yield();
    on_pool.remove();
  }
  EXPECT_EQ(always, kRounds);
  EXPECT_LE(once, 2 * kRounds);
  EXPECT_EQ(census.alive(), 0);
}

}  // namespace
}  // namespace ringback

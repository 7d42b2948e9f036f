// Taking a done callback back, and what an executor owes to those that wait for it.

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include "ringback/async/future.h"
#include "ringback/async/sleep.h"
#include "ringback/exec/pool.h"
#include "ringback/testing/census.h"
#include "ringback/testing/virtual_time.h"

namespace ringback {

using namespace runtime;

namespace {

using namespace std::chrono_literals;
using testing::Census;
using testing::run_virtually;

TEST(DoneCallback, removed_is_never_called_and_destroyed_right_then_contract_23) {
  run_virtually([]() -> Task<> {
    Loop& loop = static_cast<Loop&>(*internal::this_thread.executor);
    Census census;
    std::string called;
    Future<void> work = spawn(loop, sleep(1s));
    DoneCallback first = work.on_done([&](const Outcome<void>&) { called += "1"; });
    DoneCallback second = work.on_done([&, member = Census::Member(census)](const Outcome<void>&) { called += "2"; });
    DoneCallback third = work.add_done_callback([&](const Outcome<void>&) { called += "3"; });
    EXPECT_EQ(census.alive(), 1);
    EXPECT_TRUE(second.remove());
    EXPECT_EQ(census.alive(), 0);
    EXPECT_FALSE(second.remove());
    co_await work;
    co_await yield();
    EXPECT_EQ(called, "13");
    EXPECT_FALSE(first.remove());
    EXPECT_FALSE(third.remove());
  });
}

TEST(DoneCallback, removes_itself_and_those_behind_it_while_they_are_called_contract_23) {
  run_virtually([]() -> Task<> {
    Loop& loop = static_cast<Loop&>(*internal::this_thread.executor);
    std::vector<DoneCallback> added;
    std::string removed;
    Future<void> work = spawn(loop, sleep(1s));
    added.push_back(work.on_done([&](const Outcome<void>&) {
      for (const DoneCallback& callback : added) removed += callback.remove() ? 'y' : 'n';
    }));
    added.push_back(work.on_done([&](const Outcome<void>&) { removed += "called"; }));
    co_await work;
    co_await yield();
    EXPECT_EQ(removed, "ny");
  });
}

TEST(DoneCallback, added_late_is_removable_until_its_turn_and_keeps_nothing_contract_23) {
  run_virtually([]() -> Task<> {
    Loop& loop = static_cast<Loop&>(*internal::this_thread.executor);
    Census census;
    Future<int> done = spawn(loop, [] { return 1; });
    co_await done;
    const auto never = [member = Census::Member(census)](const Outcome<int>&) { FAIL(); };
    DoneCallback late = done.on_done(never);
    EXPECT_TRUE(late.remove());
    EXPECT_EQ(census.alive(), 1);
    const DoneCallback empty;
    EXPECT_FALSE(empty.remove());
  });
}

// Half of the callbacks are removed while the work completes: each is either called or removed.
TEST(DoneCallback, is_called_or_removed_never_both_and_never_neither_contract_12) {
  constexpr int kRounds = 300;
  constexpr int kCallbacks = 8;
  std::atomic<int> called{0};
  int removed = 0;
  Census census;
  {
    Pool pool({.threads = 2});
    Pool other({.threads = 1});
    for (int round = 0; round < kRounds; ++round) {
      std::latch go(1);
      Future<void> work = spawn(pool, [&go] { go.wait(); });
      std::vector<DoneCallback> added;
      for (int i = 0; i < kCallbacks; ++i) {
        Executor& where = i % 2 == 0 ? pool : other;
        added.push_back(work.on_done(where, [&, member = Census::Member(census)](const Outcome<void>&) { ++called; }));
      }
      go.count_down();
      for (const DoneCallback& callback : added) removed += callback.remove() ? 1 : 0;
      work.get();
    }
  }
  EXPECT_EQ(called + removed, kRounds * kCallbacks);
  EXPECT_EQ(census.alive(), 0);
}

TEST(DoneCallback, an_executor_destroyed_before_it_was_called_aborts) {
  const auto forget = [] {
    std::latch go(1);
    Pool pool({.threads = 1});
    Future<void> work = spawn(pool, [&go] { go.wait(); });
    {
      Loop loop;
      work.on_done(loop, [](const Outcome<void>&) {});
    }
    go.count_down();
  };
  EXPECT_DEATH(forget(), "a callback waits for it");
  std::latch go(1);
  Pool pool({.threads = 1});
  Future<void> work = spawn(pool, [&go] { go.wait(); });
  {
    Loop loop;
    EXPECT_TRUE(work.on_done(loop, [](const Outcome<void>&) { FAIL(); }).remove());
  }
  go.count_down();
}

}  // namespace
}  // namespace ringback

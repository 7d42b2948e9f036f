// Futures between threads: pools, plain threads, and cancellation from anywhere.

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>

#include "ringback/async/completion.h"
#include "ringback/async/future.h"
#include "ringback/async/sleep.h"
#include "ringback/exec/pool.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;

TEST(FutureOfAPool, get_on_a_plain_thread_waits_for_a_pool) {
  Pool pool({.threads = 2});
  Future<int> five = spawn(pool, [] { return 5; });
  EXPECT_EQ(five.get(), 5);
  EXPECT_EQ(five.get(), 5);
  Future<std::unique_ptr<int>> owned = spawn(pool, [] { return std::make_unique<int>(6); });
  EXPECT_EQ(*std::move(owned).get(), 6);
  Future<int> failed = spawn(pool, []() -> int { throw Error(ErrorKind::refused, "work", "no"); });
  EXPECT_THROW(failed.get(), Error);
}

TEST(FutureOfAPool, get_inside_a_full_pool_runs_what_is_still_queued_contract_02) {
  Pool pool({.threads = 1, .blocking_threads_max = 0});
  Future<int> outer = spawn(pool, [&pool]() -> int {
    Future<int> inner = spawn(pool, [] { return 20; });
    return inner.get() + 1;
  });
  EXPECT_EQ(outer.get(), 21);
}

TEST(FutureOfAPool, cancelling_a_queued_function_keeps_it_from_running_contract_25) {
  Pool pool({.threads = 1});
  std::atomic<bool> release{false};
  std::atomic<bool> ran{false};
  Future<void> blocker = spawn(pool, [&] {
    while (!release) std::this_thread::yield();
  });
  Future<void> queued = spawn(pool, [&] { ran = true; });
  std::atomic<int> called{0};
  queued.on_done([&](const Outcome<void>& end) { called += end.failure().is_cancelled() ? 1 : 100; });
  EXPECT_TRUE(queued.cancel());
  release = true;
  blocker.get();
  EXPECT_THROW(queued.get(), Error);
  pool.shutdown();
  EXPECT_FALSE(ran);
  EXPECT_EQ(called, 1);
}

TEST(FutureOfAPool, a_running_function_refuses_to_be_cancelled_unless_it_looks_contract_25) {
  Pool pool({.threads = 1});
  std::atomic<int> running{0};
  std::atomic<bool> release{false};
  Future<int> deaf = spawn(pool, [&] {
    running = 1;
    while (!release) std::this_thread::yield();
    return 3;
  });
  while (running != 1) std::this_thread::yield();
  EXPECT_FALSE(deaf.cancel());
  release = true;
  EXPECT_EQ(deaf.get(), 3);
  // One worker only: the request must reach the function though nobody is free to carry it.
  Future<int> hears = spawn(pool, [&](std::stop_token stop) {
    running = 2;
    while (!stop.stop_requested()) std::this_thread::yield();
    return 4;
  });
  while (running != 2) std::this_thread::yield();
  EXPECT_TRUE(hears.cancel());
  EXPECT_EQ(hears.get(), 4);
}

TEST(FutureOfAPool, callbacks_added_while_it_completes_are_each_called_once_contract_12) {
  Pool pool({.threads = 2});
  constexpr int kRounds = 2000;
  for (int round = 0; round < kRounds; ++round) {
    std::atomic<int> called{0};
    {
      Future<int> future = spawn(pool, [] { return 1; });
      for (int i = 0; i < 4; ++i) future.on_done([&](const Outcome<int>& one) { called += *one; });
    }
    while (called != 4) std::this_thread::yield();
  }
}

TEST(FutureOfAPool, callbacks_on_another_executor_added_while_it_completes_are_not_lost_contract_12) {
  Pool pool({.threads = 1});
  Pool other({.threads = 1});
  for (int round = 0; round < 2000; ++round) {
    std::atomic<int> called{0};
    Future<int> future = spawn(pool, [] { return 1; });
    future.on_done([&](const Outcome<int>& one) { called += *one; });
    future.on_done(other, [&](const Outcome<int>& one) { called += *one; });
    while (called != 2) std::this_thread::yield();
  }
}

TEST(FutureOfAPool, cancel_from_another_thread_at_any_moment_contract_12) {
  for (int round = 0; round < 300; ++round) {
    Pool pool({.threads = 2});
    Future<void> future = spawn(pool, []() -> Task<> {
      co_await yield();
      co_await sleep(20us);
      co_await yield();
    }());
    std::thread canceller([future, round] {
      for (int spin = 0; spin < round * 20; ++spin) std::atomic_signal_fence(std::memory_order_seq_cst);
      future.cancel();
    });
    try {
      future.get();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::aborted);
    }
    canceller.join();
  }
}

TEST(FutureOfAPool, cancel_from_another_thread_may_come_after_the_loop_is_gone_contract_12) {
  for (int round = 0; round < 300; ++round) {
    std::optional<Future<void>> future;
    std::thread canceller;
    std::atomic<bool> go{false};
    {
      Loop loop;
      future = spawn(loop, []() -> Task<> { co_await yield(); }());
      canceller = std::thread([future = *future, &go] {
        while (!go) std::this_thread::yield();
        future.cancel();
      });
      loop.drive([&] {
        go = true;
        return future->is_done();
      });
      loop.shut_down();
    }
    canceller.join();  // It may have been in the middle of its call when the loop went.
  }
}

// Done first: an Inline callback runs when the waiters have been told, and before any of them has run.
TEST(FutureOfAPool, who_waits_is_told_once_where_it_is_cancelled_right_after_contract_12) {
  for (int round = 0; round < 20; ++round) {
    Pool pool({.threads = 1});
    Completion<int> seven;
    Completion<int> waits;
    const auto give = [](Completion<int>& value) -> Task<int> { co_return co_await value; };
    const auto wait_for = [](Future<int> future, Completer<int> waits) -> Task<int> {
      waits.complete(1);
      co_return co_await std::move(future);
    };
    Future<int> source = spawn(pool, give(seven));
    Future<int> waiter = spawn(pool, wait_for(source, waits.completer()));
    bool was_recorded = false;
    source.on_done(Inline{}, [&](const Outcome<int>&) { was_recorded = waiter.cancel(); });
    wait(waits);
    seven.completer().complete(7);  // The one worker comes to it when the waiter has suspended.
    EXPECT_EQ(waiter.get(), 7);
    EXPECT_TRUE(was_recorded);
  }
}

TEST(FutureOfAPool, an_inline_future_outlives_the_thread_that_made_it_contract_24) {
  std::optional<Future<int>> future;
  std::thread([&] { future = spawn(Inline{}, [] { return 5; }); }).join();
  int seen = 0;
  future->on_done([&](const Outcome<int>& five) { seen = *five; });
  EXPECT_EQ(seen, 5);
  EXPECT_EQ(future->then([](int five) { return five + 1; }).get(), 6);
}

}  // namespace
}  // namespace ringback

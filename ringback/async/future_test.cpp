#include "ringback/async/future.h"

#include <gtest/gtest.h>

#include <barrier>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "ringback/async/gather.h"
#include "ringback/async/on.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/scope.h"
#include "ringback/async/sleep.h"
#include "ringback/async/start.h"
#include "ringback/async/timeout.h"
#include "ringback/exec/pool.h"
#include "ringback/testing/census.h"
#include "ringback/testing/unhandled_log.h"
#include "ringback/testing/virtual_time.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using testing::Census;
using testing::run_virtually;
using testing::UnhandledLog;
using testing::VirtualInline;

Task<int> value_after(Duration length, int value) {
  co_await sleep(length);
  co_return value;
}
Task<int> fail_after(Duration length, std::string text) {
  co_await sleep(length);
  throw Error(ErrorKind::io, "test", text);
}

Executor& here() { return *internal::this_thread.executor; }

TEST(Future, gives_the_value_to_every_copy_any_number_of_times) {
  const auto program = []() -> Task<> {
    Future<std::string> future = spawn(here(), [] { return std::string("a value too long to be held in place"); });
    Future<std::string> copy = future;
    const std::string first = co_await future;
    const std::string second = co_await copy;
    const std::string third = co_await future;
    EXPECT_EQ(first, "a value too long to be held in place");
    EXPECT_EQ(second, first);
    EXPECT_EQ(third, first);
    EXPECT_EQ(*future.outcome(), first);
  };
  run_virtually(program());
}

TEST(Future, a_moved_future_gives_a_value_that_cannot_be_copied) {
  const auto program = []() -> Task<> {
    Future<std::unique_ptr<int>> future = spawn(here(), [] { return std::make_unique<int>(7); });
    std::unique_ptr<int> value = co_await std::move(future);
    EXPECT_EQ(*value, 7);
  };
  run_virtually(program());
}

TEST(Future, then_leaves_the_value_to_the_others_who_look_contract_25) {
  const auto program = []() -> Task<> {
    Future<std::string> future = spawn(here(), [] { return std::string("a value too long to be held in place"); });
    Future<std::size_t> length = future.then([](std::string text) { return text.size(); });
    const std::size_t size = co_await length;
    const std::string text = co_await future;
    EXPECT_EQ(size, text.size());
    EXPECT_EQ(text, "a value too long to be held in place");
  };
  run_virtually(program());
}

TEST(Future, then_chains_values_and_operations_and_skips_after_a_failure) {
  const auto program = []() -> Task<> {
    int skipped = 0;
    Future<int> four = spawn(here(), [] { return 1; }).then([](int one) { return one + 1; }).then([](int two) {
      return value_after(1s, two * 2);
    });
    const int got = co_await four;
    EXPECT_EQ(got, 4);
    Future<void> failed = spawn(here(), fail_after(1s, "first")).then([&](int) { ++skipped; });
    auto end = co_await outcome(failed);
    EXPECT_EQ(skipped, 0);
    EXPECT_EQ(end.failure().describe(), "test: first");
  };
  run_virtually(program());
}

TEST(Future, done_callbacks_run_in_the_order_of_addition_each_once_per_addition_contract_23) {
  const auto program = []() -> Task<> {
    std::vector<int> order;
    Future<int> future = spawn(here(), value_after(1s, 5));
    const auto note = [&order](int number) {
      return [&order, number](const Outcome<int>& end) { order.push_back(number * 10 + *end); };
    };
    const auto again = note(3);
    future.on_done(note(1));
    future.on_done(note(2));
    future.on_done(again);
    future.on_done(again);
    EXPECT_EQ(order, std::vector<int>{});
    co_await sleep(2s);
    EXPECT_EQ(order, (std::vector<int>{15, 25, 35, 35}));
    future.on_done(note(4));
    EXPECT_EQ(order.size(), 4u) << "a late callback on a Loop is posted, never called inside";
    co_await yield();
    EXPECT_EQ(order, (std::vector<int>{15, 25, 35, 35, 45}));
  };
  run_virtually(program());
}

TEST(Future, a_callback_that_throws_reaches_the_hook_and_stops_no_other_contract_23) {
  UnhandledLog log;
  const auto program = []() -> Task<> {
    int called = 0;
    Future<int> future = spawn(here(), value_after(1s, 5));
    future.on_done([](const Outcome<int>&) { throw Error(ErrorKind::io, "callback", "one"); });
    future.on_done([](const Outcome<int>&) { throw 5; });
    future.on_done([&](const Outcome<int>&) { ++called; });
    co_await sleep(2s);
    EXPECT_EQ(called, 1);
  };
  run_virtually(program());
  const auto entries = log.take();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].failure.describe(), "callback: one");
  EXPECT_NE(entries[0].what.find("callback"), std::string::npos);
}

TEST(Future, a_callback_and_its_captures_die_right_after_the_call_contract_23) {
  const auto program = []() -> Task<> {
    Census census;
    Future<int> future = spawn(here(), value_after(1s, 5));
    long seen = 0;
    {
      Census::Member member(census);
      future.on_done([member, &seen, &census](const Outcome<int>&) { seen = census.alive(); });
    }
    EXPECT_GT(census.alive(), 0);
    co_await sleep(2s);
    EXPECT_GT(seen, 0);
    EXPECT_EQ(census.alive(), 0) << "kept by a completed future";
    co_await future;
  };
  run_virtually(program());
}

TEST(Future, a_callback_of_cancelled_work_is_called_and_destroyed_contract_23) {
  const auto program = []() -> Task<> {
    Census census;
    Future<int> future = spawn(here(), value_after(1h, 5));
    Outcome<int> seen = 0;
    future.on_done([member = Census::Member(census), &seen](const Outcome<int>& end) { seen = end; });
    EXPECT_TRUE(future.cancel(Reason::overload));
    co_await sleep(1s);
    EXPECT_TRUE(seen.failure().is_cancelled());
    EXPECT_EQ(seen.failure().reason(), Reason::overload);
    EXPECT_EQ(census.alive(), 0);
  };
  run_virtually(program());
}

TEST(Future, the_last_callbacks_run_before_run_returns_contract_23) {
  Census census;
  int called = 0;
  const auto program = [](Census& census, int& called) -> Task<> {
    Future<int> future = spawn(here(), value_after(1s, 5));
    future.on_done([member = Census::Member(census), &called](const Outcome<int>&) { ++called; });
    co_await future;
  };
  run_virtually(program(census, called));
  EXPECT_EQ(called, 1);
  EXPECT_EQ(census.alive(), 0);
}

TEST(Future, callbacks_on_named_executors_run_there_contract_24) {
  Pool pool({.threads = 2});
  const auto program = [](Pool& pool) -> Task<> {
    Future<int> future = spawn(pool, [] { return 4; });
    Executor* where = nullptr;
    bool done = false;
    Executor& mine = here();
    future.on_done(mine, [&](const Outcome<int>&) {
      where = internal::this_thread.executor;
      done = true;
    });
    while (!done) co_await sleep(1us);
    EXPECT_EQ(where, &mine);
  };
  run(program(pool));
}

TEST(Future, a_callback_on_a_completed_inline_future_is_called_at_once_contract_24) {
  VirtualInline inline_time;
  Future<int> future = spawn(Inline{}, value_after(1s, 5));
  EXPECT_TRUE(future.is_done());
  int seen = 0;
  future.on_done([&](const Outcome<int>& end) { seen = *end; });
  EXPECT_EQ(seen, 5);
}

TEST(Future, then_on_a_completed_inline_future_has_ended_when_it_returns_contract_24) {
  VirtualInline inline_time;
  std::vector<int> order;
  Future<int> last = spawn(Inline{}, value_after(1s, 5)).then([&](int five) {
    order.push_back(five);
    return value_after(1s, five + 1);
  });
  EXPECT_TRUE(last.is_done());
  EXPECT_EQ(order, std::vector<int>{5});
  EXPECT_EQ(last.get(), 6);
}

TEST(Future, a_callback_may_start_more_and_the_chain_ends_in_every_model_contract_40) {
  UnhandledLog log;
  const auto program = []() -> Task<> {
    int steps = 0;
    std::function<void(int)> step = [&](int left) {
      start([] { return 1; }, on(here()),
            [&, left](Outcome<int> one) {
              steps += *one;
              if (left > 1) step(left - 1);
            });
    };
    step(5);
    co_await sleep(1s);
    EXPECT_EQ(steps, 5);
  };
  run_virtually(program());
  EXPECT_TRUE(log.empty()) << log.text();
}

TEST(Future, reading_a_pending_outcome_aborts_with_advice_contract_25) {
  EXPECT_DEATH(run_virtually([]() -> Task<> {
                 Future<int> future = spawn(here(), value_after(1s, 5));
                 std::ignore = future.outcome();
                 co_await future;
               }()),
               "outcome of a pending Future was read");
}

TEST(Future, cancelling_before_the_first_step_runs_nothing_contract_13) {
  const auto program = []() -> Task<> {
    Census census;
    bool ran = false;
    const auto body = [](Census::Member, bool& ran) -> Task<int> {
      ran = true;
      co_return 1;
    };
    Future<int> future = spawn(here(), body(Census::Member(census), ran));
    EXPECT_TRUE(future.cancel());
    auto end = co_await outcome(future);
    EXPECT_FALSE(ran);
    EXPECT_EQ(end.failure().error()->kind(), ErrorKind::aborted);
    EXPECT_EQ(end.failure().error()->reason(), Reason::requested);
    EXPECT_FALSE(future.cancel()) << "after the end";
    co_await yield();
    EXPECT_EQ(census.alive(), 0) << "the arguments are kept by the completed future";
  };
  run_virtually(program());
}

TEST(Future, work_is_destroyed_at_its_end_not_with_the_last_future) {
  const auto program = []() -> Task<> {
    Census census;
    const auto body = [](Census::Member) -> Task<int> { co_return 1; };
    Future<int> future = spawn(here(), body(Census::Member(census)));
    Future<int> function = spawn(here(), [member = Census::Member(census)] { return 2; });
    co_await future;
    co_await function;
    co_await yield();
    EXPECT_EQ(census.alive(), 0);
  };
  run_virtually(program());
}

TEST(Future, dropping_it_neither_cancels_nor_blocks_contract_22) {
  bool ended = false;
  const auto program = [](bool& ended) -> Task<> {
    const auto work = [](bool& ended) -> Task<> {
      co_await sleep(1h);
      ended = true;
    };
    co_await with_scope([&](Scope&) -> Task<> {
      std::ignore = spawn(here(), work(ended));
      co_return;
    });
    EXPECT_TRUE(ended) << "the scope around the caller owns it";
  };
  run_virtually(program(ended));
  EXPECT_TRUE(ended);
}

TEST(Future, a_failure_nobody_looked_at_is_reported_when_the_future_dies_contract_26) {
  UnhandledLog log;
  const auto program = [](UnhandledLog& log) -> Task<> {
    {
      Future<int> future = spawn(here(), fail_after(1s, "unseen"));
      co_await sleep(2s);
      EXPECT_TRUE(log.empty()) << "somebody may still look";
    }
    EXPECT_EQ(log.size(), 1u);
    {
      Future<int> future = spawn(here(), fail_after(1s, "seen"));
      std::ignore = co_await outcome(future);
    }
    EXPECT_EQ(log.size(), 1u);
    {
      Future<int> future = spawn(here(), value_after(1h, 1));
      future.cancel();
      co_await sleep(1s);
    }
    EXPECT_EQ(log.size(), 1u) << "a cancellation is no failure";
  };
  run_virtually(program(log));
  EXPECT_EQ(log.take()[0].failure.describe(), "test: unseen");
}

TEST(Future, who_stopped_waiting_before_the_failure_has_not_looked_contract_26) {
  UnhandledLog log;
  const auto program = []() -> Task<> {
    Future<int> future = spawn(here(), fail_after(10s, "late"));
    std::ignore = co_await outcome(timeout(1s, future));
    co_await sleep(20s);
  };
  run_virtually(program());
  EXPECT_EQ(log.size(), 1u);
}

TEST(Future, the_waiter_of_work_cancelled_elsewhere_gets_aborted_with_the_reason_contract_08) {
  const auto program = []() -> Task<> {
    Future<int> future = spawn(here(), value_after(1h, 5));
    const auto cancel = [](Future<int> future) -> Task<> {
      co_await sleep(1s);
      future.cancel(Reason::overload);
    };
    auto [waited, cancelled] = co_await gather_outcomes(future, cancel(future));
    EXPECT_TRUE(cancelled.ok());
    const Error* error = waited.failure().error();
    EXPECT_NE(error, nullptr);
    EXPECT_EQ(error->kind(), ErrorKind::aborted);
    EXPECT_EQ(error->reason(), Reason::overload);
    co_await sleep(1s);  // This task was not cancelled.
  };
  run_virtually(program());
}

TEST(Future, get_on_a_loops_thread_fails_at_once_contract_02) {
  const auto program = []() -> Task<> {
    Future<int> future = spawn(here(), value_after(1h, 5));
    ErrorKind kind = ErrorKind::io;
    try {
      std::ignore = future.get();
    } catch (const Error& error) {
      kind = error.kind();
    }
    EXPECT_EQ(kind, ErrorKind::would_deadlock);
    future.cancel();
    co_await yield();
  };
  run_virtually(program());
}

}  // namespace
}  // namespace ringback

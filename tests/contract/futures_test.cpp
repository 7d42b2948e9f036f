// Statements 22 to 27 of the contract: lazy operations, futures and callbacks, in every model.

#include <algorithm>

#include "ringback/async/completion.h"
#include "ringback/async/gather.h"
#include "ringback/async/on.h"
#include "ringback/async/scope.h"
#include "ringback/async/shield.h"
#include "ringback/sync/queue.h"
#include "ringback/testing/census.h"
#include "ringback/testing/unhandled_log.h"
#include "tests/contract/models.h"

namespace ringback {
namespace {

using testing::Census;
using testing::UnhandledLog;

class Futures : public InEveryModel {};
RINGBACK_IN_EVERY_MODEL(Futures);

TEST_P(Futures, operations_do_nothing_until_begun_and_a_dropped_task_is_reported_once_contract_22) {
  UnhandledLog log;
  const auto line = run_here([&]() -> Task<unsigned> {
    Census census;
    bool ran = false;
    const auto body = [](bool& ran, Census::Member) -> Task<int> {
      ran = true;
      co_return 1;
    };
    const unsigned line = __LINE__ + 2;
    {
      std::ignore = body(ran, Census::Member(census));
      std::ignore = sleep(1h);
    }
    co_await yield();
    EXPECT_FALSE(ran);
    EXPECT_EQ(census.alive(), 0);
    co_return line;
  });
  const auto entries = log.take();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_NE(std::string_view(entries[0].place.file_name()).find("futures_test.cpp"), std::string_view::npos);
  EXPECT_LE(entries[0].place.line(), line);
  EXPECT_NE(entries[0].what.find("dropped"), std::string::npos);
}

TEST_P(Futures, what_start_and_spawn_began_belongs_to_the_scope_contract_22) {
  run_here([]() -> Task<> {
    Record record;
    std::atomic<int> ended{0};
    co_await with_scope([&](Scope&) -> Task<> {
      std::ignore = spawn(executor_here(), [&]() -> Task<> {  // Dropping the view neither cancels nor blocks.
        co_await sleep(1ms);
        ++ended;
      });
      start(sleep(1ms), on(executor_here()), [&](Outcome<void>) { ++ended; });
      co_return;
    });
    EXPECT_EQ(ended, 2);
    Gate waits(1);
    auto cancelled = co_await outcome(with_scope([&](Scope& scope) -> Task<> {
      std::ignore = spawn(executor_here(), never(waits, record, "cleaned"));
      co_await waits.all_here();
      scope.cancel();
    }));
    EXPECT_EQ(record.text(), "cleaned") << "cancelling the scope reaches it, and it is awaited: " << end_of(cancelled);
  });
}

TEST_P(Futures, a_started_frame_runs_to_its_end_whoever_lets_go_of_it_contract_22) {
  run_here([]() -> Task<> {
    Record record;
    Gate waits(1);
    const auto body = [](Gate& waits, Record& record) -> Task<int> {
      waits.arrive();
      auto end = co_await outcome(sleep(1h));
      record.note(end_of(end));
      co_await shield(yield());
      record.note("ran_to_its_end");
      co_return 1;
    };
    {
      Future<int> view = spawn(executor_here(), body(waits, record));
      co_await waits.all_here();
      EXPECT_TRUE(view.cancel());
      std::ignore = co_await outcome(view);
    }
    EXPECT_EQ(record.text(), "cancelled: requested ran_to_its_end");
  });
}

TEST_P(Futures, an_error_nobody_receives_reaches_the_hook_contract_22) {
  UnhandledLog log;
  Host host(GetParam());
  Event called;
  host.start(value_after(0s, 1), [&](Outcome<int>) {
    called.set();
    throw Error(ErrorKind::io, "callback", "threw");
  });
  host.wait_for(called);
  host.end();
  const auto entries = log.take();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(end_of(entries[0].failure), "io: callback: threw");
}

TEST_P(Futures, callbacks_of_one_executor_run_in_order_once_per_addition_and_never_overlap_contract_23) {
  constexpr int kCallbacks = 100;
  run_here([&]() -> Task<> {
    UnhandledLog log;
    Event may_end;
    Event all_called;
    std::vector<int> order;
    std::atomic<bool> inside{false};
    Future<int> future = spawn(executor_here(), [&]() -> Task<int> {
      co_await may_end.wait();
      co_return 5;
    });
    const auto note = [&](int number) {
      return [&, number](const Outcome<int>& end) {
        EXPECT_FALSE(inside.exchange(true)) << "two overlap";
        order.push_back(number * *end);
        inside = false;
        if (number % 10 == 3) throw Error(ErrorKind::io, "callback", "one of them");
      };
    };
    const auto twice = note(1);
    future.on_done(twice);
    future.on_done(twice);
    for (int i = 2; i < kCallbacks / 2; ++i) future.on_done(note(i));
    may_end.set();  // The rest is added while it completes.
    for (int i = kCallbacks / 2; i < kCallbacks; ++i) future.on_done(note(i));
    future.on_done([&](const Outcome<int>&) { all_called.set(); });
    co_await all_called.wait();
    std::vector<int> expected{5, 5};
    for (int i = 2; i < kCallbacks; ++i) expected.push_back(i * 5);
    EXPECT_EQ(order, expected);
    EXPECT_EQ(log.size(), 10U) << "one that throws reaches the hook and stops none of the others";
  });
}

TEST_P(Futures, a_callback_and_its_captures_die_right_after_the_call_contract_23) {
  run_here([]() -> Task<> {
    Census census;
    Event may_end;
    Gate both(2);
    Future<void> future = spawn(executor_here(), may_end.wait());
    future.on_done([member = Census::Member(census), &both](const Outcome<void>&) { both.arrive(); });
    future.on_done([&both, &census](const Outcome<void>&) {
      EXPECT_EQ(census.alive(), 0) << "kept past its last call";
      both.arrive();
    });
    EXPECT_GT(census.alive(), 0);
    may_end.set();
    co_await both.all_here();
    co_await future;

    Event called;
    Future<int> cancelled = spawn(executor_here(), value_after(1h, 5));
    cancelled.on_done([member = Census::Member(census), &called](const Outcome<int>& end) {
      EXPECT_EQ(end_of(end), "cancelled: overload");
      called.set();
    });
    cancelled.cancel(Reason::overload);
    co_await called.wait();
    std::ignore = co_await outcome(cancelled);
    Event after;
    cancelled.on_done([&](const Outcome<int>&) { after.set(); });
    co_await after.wait();
    EXPECT_EQ(census.alive(), 0) << "kept by a completed future";
  });
}

// Loop: posted, never inside the call. Pool: on the completing worker, or posted. Inline: at once.
TEST_P(Futures, a_callback_runs_where_the_model_says_contract_24) {
  Host host(GetParam());
  const Future<std::thread::id> future = host.spawn([]() -> Task<std::thread::id> {
    co_await yield();
    co_return std::this_thread::get_id();
  });
  Event called;
  std::thread::id in;
  future.on_done([&](const Outcome<std::thread::id>&) {
    in = std::this_thread::get_id();
    called.set();
  });
  if (is_inline()) {
    EXPECT_TRUE(called.is_set());
  }
  host.wait_for(called);
  if (!is_pool()) {
    EXPECT_EQ(in, future.outcome().value()) << "on the loop's thread";
  }

  // Late: the future has completed.
  host.wait_for(future);
  const std::thread::id me = std::this_thread::get_id();
  std::atomic<bool> is_in_call{true};
  bool was_in_call = false;
  Executor* where = nullptr;
  Event called_late;
  future.on_done([&](const Outcome<std::thread::id>&) {
    was_in_call = is_in_call && std::this_thread::get_id() == me;
    where = internal::this_thread.executor;
    called_late.set();
  });
  is_in_call = false;
  host.wait_for(called_late);
  EXPECT_EQ(was_in_call, is_inline());
  if (!is_inline()) {
    EXPECT_EQ(where, &host.executor());
  }

  Event called_by_name;
  host.on_done(future, [&](const Outcome<std::thread::id>&) { called_by_name.set(); });
  host.wait_for(called_by_name);

  // on(inline): by whoever completes it; here it has completed, so at once, in every model.
  bool at_once = false;
  future.on_done(Inline{}, [&](const Outcome<std::thread::id>&) { at_once = true; });
  EXPECT_TRUE(at_once);
}

TEST_P(Futures, a_callback_runs_on_the_executor_it_names_contract_24) {
  run_here([&]() -> Task<> {
    Pool other({.threads = 1});
    Executor& mine = executor_here();
    Future<int> theirs = spawn(other, [] { return 4; });
    Executor* where = nullptr;
    Event called;
    const auto look = [&](const Outcome<int>&) {
      where = internal::this_thread.executor;
      called.set();
    };
    theirs.on_done(mine, look);
    co_await called.wait();
    if (is_inline()) {
      EXPECT_TRUE(where == &other || where == &mine) << "on whoever completes it, or at once";
    } else {
      EXPECT_EQ(where, &mine);
    }
    called.reset();
    Future<int> ours = spawn(mine, [] { return 4; });
    ours.on_done(other, look);
    co_await called.wait();
    EXPECT_EQ(where, &other);
    co_await theirs;
    co_await ours;
  });
}

TEST_P(Futures, start_calls_back_before_it_returns_only_on_inline_contract_24) {
  Host host(GetParam());
  const std::thread::id me = std::this_thread::get_id();
  std::thread::id in;
  Event called;
  std::atomic<bool> has_returned{false};
  bool was_inside_call = false;
  host.start([] { return 5; },
             [&](Outcome<int> five) {
               EXPECT_EQ(*five, 5);
               was_inside_call = !has_returned && std::this_thread::get_id() == me;
               called.set();
             });
  has_returned = true;
  if (is_inline()) {
    EXPECT_TRUE(called.is_set());
  }
  host.wait_for(called);
  EXPECT_EQ(was_inside_call, is_inline());
}

TEST_P(Futures, setting_twice_or_after_a_cancel_is_a_clear_error_contract_25) {
  run_here([]() -> Task<> {
    Completion<int> twice;
    const Completer<int> completer = twice.completer();
    completer.complete(1);
    EXPECT_EQ(end_of_call([&] { completer.complete(2); }), "invalid");
    EXPECT_FALSE(completer.try_complete(3));
    const int one = co_await twice;
    EXPECT_EQ(one, 1);
    Completion<int> cancelled;
    const Completer<int> too_late = cancelled.completer();
    const Alone alone;
    Future<int> waits = spawn(executor_here(), cancelled);
    co_await yield();
    EXPECT_TRUE(waits.cancel());
    auto end = co_await outcome(waits);
    EXPECT_EQ(end_of(end), "aborted: requested");
    EXPECT_FALSE(too_late.is_wanted());
    EXPECT_EQ(end_of_call([&] { too_late.complete(2); }), "invalid");
  });
}

TEST_P(Futures, queued_work_is_cancelled_and_called_back_and_a_running_function_only_where_it_looks_contract_25) {
  run_here([]() -> Task<> {
    Event called;
    bool ran = false;
    {
      const Alone alone;
      Future<void> queued = spawn(executor_here(), [&] { ran = true; });
      queued.on_done([&](const Outcome<void>& end) {
        EXPECT_EQ(end_of(end), "cancelled: requested");
        called.set();
      });
      EXPECT_TRUE(queued.cancel());
    }
    co_await called.wait();
    EXPECT_FALSE(ran);

    Pool other({.threads = 1});
    Door begun;
    Door may_end;
    Future<int> deaf = spawn(other, [&] {
      begun.open_one();
      may_end.blocking_wait();
      return 1;
    });
    begun.blocking_wait();
    EXPECT_FALSE(deaf.cancel());
    may_end.open_one();
    const int one = co_await deaf;
    EXPECT_EQ(one, 1);
    Door looks;
    Future<int> looking = spawn(other, [&](std::stop_token stop) {
      looks.open_one();
      while (!stop.stop_requested()) std::this_thread::yield();
      return 2;
    });
    looks.blocking_wait();
    EXPECT_TRUE(looking.cancel());
    const int two = co_await looking;
    EXPECT_EQ(two, 2);
  });
}

template <Operation Op>
Task<> keep_end(Op op, std::optional<Outcome<typename Op::value_type>>& end) {
  auto ended = co_await outcome(std::move(op));
  end.emplace(std::move(ended));
}

// How `op` ends that is told of its deadline once it has begun, which the time of a model may leave no time for.
template <Operation Op>
Task<Outcome<typename Op::value_type>> cut_once(const std::atomic<bool>& has_begun, Op op) {
  std::optional<Outcome<typename Op::value_type>> end;
  co_await with_scope([&](Scope& scope) -> Task<> {
    scope.spawn(keep_end(std::move(op), end));
    while (!has_begun) co_await yield();
    scope.cancel(Reason::deadline);
  });
  co_return *std::move(end);
}

TEST_P(Futures, an_offloaded_function_is_waited_for_past_a_deadline_unless_abandonable_contract_25) {
  run_here([this]() -> Task<> {
    Pool other({.threads = 1});
    std::atomic<bool> has_begun{false};
    int local = 0;
    const auto spin = [&](std::stop_token stop) {
      has_begun = true;
      while (!stop.stop_requested()) std::this_thread::yield();
      return local = 5;
    };
    auto waited_for = co_await cut_once(has_begun, offload(other, spin));
    EXPECT_TRUE(waited_for.ok()) << end_of(waited_for);
    EXPECT_EQ(local, 5);

    const auto release = std::make_shared<Door>();
    const auto blocks = std::make_shared<std::atomic<bool>>(false);
    const auto block = [](const std::shared_ptr<Door>& until, const std::shared_ptr<std::atomic<bool>>& begun) {
      *begun = true;
      until->blocking_wait();
    };
    if (has_own_time()) {
      auto abandoned = co_await cut_once(*blocks, offload_abandonable(other, block, release, blocks));
      EXPECT_EQ(end_of(abandoned), "cancelled: deadline");
    }
    for (Duration limit = 100us; !*blocks; limit *= 2) {
      auto abandoned = co_await outcome(timeout(limit, offload_abandonable(other, block, release, blocks)));
      EXPECT_EQ(end_of(abandoned), "timed_out");
      if (other.owned_count() != 0) break;
    }
    EXPECT_EQ(other.owned_count(), 1U) << "it stays listed until it ends";
    release->open_one();
    other.shutdown();
    EXPECT_EQ(other.owned_count(), 0U);
  });
}

TEST_P(Futures, a_failure_nobody_looked_at_is_reported_when_its_future_dies_contract_26) {
  UnhandledLog log;
  run_here([&]() -> Task<> {
    const auto settle = [](const Future<int>& future) -> Task<> {  // Its end, without a look at it.
      while (!future.is_done()) co_await sleep(20us);
    };
    {
      Future<int> unseen = spawn(executor_here(), fail_after(0s, "unseen"));
      co_await settle(unseen);
      EXPECT_TRUE(log.empty()) << "somebody may still look";
      Future<int> seen = spawn(executor_here(), fail_after(0s, "seen"));
      std::ignore = co_await outcome(seen);
      Future<int> looked_at = spawn(executor_here(), fail_after(0s, "looked_at"));
      co_await settle(looked_at);
      EXPECT_FALSE(looked_at.outcome().ok());
      Future<int> cancelled = spawn(executor_here(), value_after(1h, 1));
      cancelled.cancel();
      co_await settle(cancelled);
      Future<int> stopped_waiting = spawn(executor_here(), fail_after(2ms, "stopped_waiting"));
      std::ignore = co_await outcome(timeout(10us, stopped_waiting));
      co_await settle(stopped_waiting);
    }
  });
  std::vector<std::string> told;
  for (const UnhandledLog::Entry& entry : log.take()) told.push_back(end_of(entry.failure));
  std::sort(told.begin(), told.end());
  EXPECT_EQ(told, (std::vector<std::string>{"io: test: stopped_waiting", "io: test: unseen"}));
}

TEST_P(Futures, a_callback_may_be_a_coroutine_that_its_owner_awaits_contract_27) {
  UnhandledLog log;
  run_here([]() -> Task<> {
    Record record;
    co_await with_scope([&](Scope&) -> Task<> {
      start(value_after(0s, 5), on(executor_here()), [&](Outcome<int> five) -> Task<> {
        const int value = *five;
        co_await sleep(1ms);
        record.note(value);
        throw Error(ErrorKind::io, "callback", "failed");
      });
      co_return;
    });
    record.note("left");
    EXPECT_EQ(record.text(), "5 left");
  });
  const auto entries = log.take();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(end_of(entries[0].failure), "io: callback: failed");
}

TEST_P(Futures, plain_code_starts_a_coroutine_callback_contract_27) {
  Host host(GetParam());
  Event ended;
  Record record;
  host.start(value_after(0s, 5), [&](Outcome<int> five) -> Task<> {
    const int value = *five;
    co_await sleep(100us);
    record.note(value);
    ended.set();
  });
  host.wait_for(ended);
  host.end();
  EXPECT_EQ(record.text(), "5");
}

}  // namespace
}  // namespace ringback

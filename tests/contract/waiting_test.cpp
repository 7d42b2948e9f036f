// Statements 1 to 5 of the contract: what waiting means, in every model.

#include <random>

#include "ringback/async/gather.h"
#include "ringback/async/map.h"
#include "ringback/async/on.h"
#include "ringback/async/race.h"
#include "ringback/async/scope.h"
#include "ringback/async/shield.h"
#include "ringback/sync/queue.h"
#include "ringback/testing/unhandled_log.h"
#include "tests/contract/models.h"

namespace ringback {
namespace {

using testing::UnhandledLog;

class Waiting : public InEveryModel {};
RINGBACK_IN_EVERY_MODEL(Waiting);

Task<int> number(Record& record, Duration after, int value) {
  record.note("begin" + std::to_string(value));
  co_await sleep(after);
  record.note("end" + std::to_string(value));
  co_return value;
}
Task<int> won(Record& record, Gate& gate) {
  co_await gate.all_here();
  record.note("won");
  co_return 7;
}

// Events of concurrent runs are ordered only as their awaits order them: each has its own record.
TEST_P(Waiting, programs_give_the_same_values_and_each_run_the_same_events_contract_01) {
  Record record;
  Record four;
  Record five;
  const int sum = run_here([&]() -> Task<int> {
    Gate one_waits(1);
    Gate another_waits(1);
    const int one = co_await number(record, 0ms, 1);
    const int two = co_await timeout(10s, number(record, 1ms, 2));
    const int three = co_await shield(number(record, 1ms, 3));
    auto late = co_await outcome(timeout(2ms, never(one_waits, record, "cleaned")));
    record.note(end_of(late));
    auto [fourth, fifth] = co_await gather(number(four, 2ms, 4), number(five, 1ms, 5));
    four.note("joined");
    five.note("joined");
    auto first = co_await race(never(another_waits, record, "loser_cleaned"), won(record, another_waits));
    record.note(static_cast<int>(first.index()));
    co_return one + two + three + fourth + fifth;
  });
  EXPECT_EQ(sum, 15);
  EXPECT_EQ(record.text(), "begin1 end1 begin2 end2 begin3 end3 cleaned timed_out won loser_cleaned 1");
  EXPECT_EQ(four.text(), "begin4 end4 joined");
  EXPECT_EQ(five.text(), "begin5 end5 joined");
}

// One of eight runs side by side: twenty steps, drawn from a seed, with all they gave.
Task<std::string> drawn_steps(std::uint32_t seed) {
  std::mt19937 random(seed);
  std::string events;
  for (int step = 0; step < 20; ++step) {
    const auto kind = random() % 8;
    const int value = static_cast<int>(random() % 100);
    events.append(std::to_string(kind)).append(":");
    if (kind == 0) co_await sleep(value * 1us);
    if (kind == 1) co_await yield();
    if (kind == 2) {
      auto end = co_await outcome(timeout(value * 1us, sleep(1h)));
      events.append(end_of(end));
    }
    if (kind == 3) {
      auto end = co_await outcome(fail_after(0us, std::to_string(value)));
      events.append(end_of(end));
    }
    if (kind == 4) {
      auto [left, right] = co_await gather(value_after(1us, value), value_after(0us, value + 1));
      events.append(std::to_string(left * right));
    }
    if (kind == 5) {
      auto end = co_await outcome(gather(value_after(1h, 1), fail_after(1us, std::to_string(value))));
      events.append(end_of(end));
    }
    if (kind == 6) {
      const int got = co_await spawn(executor_here(), [value] { return value * 2; });
      events.append(std::to_string(got));
    }
    if (kind == 7) {
      Future<int> future = spawn(executor_here(), value_after(1h, value));
      future.cancel(Reason::overload);
      auto end = co_await outcome(future);
      events.append(end_of(end));
    }
    events.append(" ");
  }
  co_return events;
}
Task<std::vector<std::string>> eight_drawn() {
  std::vector<Task<std::string>> runs;
  for (std::uint32_t seed = 1; seed <= 8; ++seed) runs.push_back(drawn_steps(seed));
  co_return co_await gather(std::move(runs));
}

TEST_P(Waiting, programs_drawn_from_a_seed_give_what_they_give_on_one_thread_contract_01) {
  const std::vector<std::string> reference = run_in({"reference", Place::caller, "virtual"}, eight_drawn());
  EXPECT_EQ(run_here(eight_drawn()), reference);
}

TEST_P(Waiting, programs_give_the_same_errors_contract_01) {
  UnhandledLog log;
  Record record;
  run_here([&]() -> Task<> {
    Gate sibling_waits(1);
    Gate work_waits(1);
    const auto fail = [](Event::Wait begun, std::string text) -> Task<int> {
      co_await std::move(begun);
      throw Error(ErrorKind::io, "work", text);
    };
    auto plain = co_await outcome(fail_after(0ms, "plain"));
    record.note(end_of(plain));
    auto in_gather =
        co_await outcome(gather(fail(sibling_waits.all_here(), "gather"), never(sibling_waits, record, "cleaned")));
    record.note(end_of(in_gather));
    auto in_scope = co_await outcome(with_scope([](Scope& scope) -> Task<> {
      scope.spawn(fail_after(1ms, "scope"));
      co_await sleep(1h);
    }));
    record.note(end_of(in_scope));
    Future<int> future = spawn(executor_here(), fail_after(1ms, "future"));
    auto chained = co_await outcome(future.then([](int value) { return value; }));
    record.note(end_of(chained));
    Future<int> cancelled = spawn(executor_here(), never(work_waits, record, "cleaned"));
    co_await work_waits.all_here();
    cancelled.cancel(Reason::overload);
    auto aborted = co_await outcome(cancelled);
    record.note(end_of(aborted));
  });
  EXPECT_EQ(record.text(),
            "io: test: plain cleaned io: work: gather io: test: scope io: test: future cleaned aborted: overload");
  EXPECT_TRUE(log.empty()) << log.text();
}

TEST_P(Waiting, throws_what_the_program_throws_contract_01) {
  EXPECT_THROW(run_here([]() -> Task<int> {
                 co_await yield();
                 throw TimeoutError("of its own");
               }),
               TimeoutError);
  EXPECT_EQ(end_of_call([&] {
              return run_here([]() -> Task<int> {
                co_await yield();
                throw std::runtime_error("foreign");
              });
            }),
            "foreign");
}

TEST_P(Waiting, a_thousand_tasks_with_deadlines_all_end_contract_01) {
  std::vector<Task<int>> tasks;
  for (int i = 0; i < 1000; ++i) {
    tasks.push_back([](int i) -> Task<int> {
      auto end = co_await outcome(timeout((i % 7) * 1ms, sleep((i % 5) * 1ms)));
      co_await yield();
      co_return end.ok() || end_of(end) == "timed_out" ? 1 : 0;
    }(i));
  }
  int sum = 0;
  for (int end : run_here(gather(std::move(tasks)))) sum += end;
  EXPECT_EQ(sum, 1000);
}

// On a Pool's worker it blocks that worker, with a driver of its own; elsewhere it would stall the loop.
TEST_P(Waiting, blocking_inside_a_coroutine_fails_at_once_or_runs_on_the_worker_contract_02) {
  const std::string expected = is_pool() ? "ok" : "would_deadlock";
  run_here([&]() -> Task<> {
    const Future<int> pending = spawn(executor_here(), value_after(1ms, 5));
    co_await yield();
    EXPECT_EQ(end_of_call([] { wait(sleep(1us)); }), expected);
    EXPECT_EQ(end_of_call([] { wait_outcome(sleep(1us)).value(); }), expected);
    EXPECT_EQ(end_of_call([] { run(sleep(1us)); }), expected);
    EXPECT_EQ(end_of_call([] { spawn(Inline{}, sleep(1us)).get(); }), expected);
    EXPECT_EQ(end_of_call([] { start(sleep(1us), on(Inline{}), [](Outcome<void>) {}); }), expected);
    if (!is_pool()) {
      EXPECT_EQ(end_of_call([&] { return pending.get(); }), expected);
    }
    if (is_pool()) {
      const std::thread::id here = std::this_thread::get_id();
      Executor& pool = executor_here();
      const bool was_right = wait([&]() -> Task<bool> {
        co_await sleep(1us);
        const bool is_here = std::this_thread::get_id() == here;
        co_return is_here && !executor_here().is_concurrent() && &executor_here() != &pool;
      });
      EXPECT_TRUE(was_right);
      EXPECT_EQ(&executor_here(), &pool);
    }
    co_await pending;
  });
}

TEST_P(Waiting, get_inside_a_full_pool_runs_what_is_still_queued_contract_02) {
  run_here([&]() -> Task<> {
    const Alone alone;
    const Future<std::thread::id> queued = spawn(executor_here(), [] { return std::this_thread::get_id(); });
    const std::thread::id here = std::this_thread::get_id();
    if (is_pool()) {
      EXPECT_EQ(queued.get(), here);
    } else {
      EXPECT_EQ(end_of_call([&] { return queued.get(); }), "would_deadlock");
    }
    co_await queued;
  });
}

class WaitingInline : public InEveryModel {};
INSTANTIATE_TEST_SUITE_P(Over, WaitingInline, every_inline_model(), kModelName);

TEST_P(WaitingInline, wait_ends_when_all_it_started_has_contract_03) {
  Record record;
  run_here([&]() -> Task<> {
    start(sleep(2ms), [&](Outcome<void>) { record.note("callback"); });
    std::ignore = spawn(executor_here(), note_later(record, "spawned"));
    record.note("body");
    co_return;
  });
  record.note("after");
  EXPECT_EQ(record.text(), "body spawned callback after");
}

TEST_P(WaitingInline, detach_is_refused_contract_03) {
  UnhandledLog log;
  run_here([]() -> Task<> {
    co_await yield();
    EXPECT_EQ(end_of_call([] { detach([] {}); }), "would_deadlock");
  });
}

TEST_P(WaitingInline, the_callback_runs_after_the_driving_and_before_start_returns_contract_03) {
  const Host host(GetParam());
  Record record;
  start(
      [&]() -> Task<int> {
        std::ignore = spawn(executor_here(), note_later(record, "started"));
        co_await sleep(1ms);
        record.note("ended");
        co_return 5;
      },
      on(Inline{}),
      [&](Outcome<int> five) {
        record.note(*five);
        record.note(internal::this_thread.executor == nullptr ? "plain" : "inside");
      });
  record.note("returned");
  EXPECT_EQ(record.text(), "started ended 5 plain returned");
}

TEST_P(Waiting, slow_a_million_awaits_that_complete_at_once_contract_04) {
  const int sum = run_here([]() -> Task<int> {
    const auto at_once = []() -> Task<int> { co_return 1; };
    int sum = 0;
    for (int i = 0; i < 1'000'000; ++i) {
      const int one = co_await at_once();
      sum += one;
    }
    co_return sum;
  });
  EXPECT_EQ(sum, 1'000'000);
}

constexpr int kDeep = 100'000;

enum class Bottom : std::uint8_t { gives, fails, waits };

// Every other link is a scope. A failure is thrown again at some links only: unwinding takes time.
Task<int> deep(int depth, Bottom bottom) {
  int below = 0;
  if (depth == 0) {
    if (bottom == Bottom::fails) throw Error(ErrorKind::io, "bottom", "on purpose");
    if (bottom == Bottom::waits) co_await sleep(1h);
    co_await yield();
    co_return 0;
  }
  if (depth % 100 == 0) {
    below = co_await deep(depth - 1, bottom);
  } else if (depth % 2 == 0) {
    auto end = co_await outcome(deep(depth - 1, bottom));
    below = end.ok() ? *end : -kDeep;
  } else {
    auto end = co_await outcome(with_scope([depth, bottom](Scope&) { return deep(depth - 1, bottom); }));
    below = end.ok() ? *end : -kDeep;
  }
  co_return below + 1;
}

TEST_P(Waiting, slow_chains_of_a_hundred_thousand_awaits_and_scopes_contract_04) {
  EXPECT_EQ(run_here(deep(kDeep, Bottom::gives)), kDeep);
  EXPECT_LT(run_here(deep(kDeep, Bottom::fails)), kDeep);
  const std::string cancelled = run_here([]() -> Task<std::string> {
    auto end = co_await outcome(timeout(1ms, deep(kDeep, Bottom::waits)));
    co_return end_of(end);
  });
  EXPECT_EQ(cancelled, "ok") << "every link took its failure for a value";
}

TEST_P(Waiting, a_coroutine_stays_on_its_executor_contract_05) {
  const std::string where = run_here([]() -> Task<std::string> {
    Executor* const mine = &executor_here();
    std::string where;
    const auto look = [mine, &where] { where.push_back(&executor_here() == mine ? '.' : '!'); };
    co_await sleep(1ms);
    look();
    co_await gather(sleep(1ms), yield());
    look();
    Pool pool({.threads = 1});
    Queue<int> queue(1);
    co_await on(pool, yield());
    look();
    co_await gather(yield(), on(pool, sleep(1ms)));
    look();
    co_await spawn(pool, [] { return 1; });
    look();
    co_await offload(pool, [] { std::this_thread::yield(); });
    look();
    std::ignore = spawn(pool, [&] { queue.try_put(1); });
    co_await queue.get();
    look();
    std::ignore = co_await outcome(on(pool, fail_after(1us, "over there")));
    look();
    std::ignore = co_await outcome(timeout(1ms, on(pool, sleep(1h))));
    look();
    std::ignore = co_await race(on(pool, sleep(1us)), sleep(1h));
    look();
    Future<int> cancelled = spawn(pool, value_after(1h, 1));
    cancelled.cancel();
    std::ignore = co_await outcome(cancelled);
    look();
    co_return where;
  });
  EXPECT_EQ(where, "...........");
}

}  // namespace
}  // namespace ringback

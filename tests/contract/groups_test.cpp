// Statements 15 to 21 of the contract: gather, race, map and scopes, in every model.

#include <set>

#include "ringback/async/gather.h"
#include "ringback/async/map.h"
#include "ringback/async/race.h"
#include "ringback/async/scope.h"
#include "ringback/sync/queue.h"
#include "ringback/sync/semaphore.h"
#include "ringback/testing/census.h"
#include "ringback/testing/unhandled_log.h"
#include "tests/contract/models.h"

namespace ringback {
namespace {

using testing::Census;
using testing::UnhandledLog;

class Groups : public InEveryModel {};
RINGBACK_IN_EVERY_MODEL(Groups);

Task<int> fail_when(Gate& gate, std::string text) {
  co_await gate.all_here();
  throw Error(ErrorKind::io, "test", text);
}
Task<int> value_when(Gate& gate, int value) {
  co_await gate.all_here();
  co_return value;
}
Task<int> foreign_when_cancelled(Gate& gate) {
  gate.arrive();
  auto end = co_await outcome(sleep(1h));
  if (!end.ok()) throw std::runtime_error("foreign");
  co_return 0;
}
std::set<std::string> suppressed_by(const Failure& failure) {
  std::set<std::string> texts;
  for (const Failure& later : failure.error()->suppressed()) texts.insert(end_of(later));
  return texts;
}

TEST_P(Groups, gather_keeps_the_order_of_its_arguments_contract_15) {
  run_here([]() -> Task<> {
    auto [three, text, one] =
        co_await gather(value_after(2ms, 3), value_after(1ms, std::string("x")), value_after(0s, 1));
    EXPECT_EQ(three, 3);
    EXPECT_EQ(text, "x");
    EXPECT_EQ(one, 1);
    std::vector<Task<int>> tasks;
    for (int i = 0; i < 50; ++i) tasks.push_back(value_after((50 - i) * 10us, i));
    const std::vector<int> values = co_await gather(std::move(tasks));
    for (int i = 0; i < 50; ++i) EXPECT_EQ(values[static_cast<std::size_t>(i)], i);
  });
}

TEST_P(Groups, gather_of_nothing_is_empty_at_once_contract_15) {
  run_here([]() -> Task<> {
    auto none = co_await timeout(0s, gather(std::vector<Task<int>>()));
    EXPECT_TRUE(none.empty());
    auto no_outcomes = co_await timeout(0s, gather_outcomes(std::vector<Task<int>>()));
    EXPECT_TRUE(no_outcomes.empty());
    auto no_values = co_await timeout(0s, gather());
    static_cast<void>(no_values);
  });
}

TEST_P(Groups, gather_cancels_awaits_and_throws_the_first_failure_as_itself_contract_16) {
  UnhandledLog log;
  run_here([]() -> Task<> {
    Gate others(3);
    Record record;
    auto end = co_await outcome(gather(never(others, record, "cleaned"), fail_when(others, "first"),
                                       fail_when_cancelled(others, "second"), fail_when_cancelled(others, "third")));
    EXPECT_EQ(record.text(), "cleaned");
    EXPECT_EQ(end_of(end), "io: test: first");
    EXPECT_EQ(suppressed_by(end.failure()), (std::set<std::string>{"io: test: second", "io: test: third"}));
  });
  EXPECT_TRUE(log.empty()) << log.text();
}

TEST_P(Groups, a_failure_that_a_foreign_one_suppresses_reaches_the_hook_contract_16) {
  UnhandledLog log;
  run_here([]() -> Task<> {
    Gate others(2);
    const auto foreign = [](Gate& others) -> Task<int> {
      co_await others.all_here();
      throw std::logic_error("first and foreign");
    };
    std::string caught;
    try {
      co_await gather(foreign(others), fail_when_cancelled(others, "second"), foreign_when_cancelled(others));
    } catch (const std::logic_error& error) {
      caught = error.what();
    }
    EXPECT_EQ(caught, "first and foreign");
    Gate other(1);
    auto end = co_await outcome(gather(fail_when(other, "first"), foreign_when_cancelled(other)));
    EXPECT_EQ(suppressed_by(end.failure()), (std::set<std::string>{"foreign"})) << "an Error keeps what is foreign too";
  });
  std::set<std::string> told;
  for (const UnhandledLog::Entry& entry : log.take()) {
    told.insert(end_of(entry.failure));
    EXPECT_NE(entry.what.find("suppressed"), std::string::npos) << entry.what;
  }
  EXPECT_EQ(told, (std::set<std::string>{"io: test: second", "foreign"}));
}

TEST_P(Groups, gather_outcomes_throws_nothing_and_cancels_nobody_contract_17) {
  run_here([]() -> Task<> {
    const auto cancelled = []() -> Task<int> {
      co_await yield();
      throw Cancelled{Reason::overload};
    };
    auto [value, failure, timed_out, own] =
        co_await gather_outcomes(value_after(2ms, 5), fail_after(0s, "no"), timeout(1ms, sleep(1h)), cancelled());
    EXPECT_EQ(*value, 5);
    EXPECT_EQ(end_of(failure), "io: test: no");
    EXPECT_EQ(end_of(timed_out), "timed_out");
    EXPECT_EQ(end_of(own), "cancelled: overload");
    std::vector<Task<int>> tasks;
    tasks.push_back(value_after(1ms, 1));
    tasks.push_back(fail_after(0s, "two"));
    auto ends = co_await gather_outcomes(std::move(tasks));
    EXPECT_EQ(end_of(ends[0]) + ", " + end_of(ends[1]), "ok, io: test: two");
  });
}

TEST_P(Groups, cancelling_a_gather_cancels_and_awaits_all_contract_18) {
  run_here([]() -> Task<> {
    Gate waiting(3);
    Record record;
    Future<int> future = spawn(executor_here(), [&]() -> Task<int> {
      auto ends = co_await outcome(gather(never(waiting, record, "cleaned"), never(waiting, record, "cleaned"),
                                          gather(never(waiting, record, "cleaned"))));
      record.note(end_of(ends));
      co_return 0;
    });
    co_await waiting.all_here();
    const TimePoint asked = now();
    future.cancel();
    std::ignore = co_await outcome(future);
    EXPECT_EQ(record.text(), "cleaned cleaned cleaned cancelled: requested");
    EXPECT_LT(now() - asked, 1h) << "none slept on, on virtual time either";
  });
}

TEST_P(Groups, race_gives_the_first_and_cancels_and_awaits_the_losers_contract_19) {
  run_here([]() -> Task<> {
    Record record;
    Gate loser(1);
    auto first = co_await race(never(loser, record, "cleaned"), value_when(loser, 5));
    EXPECT_EQ(std::get<1>(first), 5);
    EXPECT_EQ(record.text(), "cleaned");
    Gate another(1);
    auto failed = co_await outcome(race(never(another, record, "cleaned"), fail_when(another, "first end")));
    EXPECT_EQ(end_of(failed), "io: test: first end");
    EXPECT_EQ(record.text(), "cleaned cleaned");
    Gate third(1);
    auto [late, soon] = co_await race_outcomes(never(third, record, "cleaned"), value_when(third, 1));
    EXPECT_EQ(end_of(late), "cancelled: sibling_failed");
    EXPECT_EQ(*soon, 1);
  });
}

TEST_P(Groups, a_losers_value_is_destroyed_or_given_with_all_of_them_contract_19) {
  run_here([]() -> Task<> {
    Census census;
    const auto stubborn = [](Census& census, Gate& gate) -> Task<std::shared_ptr<Census::Member>> {
      gate.arrive();
      std::ignore = co_await outcome(sleep(1h));
      co_return std::make_shared<Census::Member>(census);
    };
    Gate loser(1);
    auto first = co_await race(stubborn(census, loser), value_when(loser, 5));
    EXPECT_EQ(first.index(), 1U);
    EXPECT_EQ(census.ever(), 1);
    EXPECT_EQ(census.alive(), 0);
    Gate kept(1);
    auto [value, five] = co_await race_outcomes(stubborn(census, kept), value_when(kept, 5));
    EXPECT_TRUE(value.ok());
    EXPECT_EQ(*five, 5);
    EXPECT_EQ(census.alive(), 1);
  });
}

TEST_P(Groups, ties_are_drawn_unless_asked_for_in_order_contract_19) {
  run_here([]() -> Task<> {
    Event set;
    set.set();
    std::set<std::size_t> winners;
    for (int i = 0; i < 80; ++i) {
      auto in_order = co_await race(Ties::in_order, set.wait(), set.wait(), set.wait());
      EXPECT_EQ(in_order.index(), 0U);
      auto drawn = co_await race(set.wait(), set.wait(), set.wait());
      winners.insert(drawn.index());
    }
    EXPECT_EQ(winners.size(), 3U);
  });
  if (!has_own_time()) return;
  const auto draw = [](Event& set) -> Task<std::string> {
    std::string winners;
    set.set();
    for (int i = 0; i < 40; ++i) {
      auto drawn = co_await race(set.wait(), set.wait(), set.wait());
      winners += std::to_string(drawn.index());
    }
    co_return winners;
  };
  Event set;
  EXPECT_EQ(run_here(draw(set)), run_here(draw(set))) << "one seed, one draw";
}

TEST_P(Groups, only_the_winner_of_a_race_takes_contract_19) {
  run_here([]() -> Task<> {
    Queue<int> one(200);
    Queue<int> two(200);
    Semaphore gate(0);
    for (int round = 1; round <= 50; ++round) {
      Future<int> racer = spawn(executor_here(), [&]() -> Task<int> {
        auto first = co_await race(one.get(), race(two.get(), gate.acquire()), timeout(1h, two.get()));
        co_return static_cast<int>(first.index());
      });
      if (round % 2 == 0) co_await yield();
      std::ignore = one.try_put(1);
      std::ignore = two.try_put(2);
      std::ignore = two.try_put(3);
      gate.add_permits(1);
      co_await racer;
      const std::size_t left = one.size() + two.size() + gate.available();
      // Whoever wins a permit gives it back where the race's value dies.
      EXPECT_GE(left, static_cast<std::size_t>(3 * round));
      EXPECT_LE(left, static_cast<std::size_t>(4 * round));
    }
    int taken_once = 0;
    for (int round = 0; round < 50; ++round) {
      Queue<int> left(1);
      Queue<int> right(1);
      Future<int> racer = spawn(executor_here(), [&]() -> Task<int> {
        auto first = co_await race(left.get(), right.get());
        co_return static_cast<int>(first.index());
      });
      if (round % 2 == 0) co_await yield();
      std::ignore = left.try_put(1);
      std::ignore = right.try_put(2);
      co_await racer;
      taken_once += left.size() + right.size() == 1 ? 1 : 0;
    }
    EXPECT_EQ(taken_once, 50);
  });
}

TEST_P(Groups, as_completed_calls_in_the_order_of_completion_contract_20) {
  run_here([]() -> Task<> {
    Event may_end[5];
    std::vector<Task<int>> tasks;
    for (int i = 0; i < 5; ++i) {
      tasks.push_back([](Event& may_end, int value) -> Task<int> {
        co_await may_end.wait();
        co_return value;
      }(may_end[i], i));
    }
    Record record;
    may_end[4].set();
    co_await as_completed(std::move(tasks), [&](Outcome<int> one) {
      record.note(*one);
      if (*one > 0) may_end[*one - 1].set();
    });
    EXPECT_EQ(record.text(), "4 3 2 1 0");
  });
}

TEST_P(Groups, map_keeps_order_and_runs_limit_at_once_and_no_more_contract_20) {
  constexpr int kLimit = 7;
  run_here([&]() -> Task<> {
    std::atomic<int> running{0};
    std::atomic<int> most{0};
    Gate first_ones(kLimit);
    std::vector<int> items;
    for (int i = 0; i < 50; ++i) items.push_back(i);
    const std::vector<int> doubled = co_await map(items, kLimit, [&](int item) -> Task<int> {
      const int now_running = ++running;
      int seen = most;
      while (seen < now_running && !most.compare_exchange_weak(seen, now_running)) {
      }
      first_ones.arrive();
      co_await first_ones.all_here();
      co_await sleep(item % 3 * 10us);
      --running;
      co_return item * 2;
    });
    EXPECT_EQ(most, kLimit);
    for (int i = 0; i < 50; ++i) EXPECT_EQ(doubled[static_cast<std::size_t>(i)], 2 * i);
  });
}

TEST_P(Groups, map_and_scope_fail_by_the_rule_of_gather_contract_21) {
  UnhandledLog log;
  run_here([]() -> Task<> {
    Gate others(2);
    Record record;
    const std::vector<int> items{0, 1, 2};
    auto of_map = co_await outcome(map(items, 3, [&](int item) -> Task<int> {
      if (item == 0) return fail_when(others, "first");
      if (item == 1) return fail_when_cancelled(others, "second");
      return never(others, record, "cleaned");
    }));
    EXPECT_EQ(end_of(of_map), "io: test: first");
    EXPECT_EQ(suppressed_by(of_map.failure()), (std::set<std::string>{"io: test: second"}));
    EXPECT_EQ(record.text(), "cleaned");

    Gate children(2);
    auto of_scope = co_await outcome(with_scope([&](Scope& scope) -> Task<int> {
      scope.spawn(fail_when(children, "first"));
      scope.spawn(fail_when_cancelled(children, "second"));
      co_return co_await never(children, record, "body_cleaned");
    }));
    EXPECT_EQ(end_of(of_scope), "io: test: first");
    EXPECT_EQ(suppressed_by(of_scope.failure()), (std::set<std::string>{"io: test: second"}));
    EXPECT_EQ(record.text(), "cleaned body_cleaned");

    Gate child(1);
    auto of_body = co_await outcome(with_scope([&](Scope& scope) -> Task<> {
      scope.spawn(never(child, record, "child_cleaned"));
      std::ignore = co_await fail_when(child, "body");
    }));
    EXPECT_EQ(end_of(of_body), "io: test: body");
    EXPECT_EQ(record.text(), "cleaned body_cleaned child_cleaned");
  });
  EXPECT_TRUE(log.empty()) << log.text();
}

TEST_P(Groups, leaving_a_scope_joins_all_children_contract_21) {
  run_here([]() -> Task<> {
    std::atomic<int> ended{0};
    const int body = co_await with_scope([&](Scope& scope) -> Task<int> {
      for (int i = 1; i <= 20; ++i) {
        scope.spawn([&ended, i]() -> Task<> {
          co_await sleep(i * 20us);
          ++ended;
        });
      }
      co_return 7;
    });
    EXPECT_EQ(body, 7);
    EXPECT_EQ(ended, 20);
  });
}

TEST_P(Groups, a_scope_whose_children_were_cut_from_outside_is_no_success_contract_21) {
  run_here([]() -> Task<> {
    auto by_deadline = co_await outcome(timeout(200us, with_scope([](Scope& scope) -> Task<int> {
                                                  scope.spawn(sleep(1h));
                                                  co_return 7;
                                                })));
    EXPECT_EQ(end_of(by_deadline), "timed_out");

    Gate left_behind(1);
    std::string inner;
    co_await with_scope([&](Scope& outer) -> Task<> {
      outer.spawn([&]() -> Task<> {
        auto by_hand = co_await outcome(with_scope([&](Scope& scope) -> Task<int> {
          scope.spawn(sleep(1h));
          left_behind.arrive();
          co_return 7;
        }));
        inner = end_of(by_hand);
      });
      co_await left_behind.all_here();
      outer.cancel();
    });
    EXPECT_EQ(inner, "cancelled: requested");
  });
}

TEST_P(Groups, a_scope_that_cuts_its_own_children_or_whose_children_end_all_the_same_is_one_contract_21) {
  run_here([]() -> Task<> {
    const int own = co_await with_scope([](Scope& scope) -> Task<int> {
      scope.spawn(sleep(1h));
      scope.cancel();
      co_return 7;
    });
    EXPECT_EQ(own, 7);

    Gate body_and_child(2);
    const auto stubborn = [](Gate& body_and_child) -> Task<> {
      body_and_child.arrive();
      std::ignore = co_await outcome(sleep(1h));
    };
    int late = 0;
    co_await with_scope([&](Scope& outer) -> Task<> {
      outer.spawn([&]() -> Task<> {
        late = co_await with_scope([&](Scope& scope) -> Task<int> {
          scope.spawn(stubborn(body_and_child));
          body_and_child.arrive();
          co_return 8;
        });
      });
      co_await body_and_child.all_here();
      outer.cancel();
    });
    EXPECT_EQ(late, 8);
  });
}

TEST_P(Groups, a_task_spawned_into_a_closed_scope_fails_clearly_contract_21) {
  UnhandledLog log;
  run_here([]() -> Task<> {
    Census census;
    Scope* closed = nullptr;
    auto block = with_scope([&closed](Scope& scope) -> Task<> {
      closed = &scope;
      co_return;
    });
    co_await block;
    const auto late = [](Census::Member) -> Task<> { co_return; };
    EXPECT_EQ(end_of_call([&] { closed->spawn(late(Census::Member(census))); }), "shut_down");
    EXPECT_EQ(census.alive(), 0);
  });
  EXPECT_TRUE(log.empty()) << log.text();
}

}  // namespace
}  // namespace ringback

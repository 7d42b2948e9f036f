// gather, race and scopes: one rule for everything that has children.

#include "ringback/async/group.h"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "ringback/async/future.h"
#include "ringback/async/gather.h"
#include "ringback/async/map.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/race.h"
#include "ringback/async/scope.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "ringback/exec/timer_service.h"
#include "ringback/testing/unhandled_log.h"
#include "ringback/testing/virtual_time.h"

namespace ringback {

using namespace runtime;

namespace {

using namespace std::chrono_literals;
using testing::run_virtually;
using testing::UnhandledLog;

Executor& here() { return *internal::this_thread.executor; }
TimePoint now() { return here().timers().now(); }

Task<int> value_after(Duration length, int value) {
  co_await sleep(length);
  co_return value;
}
Task<int> fail_after(Duration length, std::string text) {
  co_await sleep(length);
  throw Error(ErrorKind::io, "child", text);
}
// Fails in its own way when it is cancelled.
Task<int> fail_when_cancelled(std::string text) {
  auto end = co_await outcome(sleep(1h));
  if (!end.ok()) throw Error(ErrorKind::io, "child", text);
  co_return 0;
}
Task<int> foreign_when_cancelled() {
  auto end = co_await outcome(sleep(1h));
  if (!end.ok()) throw std::runtime_error("foreign");
  co_return 0;
}
Task<int> slow_to_leave(Duration clean_up) {
  co_await on_exit([](Duration clean_up) -> Task<> { co_await sleep(clean_up); }(clean_up), 1h);
  co_await sleep(1h);
  co_return 1;
}

TEST(Gather, keeps_the_order_of_arguments_and_of_nothing_is_empty_at_once_contract_15) {
  const auto program = []() -> Task<> {
    auto [three, one] = co_await gather(value_after(3s, 3), value_after(1s, 1));
    EXPECT_EQ(three, 3);
    EXPECT_EQ(one, 1);
    const TimePoint start = now();
    auto none = co_await gather(std::vector<Task<int>>());
    EXPECT_TRUE(none.empty());
    auto no_outcomes = co_await timeout(0s, gather_outcomes(std::vector<Task<int>>()));
    EXPECT_TRUE(no_outcomes.empty());
    EXPECT_EQ(now(), start);
    std::vector<Task<int>> tasks;
    for (int i = 0; i < 100; ++i) tasks.push_back(value_after((100 - i) * 1s, i));
    std::vector<int> values = co_await gather(std::move(tasks));
    for (int i = 0; i < 100; ++i) EXPECT_EQ(values[static_cast<std::size_t>(i)], i);
  };
  run_virtually(program());
}

TEST(Gather, the_first_failure_cancels_awaits_and_is_thrown_as_itself_contract_16) {
  UnhandledLog log;
  const auto program = []() -> Task<> {
    const TimePoint start = now();
    auto end = co_await outcome(gather(slow_to_leave(2s), fail_after(1s, "first"), fail_when_cancelled("second"),
                                       fail_when_cancelled("third"), value_after(1h, 1)));
    EXPECT_EQ(now() - start, 3s);
    const Error* first = end.failure().error();
    EXPECT_STREQ(first->what(), "child: first");
    std::set<std::string> later;
    for (const Failure& failure : first->suppressed()) later.insert(failure.describe());
    EXPECT_EQ(later, (std::set<std::string>{"child: second", "child: third"}));
  };
  run_virtually(program());
  EXPECT_TRUE(log.empty()) << log.text();
}

TEST(Gather, failures_a_foreign_one_suppresses_reach_the_hook_and_none_is_lost_contract_16) {
  UnhandledLog log;
  const auto program = []() -> Task<> {
    const auto foreign = []() -> Task<int> {
      co_await sleep(1s);
      throw std::logic_error("first and foreign");
    };
    std::string caught;
    try {
      co_await gather(foreign(), fail_when_cancelled("second"), foreign_when_cancelled());
    } catch (const std::logic_error& error) {
      caught = error.what();
    }
    EXPECT_EQ(caught, "first and foreign");
    auto end = co_await outcome(gather(fail_after(1s, "first"), foreign_when_cancelled()));
    EXPECT_EQ(end.failure().error()->suppressed().size(), 1u) << "an Error keeps what is foreign too";
  };
  run_virtually(program());
  EXPECT_EQ(log.size(), 2u) << log.text();
}

TEST(Gather, one_failed_future_awaited_twice_is_one_failure_contract_16) {
  UnhandledLog log;
  const auto program = []() -> Task<> {
    Future<int> failed = spawn(here(), fail_after(1s, "shared"));
    auto end = co_await outcome(gather(failed, failed, failed));
    EXPECT_TRUE(end.failure().error()->suppressed().empty()) << "a failure that hangs on itself is never freed";
  };
  run_virtually(program());
  EXPECT_TRUE(log.empty()) << log.text();
}

TEST(Gather, failures_that_suppress_one_another_crosswise_are_freed_contract_16) {
  UnhandledLog log;
  const auto program = []() -> Task<> {
    Future<int> one = spawn(here(), fail_after(1s, "one"));
    Future<int> two = spawn(here(), fail_after(1s, "two"));
    std::ignore = co_await outcome(one);
    std::ignore = co_await outcome(two);
    auto first = co_await outcome(gather(one, two));
    auto second = co_await outcome(gather(two, one));
    EXPECT_FALSE(first.ok());
    EXPECT_FALSE(second.ok());
  };
  run_virtually(program());  // LeakSanitizer tells.
}

TEST(Gather, outcomes_throw_nothing_and_cancel_nobody_contract_17) {
  const auto program = []() -> Task<> {
    Future<int> cancelled = spawn(here(), value_after(1h, 1));
    cancelled.cancel();
    auto [value, failure, aborted] = co_await gather_outcomes(value_after(2s, 5), fail_after(1s, "no"), cancelled);
    EXPECT_EQ(*value, 5);
    EXPECT_EQ(failure.failure().describe(), "child: no");
    EXPECT_EQ(aborted.failure().error()->kind(), ErrorKind::aborted);
  };
  run_virtually(program());
}

TEST(Gather, cancelling_it_cancels_and_awaits_all_contract_18) {
  const auto program = []() -> Task<> {
    const TimePoint start = now();
    auto end = co_await outcome(timeout(1s, gather(slow_to_leave(1s), slow_to_leave(5s))));
    EXPECT_FALSE(end.ok());
    EXPECT_EQ(now() - start, 6s);
  };
  run_virtually(program());
}

TEST(Race, the_first_wins_and_the_losers_are_cancelled_and_awaited_contract_19) {
  const auto program = []() -> Task<> {
    const TimePoint start = now();
    auto first = co_await race(slow_to_leave(4s), value_after(1s, 5));
    EXPECT_EQ(std::get<1>(first), 5);
    EXPECT_EQ(now() - start, 5s);
    auto failed = co_await outcome(race(fail_after(1s, "first end"), value_after(2s, 5)));
    EXPECT_EQ(failed.failure().describe(), "child: first end");
    std::vector<Task<int>> tasks;
    for (int i = 0; i < 5; ++i) tasks.push_back(value_after((5 - i) * 1s, i));
    auto raced = co_await race(std::move(tasks));
    EXPECT_EQ(raced.index, 4u);
    EXPECT_EQ(raced.value, 4);
    auto [late, soon] = co_await race_outcomes(value_after(2s, 2), value_after(1s, 1));
    EXPECT_TRUE(late.failure().is_cancelled());
    EXPECT_EQ(*soon, 1);
  };
  run_virtually(program());
}

TEST(Race, ties_are_drawn_by_the_seed_or_broken_in_order_contract_19) {
  const auto draw = []() -> Task<std::string> {
    std::string winners;
    for (int i = 0; i < 40; ++i) {
      auto first = co_await race(yield(), yield(), yield());
      winners.push_back(static_cast<char>('0' + first.index()));
    }
    co_return winners;
  };
  const std::string once = run_virtually(draw(), 7);
  EXPECT_EQ(run_virtually(draw(), 7), once);
  EXPECT_NE(run_virtually(draw(), 8), once);
  EXPECT_EQ(std::set<char>(once.begin(), once.end()).size(), 3u);
  const auto in_order = []() -> Task<> {
    for (int i = 0; i < 40; ++i) {
      auto first = co_await race(Ties::in_order, yield(), yield(), yield());
      EXPECT_EQ(first.index(), 0u);
    }
  };
  run_virtually(in_order());
}

// Completes when told, and claims before it takes from `items`.
class Take : public PostedLeaf {
 public:
  using value_type = int;
  explicit Take(int& items) noexcept : items_(&items) {}
  Take(Take&&) noexcept = default;

  bool begin(Waiter& waiter) noexcept {
    cancelled_ = !attach(waiter) || *items_ == 0 || !waiter.try_claim();
    if (!cancelled_) --*items_;
    if (cancelled_ && suspend([] { return true; }) == Parked::suspended) return false;
    return true;
  }
  Outcome<int> take() noexcept {
    if (cancelled_) return cancelled_failure();
    return 1;
  }
  void request_cancel(Reason) noexcept override { deliver(); }

 private:
  int* items_;
  bool cancelled_ = false;
};

TEST(Race, only_the_winner_takes_in_nested_races_too_contract_19) {
  const auto program = []() -> Task<> {
    int items = 100;
    for (int round = 1; round <= 20; ++round) {
      std::ignore =
          co_await race(race(Take(items), Take(items)), Take(items), timeout(1h, race(Take(items), Take(items))));
      EXPECT_EQ(items, 100 - round);
    }
  };
  run_virtually(program());
}

TEST(Scope, leaving_it_joins_all_children_contract_21) {
  const auto program = []() -> Task<> {
    int ended = 0;
    const TimePoint start = now();
    co_await with_scope([&ended](Scope& scope) -> Task<> {
      for (int i = 1; i <= 3; ++i) {
        scope.spawn([&ended, i]() -> Task<> {
          const auto seconds = i * 1s;
          co_await sleep(seconds);
          ++ended;
        });
      }
      co_return;
    });
    EXPECT_EQ(ended, 3);
    EXPECT_EQ(now() - start, 3s);
  };
  run_virtually(program());
}

TEST(Scope, the_first_failure_cancels_siblings_and_body_contract_21) {
  UnhandledLog log;
  const auto program = []() -> Task<> {
    const TimePoint start = now();
    auto end = co_await outcome(with_scope([](Scope& scope) -> Task<int> {
      scope.spawn(fail_after(1s, "child failed"));
      scope.spawn(slow_to_leave(1s));
      scope.spawn(fail_when_cancelled("later"));
      co_return co_await value_after(1h, 1);
    }));
    EXPECT_EQ(end.failure().describe(), "child: child failed");
    EXPECT_EQ(end.failure().error()->suppressed().size(), 1u);
    EXPECT_EQ(now() - start, 2s);
    auto body_fails = co_await outcome(with_scope([](Scope& scope) -> Task<> {
      scope.spawn(slow_to_leave(1s));
      std::ignore = co_await fail_after(1s, "body failed");
    }));
    EXPECT_EQ(body_fails.failure().describe(), "child: body failed");
  };
  run_virtually(program());
  EXPECT_TRUE(log.empty()) << log.text();
}

TEST(Scope, a_scope_cancelled_from_inside_gives_aborted_and_the_task_goes_on_contract_08) {
  const auto program = []() -> Task<> {
    auto end = co_await outcome(with_scope([](Scope& scope) -> Task<> {
      scope.spawn(slow_to_leave(1s));
      co_await sleep(1s);
      scope.cancel(Reason::overload);
      co_await sleep(1h);
    }));
    EXPECT_EQ(end.failure().error()->kind(), ErrorKind::aborted);
    EXPECT_EQ(end.failure().error()->reason(), Reason::overload);
    co_await sleep(1s);
  };
  run_virtually(program());
}

TEST(Map, keeps_order_and_runs_at_most_limit_at_once_contract_20) {
  const auto program = []() -> Task<> {
    int running = 0;
    int most = 0;
    std::vector<int> items;
    for (int i = 0; i < 50; ++i) items.push_back(i);
    auto doubled = co_await map(items, 7, [&](int item) {
      return [](int item, int& running, int& most) -> Task<int> {
        most = std::max(most, ++running);
        co_await sleep(Duration(1ms) * ((item * 37) % 11));
        --running;
        co_return item * 2;
      }(item, running, most);
    });
    EXPECT_EQ(most, 7);
    for (int i = 0; i < 50; ++i) EXPECT_EQ(doubled[static_cast<std::size_t>(i)], 2 * i);
    std::vector<int> order;
    std::vector<Task<int>> tasks;
    for (int i = 0; i < 5; ++i) tasks.push_back(value_after((5 - i) * 1s, i));
    co_await as_completed(std::move(tasks), [&](Outcome<int> one) { order.push_back(*one); });
    EXPECT_EQ(order, (std::vector<int>{4, 3, 2, 1, 0}));
  };
  run_virtually(program());
}

TEST(OnExit, runs_in_reverse_order_whichever_way_the_task_ends_contract_47) {
  const auto program = []() -> Task<> {
    std::string order;
    const auto note = [](std::string& order, char name) -> Task<> {
      co_await sleep(1s);
      order.push_back(name);
    };
    const auto work = [note](std::string& order, int how) {
      return [](auto note, std::string& order, int how) -> Task<int> {
        co_await on_exit(note(order, 'a'));
        co_await on_exit(note(order, 'b'));
        if (how == 1) throw Error(ErrorKind::io, "work", "failed");
        if (how == 2) co_await sleep(1h);
        co_return 5;
      }(note, order, how);
    };
    const int five = co_await work(order, 0);
    EXPECT_EQ(five, 5);
    auto failed = co_await outcome(work(order, 1));
    EXPECT_EQ(failed.failure().describe(), "work: failed");
    auto cancelled = co_await outcome(timeout(1s, work(order, 2)));
    EXPECT_FALSE(cancelled.ok());
    EXPECT_EQ(order, "bababa");
  };
  run_virtually(program());
}

TEST(OnExit, a_failing_or_hanging_clean_up_is_suppressed_or_thrown_contract_47) {
  UnhandledLog log;
  const auto program = []() -> Task<> {
    const auto bad = []() -> Task<> {
      co_await sleep(1ms);
      throw Error(ErrorKind::io, "clean-up", "failed");
    };
    const auto hang = []() -> Task<> { co_await sleep(1h); };
    const auto work = [](Task<> cleanup, bool fails) -> Task<int> {
      co_await on_exit(std::move(cleanup));
      if (fails) throw Error(ErrorKind::io, "work", "failed");
      co_return 5;
    };
    auto thrown = co_await outcome(work(bad(), false));
    EXPECT_EQ(thrown.failure().describe(), "clean-up: failed");
    auto suppressed = co_await outcome(work(bad(), true));
    EXPECT_EQ(suppressed.failure().describe(), "work: failed");
    EXPECT_EQ(suppressed.failure().error()->suppressed().size(), 1u);
    const TimePoint start = now();
    auto hung = co_await outcome(work(hang(), false));
    EXPECT_EQ(hung.failure().error()->kind(), ErrorKind::timed_out);
    EXPECT_EQ(now() - start, 5s);
  };
  run_virtually(program());
  EXPECT_TRUE(log.empty()) << log.text();
}

TEST(Task, dropped_unstarted_is_reported_once_with_its_place_contract_22) {
  UnhandledLog log;
  {
    std::ignore = value_after(1s, 1);
  }
  auto entries = log.take();
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_NE(std::string(entries[0].place.file_name()).find("group_test.cpp"), std::string::npos);
  EXPECT_NE(std::string(entries[0].place.function_name()).find("value_after"), std::string::npos)
      << "the coroutine, where it is defined: it does not know who called it";
  EXPECT_NE(entries[0].what.find("dropped"), std::string::npos);
}

TEST(Task, begun_twice_aborts_with_advice_contract_22) {
  EXPECT_DEATH(run_virtually([]() -> Task<> {
                 Task<int> task = value_after(1s, 1);
                 co_await task;
                 co_await task;
               }()),
               "begun once|second time");
}

}  // namespace
}  // namespace ringback

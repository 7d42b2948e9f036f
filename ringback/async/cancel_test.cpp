// Cancellation met at every step of a program that uses everything at once.

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "ringback/async/gather.h"
#include "ringback/async/on.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/race.h"
#include "ringback/async/scope.h"
#include "ringback/async/shield.h"
#include "ringback/async/sleep.h"
#include "ringback/async/start.h"
#include "ringback/async/timeout.h"
#include "ringback/exec/pool.h"
#include "ringback/exec/virtual_loop_test.h"
#include "ringback/testing/census.h"
#include "ringback/testing/unhandled_log.h"
#include "ringback/testing/virtual_time.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using testing::Census;
using testing::run_virtually;
using testing::UnhandledLog;

Executor& here() { return *internal::this_thread.executor; }

// What the mixed program shares: who is alive, and a count of its steps, one of which cancels.
struct Trial {
  Census census;
  std::function<void()> cancel = [] {};
  std::atomic<int> steps{0};
  int cancel_at = -1;
  bool keeps_time = true;  // false on a real clock, where a busy machine wakes sleepers in any order
  std::atomic<int> cleanups_registered{0};
  std::atomic<int> cleanups_run{0};

  void step() {
    if (++steps == cancel_at) cancel();
  }
};

Task<int> leaf(Trial& trial, int sleeps) {
  Census::Member alive(trial.census);
  for (int i = 0; i < sleeps; ++i) {
    trial.step();
    co_await sleep(1ms);
    trial.step();
  }
  co_return sleeps;
}

Task<int> failing(Trial& trial, Duration after) {
  Census::Member alive(trial.census);
  co_await sleep(after);
  trial.step();
  throw Error(ErrorKind::io, "failing", "on purpose");
}

Task<> clean_up(Trial& trial) {
  Census::Member alive(trial.census);
  trial.step();
  co_await sleep(2ms);
  trial.step();
  ++trial.cleanups_run;
}

Task<> with_cleanup(Trial& trial) {
  Census::Member alive(trial.census);
  co_await on_exit(clean_up(trial));
  ++trial.cleanups_registered;
  trial.step();
  co_await sleep(2ms);
  co_await on_exit(clean_up(trial));
  ++trial.cleanups_registered;
  trial.step();
  co_await yield();
}

Task<> nested(Trial& trial, int depth) {
  Census::Member alive(trial.census);
  trial.step();
  if (depth == 0) {
    co_await yield();
  } else {
    co_await timeout(1s, nested(trial, depth - 1));
  }
  trial.step();
}

Task<> in_scope(Trial& trial) {
  Census::Member alive(trial.census);
  co_await with_scope([&trial](Scope& scope) -> Task<> {
    scope.spawn(with_cleanup(trial));
    scope.spawn([&trial] { return leaf(trial, 2); });
    scope.spawn(sleep(4ms));
    trial.step();
    Future<int> future = spawn(here(), leaf(trial, 2));
    future.on_done([member = Census::Member(trial.census), &trial](const Outcome<int>&) { trial.step(); });
    start(leaf(trial, 1), on(here()),
          [member = Census::Member(trial.census), &trial](Outcome<int>) -> Task<> { co_await clean_up(trial); });
    ++trial.cleanups_registered;
    co_await with_cleanup(trial);
    const int two = co_await future;
    EXPECT_EQ(two, 2);
  });
}

Task<int> mixed(Trial& trial) {
  Census::Member alive(trial.census);
  co_await on_exit(clean_up(trial));
  ++trial.cleanups_registered;
  auto [two, three] = co_await gather(leaf(trial, 2), leaf(trial, 3));
  trial.step();
  auto first = co_await race(leaf(trial, 5), sleep(2ms), with_cleanup(trial));
  if (trial.keeps_time) {
    EXPECT_EQ(first.index(), 1u);
  }
  auto late = co_await outcome(timeout(2ms, leaf(trial, 9)));
  if (trial.keeps_time) {
    EXPECT_FALSE(late.ok());
  }
  trial.step();
  const int shielded = co_await shield(leaf(trial, 2));
  EXPECT_EQ(shielded, 2);
  auto failed = co_await outcome(gather(failing(trial, 2ms), leaf(trial, 5), with_cleanup(trial)));
  EXPECT_FALSE(failed.ok());
  co_await nested(trial, 5);
  co_await in_scope(trial);
  Future<int> future = spawn(here(), leaf(trial, 2));
  const int there = co_await on(here(), leaf(trial, 2));
  const int spawned = co_await future.then([&trial](int value) { return leaf(trial, value); });
  co_return two + three + there + spawned;
}

// Runs the program on a fresh loop; `between_turns` is called before each turn.
template <typename Between>
Outcome<int> try_once(Trial& trial, Between&& between_turns) {
  Loop loop(testing_loops::on_virtual_time());
  Future<int> future = spawn(loop, mixed(trial));
  trial.cancel = [&future] { future.cancel(Reason::overload); };
  loop.drive([&] {
    between_turns(future);
    return future.is_done();
  });
  loop.shut_down();
  return future.outcome();
}

void expect_sane(const Trial& trial, const Outcome<int>& end, const UnhandledLog& log) {
  EXPECT_EQ(trial.census.alive(), 0);
  EXPECT_EQ(trial.cleanups_run, trial.cleanups_registered);
  if (end.ok()) {
    EXPECT_EQ(*end, 9);
  } else {
    EXPECT_TRUE(end.failure().is_cancelled()) << end.failure().describe();
    EXPECT_EQ(end.failure().reason(), Reason::overload);
  }
  EXPECT_TRUE(log.empty()) << log.text();
}

TEST(Cancel, at_every_step_of_a_mixed_program_nothing_leaks_and_all_is_cleaned_up_contract_12) {
  UnhandledLog log;
  int cancelled = 0;
  for (int at = 1;; ++at) {
    Trial trial;
    trial.cancel_at = at;
    const Outcome<int> end = try_once(trial, [](Future<int>&) {});
    expect_sane(trial, end, log);
    if (::testing::Test::HasFailure()) {
      ADD_FAILURE() << "cancelled at step " << at;
      return;
    }
    cancelled += end.ok() ? 0 : 1;
    if (trial.steps < at) break;
  }
  EXPECT_GT(cancelled, 50);
}

TEST(Cancel, between_any_two_turns_of_a_mixed_program_contract_12) {
  UnhandledLog log;
  for (int at = 0;; ++at) {
    Trial trial;
    int turn = 0;
    const Outcome<int> end = try_once(trial, [&](Future<int>& future) {
      if (turn++ == at) future.cancel(Reason::overload);
    });
    expect_sane(trial, end, log);
    if (::testing::Test::HasFailure()) {
      ADD_FAILURE() << "cancelled before turn " << at;
      return;
    }
    if (turn < at) break;
  }
}

TEST(Cancel, slow_from_another_thread_at_many_moments_on_a_pool_contract_12) {
  UnhandledLog log;
  for (int round = 0; round < 200; ++round) {
    Trial trial;
    trial.keeps_time = false;
    std::optional<Outcome<int>> end;
    {
      Pool pool({.threads = 2});
      Future<int> future = spawn(pool, mixed(trial));
      std::thread canceller([&trial, future, round] {
        while (trial.steps < round / 2 && !future.is_done()) std::this_thread::yield();
        future.cancel(Reason::overload);
      });
      try {
        std::ignore = future.get();
      } catch (const Error&) {
        // Aborted; the outcome says so too.
      }
      canceller.join();
      end = future.outcome();
    }
    // On a real clock the races inside the program may go either way; what must hold is the rest.
    EXPECT_EQ(trial.census.alive(), 0);
    EXPECT_EQ(trial.cleanups_run, trial.cleanups_registered);
    if (::testing::Test::HasFailure()) break;
  }
  EXPECT_TRUE(log.empty()) << log.text();
}

TEST(Cancel, is_a_state_every_later_await_fails_before_doing_anything_contract_08) {
  const auto program = []() -> Task<> {
    int refusals = 0;
    bool slept = false;
    const auto stubborn = [](int& refusals, bool& slept) -> Task<> {
      for (int i = 0; i < 10; ++i) {
        auto end = co_await outcome(sleep(1h));
        if (!end.ok()) ++refusals;
      }
      co_await sleep(1h);
      slept = true;
    };
    Future<void> future = spawn(here(), stubborn(refusals, slept));
    co_await sleep(1s);
    future.cancel();
    auto end = co_await outcome(future);
    EXPECT_FALSE(end.ok());
    EXPECT_EQ(refusals, 10);
    EXPECT_FALSE(slept);
  };
  run_virtually(program());
}

TEST(Cancel, catching_errors_in_a_retry_loop_does_not_swallow_it_contract_08) {
  const auto program = []() -> Task<> {
    int attempts = 0;
    const auto retry = [](int& attempts) -> Task<> {
      for (bool more = true; more;) {
        try {
          ++attempts;
          co_await sleep(1s);
          throw Error(ErrorKind::refused, "try", "no");
        } catch (const Error&) {
          more = attempts < 1000;
        } catch (const std::exception&) {
          more = attempts < 1000;
        }
      }
    };
    auto end = co_await outcome(timeout(5500ms, retry(attempts)));
    EXPECT_EQ(end.failure().error()->kind(), ErrorKind::timed_out);
    EXPECT_EQ(attempts, 6);
  };
  run_virtually(program());
}

TEST(Cancel, who_swallows_refusals_for_ever_still_lets_others_run_contract_08) {
  const auto program = []() -> Task<> {
    bool stop = false;
    int refusals = 0;
    int refusals_when_stopped = 0;
    const auto stubborn = [](bool& stop, int& refusals) -> Task<> {
      while (!stop) {
        try {
          co_await sleep(1h);
        } catch (...) {
          ++refusals;
        }
      }
    };
    Future<void> future = spawn(here(), stubborn(stop, refusals));
    co_await sleep(1s);
    future.cancel();
    co_await yield();
    co_await yield();
    stop = true;
    refusals_when_stopped = refusals;
    std::ignore = co_await outcome(future);
    EXPECT_GE(refusals_when_stopped, 1);
    EXPECT_LE(refusals_when_stopped, 4 * 64);
  };
  run_virtually(program());
}

TEST(Cancel, a_task_whose_children_never_suspend_still_lets_others_run_contract_39) {
  const auto program = []() -> Task<> {
    bool stop = false;
    const auto at_once = []() -> Task<> { co_return; };
    const auto busy = [at_once](bool& stop) {
      return [](auto child, bool& stop) -> Task<int> {
        int rounds = 0;
        while (!stop && rounds < 1'000'000) {
          co_await child();
          ++rounds;
        }
        co_return rounds;
      }(at_once, stop);
    };
    Future<int> future = spawn(here(), busy(stop));
    co_await yield();
    co_await yield();
    stop = true;
    const int rounds = co_await future;
    EXPECT_LE(rounds, 4 * 256);
  };
  run_virtually(program());
}

TEST(Cancel, completion_in_the_same_turn_wins_and_the_next_await_fails_contract_07) {
  const auto program = []() -> Task<> {
    bool got_value = false;
    bool went_on = false;
    const auto work = [](bool& got_value, bool& went_on) -> Task<> {
      co_await sleep(1s);
      got_value = true;
      co_await sleep(1s);
      went_on = true;
    };
    // The sleep is armed first, so it expires first of the two in this turn.
    auto [end, canceller] = co_await gather_outcomes(timeout(1s, work(got_value, went_on)), sleep(0s));
    EXPECT_FALSE(end.ok());
    EXPECT_TRUE(canceller.ok());
    EXPECT_FALSE(went_on);
    auto raced = co_await outcome(timeout(1s, sleep(1s)));
    EXPECT_TRUE(raced.ok()) << "both at the same moment: completion wins";
  };
  run_virtually(program());
}

TEST(Cancel, carries_its_reason_to_who_waits_contract_14) {
  const auto reason_of = [](Reason reason) {
    const auto program = [](Reason reason) -> Task<Reason> {
      Future<void> future = spawn(here(), sleep(1h));
      co_await yield();
      future.cancel(reason);
      auto end = co_await outcome(future);
      co_return end.failure().error()->reason();
    };
    return run_virtually(program(reason));
  };
  for (Reason reason :
       {Reason::requested, Reason::deadline, Reason::sibling_failed, Reason::shutdown, Reason::overload}) {
    EXPECT_EQ(reason_of(reason), reason);
  }
}

TEST(Cancel, true_means_recorded_before_the_end_contract_12) {
  const auto program = []() -> Task<> {
    Future<void> future = spawn(here(), sleep(1s));
    EXPECT_TRUE(future.cancel());
    EXPECT_TRUE(future.cancel()) << "again, before the end";
    std::ignore = co_await outcome(future);
    EXPECT_FALSE(future.cancel());
  };
  run_virtually(program());
}

TEST(Cancel, an_exception_thrown_by_hand_does_not_cancel_the_scope_around_contract_08) {
  const auto program = []() -> Task<> {
    const auto imposter = []() -> Task<> {
      co_await yield();
      throw Cancelled{Reason::overload};
    };
    auto end = co_await outcome(imposter());
    EXPECT_FALSE(end.ok());
    co_await sleep(1s);  // This scope goes on.
  };
  run_virtually(program());
}

}  // namespace
}  // namespace ringback

// A child that says when it is ready: before that it is start()'s, then its scope's.

#include "ringback/async/started.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "ringback/async/on_exit.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/scope.h"
#include "ringback/async/sleep.h"
#include "ringback/async/start.h"
#include "ringback/async/timeout.h"
#include "ringback/driver/virtual_driver.h"
#include "ringback/exec/pool.h"
#include "ringback/testing/census.h"
#include "ringback/testing/unhandled_log.h"
#include "ringback/testing/virtual_time.h"

namespace ringback {

using namespace runtime;

namespace {

using namespace std::chrono_literals;
using testing::Census;
using testing::run_virtually;
using testing::UnhandledLog;

Task<> serves(Started<int> started, std::string& log, Duration until_ready) {
  log += "begins ";
  co_await sleep(until_ready);
  started.set(7);
  log += "ready ";
  co_await sleep(10s);
  log += "served ";
}

Task<> fails(Started<int> started, bool when_ready) {
  co_await sleep(1s);
  if (when_ready) started.set(1);
  co_await yield();
  throw Error(ErrorKind::refused, "serve", "no");
}

TEST(ScopeStart, gives_what_the_child_says_and_the_child_goes_on_contract_21) {
  std::string log;
  run_virtually([&]() -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      int port = co_await scope.start(serves, std::ref(log), 2s);
      EXPECT_EQ(port, 7);
      log += "clients ";
    });
    log += "over";
  });
  EXPECT_EQ(log, "begins ready clients served over");
}

TEST(ScopeStart, takes_lambdas_and_children_that_have_nothing_to_say) {
  run_virtually([]() -> Task<> {
    bool is_ready = false;
    co_await with_scope([&](Scope& scope) -> Task<> {
      co_await scope.start([&](Started<> started) -> Task<> {
        co_await yield();
        is_ready = true;
        started.set();
        EXPECT_THROW(started.set(), Error);
      });
      EXPECT_TRUE(is_ready);
    });
  });
}

TEST(ScopeStart, throws_what_the_child_fails_with_before_it_is_ready_and_the_scope_does_not_contract_21) {
  const UnhandledLog log;
  run_virtually([]() -> Task<> {
    co_await with_scope([](Scope& scope) -> Task<> {
      auto end = co_await outcome(scope.start(fails, false));
      EXPECT_EQ(end.failure().error()->kind(), ErrorKind::refused);
      co_await sleep(1s);
      EXPECT_FALSE(scope.is_cancelled());
    });
    auto end = co_await outcome(with_scope([](Scope& scope) -> Task<> {
      int one = co_await scope.start(fails, true);
      EXPECT_EQ(one, 1);
      co_await sleep(1h);
    }));
    EXPECT_EQ(end.failure().error()->kind(), ErrorKind::refused);
  });
  EXPECT_TRUE(log.empty()) << log.text();
}

TEST(ScopeStart, says_so_where_the_child_ends_without_a_word_contract_21) {
  run_virtually([]() -> Task<> {
    co_await with_scope([](Scope& scope) -> Task<> {
      std::optional<Started<int>> late;
      auto end = co_await outcome(scope.start([&](Started<int> started) -> Task<> {
        late = started;
        co_return;
      }));
      EXPECT_EQ(end.failure().error()->kind(), ErrorKind::invalid);
      EXPECT_THROW(late->set(1), Error);
      EXPECT_FALSE(scope.is_cancelled());
    });
  });
}

TEST(ScopeStart, cancelled_cancels_the_child_and_waits_for_its_clean_up_contract_21) {
  run_virtually([]() -> Task<> {
    Census census;
    co_await with_scope([&](Scope& scope) -> Task<> {
      const TimePoint begin = now();
      auto end = co_await outcome(timeout(1s, scope.start([&](Started<int> started) -> Task<> {
        const Census::Member member(census);
        const auto cleans_up = []() -> Task<> { co_await sleep(2s); };
        co_await on_exit(cleans_up());
        auto slept = co_await outcome(sleep(1h));
        EXPECT_FALSE(slept.ok());
        started.set(1);  // Too late: nobody is there, and it says nothing.
        co_await yield();
        ADD_FAILURE() << "an await went on in a cancelled child";
      })));
      EXPECT_EQ(end.failure().error()->kind(), ErrorKind::timed_out);
      EXPECT_EQ(now() - begin, 3s);
      EXPECT_EQ(census.alive(), 0);
      EXPECT_FALSE(scope.is_cancelled());
    });
  });
}

TEST(ScopeStart, in_a_scope_that_is_cancelled_or_has_no_time_left_begins_nothing) {
  const UnhandledLog log;
  run_virtually([]() -> Task<> {
    std::string ran;
    auto end = co_await outcome(with_scope([&](Scope& scope) -> Task<> {
      auto none = co_await outcome(timeout(0s, scope.start(serves, std::ref(ran), 1s)));
      EXPECT_EQ(none.failure().error()->kind(), ErrorKind::timed_out);
      scope.cancel();
      auto cancelled = co_await outcome(scope.start(serves, std::ref(ran), 1s));
      EXPECT_TRUE(cancelled.failure().is_cancelled());
    }));
    EXPECT_EQ(ran, "");
    std::ignore = end;
  });
  EXPECT_TRUE(log.empty()) << log.text();
}

// The child's scope is cancelled by somebody else, before the child's first step and after it.
TEST(ScopeStart, ends_with_its_scope) {
  const UnhandledLog log;
  for (const Duration after : {Duration(0s), Duration(1s)}) {
    run_virtually([after]() -> Task<> {
      std::string ran;
      auto end = co_await outcome(with_scope([&](Scope& scope) -> Task<> {
        const auto cancels = [](Scope& scope, Duration after) -> Task<> {
          if (after != 0s) co_await sleep(after);
          scope.cancel();
        };
        scope.spawn(cancels(scope, after));
        auto none = co_await outcome(scope.start(serves, std::ref(ran), 1h));
        EXPECT_TRUE(none.failure().is_cancelled());
      }));
      EXPECT_EQ(ran, after == 0s ? "" : "begins ");
      std::ignore = end;
    });
  }
  EXPECT_TRUE(log.empty()) << log.text();
}

struct Tally {
  std::atomic<int> ready{0};
  std::atomic<int> cancelled{0};
};

Task<> races(Tally& tally) {
  co_await with_scope([&](Scope& scope) -> Task<> {
    for (int round = 0; round < 300; ++round) {
      auto end = co_await outcome(timeout(round % 2 == 0 ? Duration(20us) : Duration(1h),
                                          scope.start([&, round](Started<int> started) -> Task<> {
                                            if (round % 3 == 0) co_await sleep(20us);
                                            started.set(round);
                                            co_await yield();
                                          })));
      ++(end.ok() ? tally.ready : tally.cancelled);
      if (end.ok()) {
        EXPECT_EQ(*end, round);
      }
    }
  });
}

// Ready and cancelled in the same moment, on several workers: the child is start()'s or the scope's.
TEST(ScopeStart, ready_and_cancelled_at_once_one_wins_contract_12) {
  Tally tally;
  Pool pool({.threads = 3});
  std::vector<Future<void>> all;
  for (int i = 0; i < 4; ++i) all.push_back(spawn(pool, races(tally)));
  for (const Future<void>& each : all) each.get();
  EXPECT_EQ(tally.ready + tally.cancelled, 4 * 300);
  EXPECT_GT(tally.ready, 0);
}

}  // namespace
}  // namespace ringback

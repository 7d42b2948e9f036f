// Task-locals: who sees what, on which executor, and that nothing of them stays behind.

#include "ringback/async/task_local.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "ringback/async/completion.h"
#include "ringback/async/map.h"
#include "ringback/async/on.h"
#include "ringback/async/on_exit.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/race.h"
#include "ringback/async/scope.h"
#include "ringback/async/shield.h"
#include "ringback/async/sleep.h"
#include "ringback/async/start.h"
#include "ringback/async/timeout.h"
#include "ringback/exec/pool.h"
#include "ringback/testing/census.h"
#include "ringback/testing/virtual_time.h"

namespace ringback {

using namespace runtime;

namespace {

using namespace std::chrono_literals;
using testing::Census;
using testing::run_virtually;

const TaskLocal<std::string> name("nobody");
const TaskLocal<int> number;

Task<std::string> seen() {
  std::string now = name.get();
  co_await yield();
  now += name.get() == now ? "" : " changed";
  co_return now;
}

TEST(TaskLocal, is_seen_inside_and_gone_outside_the_innermost_counts_contract_42) {
  run_virtually([]() -> Task<> {
    EXPECT_EQ(name.get(), "nobody");
    EXPECT_EQ(number.get(), 0);
    co_await name.with("outer", []() -> Task<> {
      co_await number.with(7, []() -> Task<> {
        co_await name.with("inner", []() -> Task<> {
          std::string inner = co_await seen();
          EXPECT_EQ(inner, "inner");
          EXPECT_EQ(number.get(), 7);
        });
        EXPECT_EQ(name.get(), "outer");
      });
      EXPECT_EQ(number.get(), 0);
    });
    EXPECT_EQ(name.get(), "nobody");
  });
}

TEST(TaskLocal, is_seen_by_all_kinds_of_children_contract_42) {
  run_virtually([]() -> Task<> {
    co_await name.with("a", []() -> Task<> {
      auto [left, right] = co_await gather(seen(), name.with("b", seen()));
      EXPECT_EQ(left + right, "ab");
      auto raced = co_await race(timeout(1s, seen()), shield(sleep(2s)));
      EXPECT_EQ(std::get<0>(raced), "a");
      std::vector<int> two{1, 2};
      std::vector<std::string> mapped = co_await map(two, 2, [](int) -> Task<std::string> { co_return name.get(); });
      EXPECT_EQ(mapped[0] + mapped[1], "aa");
      std::string all;
      co_await with_scope([&](Scope& scope) -> Task<> {
        const auto add = [](std::string& all) -> Task<> {
          std::string one = co_await seen();
          all += one;
        };
        scope.spawn(add(all));
        // Made inside another binding: that one is seen, though the scope is outside.
        co_await name.with("c", [&]() -> Task<> {
          scope.spawn(add(all));
          co_return;
        });
        scope.spawn(add(all));
      });
      EXPECT_EQ(all, "aca");
      std::string at_exit;
      const auto keeps = [](std::string& at_exit) -> Task<> {
        const auto leaves = [](std::string& at_exit) -> Task<> {
          std::string last = co_await seen();
          at_exit = last;
        };
        co_await on_exit(leaves(at_exit));
        co_await yield();
      };
      co_await name.with("d", keeps(at_exit));
      EXPECT_EQ(at_exit, "d");
    });
  });
}

// A scope that began before anything was bound, given to a task that binds: as a server's own scope is.
TEST(TaskLocal, is_seen_by_what_is_spawned_into_a_scope_that_lies_elsewhere_contract_42) {
  run_virtually([]() -> Task<> {
    std::string all;
    co_await with_scope([&](Scope& background) -> Task<> {
      const auto add = [](std::string& all) -> Task<> {
        std::string one = co_await seen();
        all += one + " ";
      };
      const auto request = [](Scope& background, std::string& all, auto add, std::string id) -> Task<> {
        co_await name.with(id, [&]() -> Task<> {
          co_await yield();
          background.spawn(add(all));
        });
      };
      co_await gather(request(background, all, add, "r1"), request(background, all, add, "r2"));
      background.spawn(add(all));
    });
    EXPECT_EQ(all, "r1 r2 nobody ");
  });
}

TEST(TaskLocal, survives_hops_offload_and_started_work_contract_42) {
  Pool pool({.threads = 2});
  Loop loop;
  std::thread driver([&] { loop.run(); });
  for (Executor* home : {static_cast<Executor*>(&pool), static_cast<Executor*>(&loop)}) {
    spawn(*home, [&]() -> Task<> {
      Future<std::string> outside = spawn(pool, seen());
      co_await name.with("hop", [&]() -> Task<> {
        std::string there = co_await on(pool, seen());
        std::string back = co_await on(loop, seen());
        EXPECT_EQ(there + name.get() + back, "hophophop");
        std::string offloaded = co_await offload(pool, [] { return name.get(); });
        EXPECT_EQ(offloaded, "hop");
        std::string abandonable = co_await offload_abandonable(pool, [] { return name.get(); });
        EXPECT_EQ(abandonable, "hop");
        std::string spawned = co_await spawn(loop, seen());
        EXPECT_EQ(spawned, "hop");
        std::string chained = co_await spawn(pool, seen()).then([](std::string before) { return before + name.get(); });
        EXPECT_EQ(chained, "hophop");
      });
      // Begun directly below with(), with no task in between.
      std::string direct = co_await name.with("direct", on(pool, seen()));
      EXPECT_EQ(direct, "direct");
      std::string function = co_await name.with("function", [] { return name.get(); });
      EXPECT_EQ(function, "function");
      std::string first = co_await outside;
      EXPECT_EQ(first, "nobody");
    }).get();
  }
  loop.stop();
  driver.join();
}

TEST(TaskLocal, a_callback_sees_what_was_bound_where_it_was_registered_contract_27) {
  Pool pool({.threads = 2});
  Loop loop;
  std::string seen_by;
  std::atomic<int> left{4};
  start(
      [&]() -> Task<> {
        Completion<void> go;
        Future<void> work = spawn(loop, name.with("work", [&]() -> Task<> { co_await go; }));
        const auto look = [&](const char* who) {
          return [&, who](const Outcome<void>&) {
            seen_by += std::string(who) + "=" + name.get() + " ";
            if (--left == 0) loop.stop();
          };
        };
        work.on_done(look("plain"));
        co_await name.with("request", [&]() -> Task<> {
          work.on_done(look("bound"));
          start(on(pool, sleep(0s)), on(loop), [&](const Outcome<void>&) {
            seen_by += "started=" + name.get() + " ";
            // What a callback starts is made there.
            start([]() -> Task<std::string> { co_return name.get(); }, on(loop),
                  [&](Outcome<std::string> inner) {
                    seen_by += "inner=" + *inner + " ";
                    if (--left == 0) loop.stop();
                  });
            go.completer().complete();
          });
          co_return;
        });
        co_await work;
        work.on_done(look("late"));
      },
      on(loop), [](const Outcome<void>&) {});
  loop.run();
  for (const char* part : {"plain=nobody ", "bound=request ", "started=request ", "inner=request ", "late=nobody "}) {
    EXPECT_NE(seen_by.find(part), std::string::npos) << part << "in: " << seen_by;
  }
}

struct Records {
  std::string& got;
  Loop& loop;
  Task<> operator()(Outcome<int>) {
    std::string here = co_await seen();
    got = here;
    loop.stop();
  }
};

TEST(TaskLocal, a_coroutine_callback_sees_it_too_contract_27) {
  Loop loop;
  std::string got;
  const auto begins = [](Loop& loop, std::string& got) -> Task<> {
    start([] { return 1; }, on(loop), Records{got, loop});
    co_return;
  };
  start(name.with("cb", begins(loop, got)), on(loop), [](const Outcome<void>&) {});
  loop.run();
  EXPECT_EQ(got, "cb");
}

const TaskLocal<std::shared_ptr<Census::Member>> counted;

TEST(TaskLocal, is_destroyed_once_nobody_can_see_it_any_more) {
  Census census;
  run_virtually([&]() -> Task<> {
    Loop& loop = static_cast<Loop&>(*internal::this_thread.executor);
    const auto fresh = [&] { return std::make_shared<Census::Member>(census); };
    co_await counted.with(fresh(), []() -> Task<> { co_await sleep(1s); });
    EXPECT_EQ(census.alive(), 0);
    Future<int> kept = spawn(loop, counted.with(fresh(), []() -> Task<int> { co_return 3; }));
    co_await kept;
    co_await yield();
    EXPECT_EQ(census.alive(), 0);
    DoneCallback viewed;
    co_await counted.with(fresh(), [&]() -> Task<> {
      viewed = kept.on_done([](const Outcome<int>&) {});
      co_return;
    });
    co_await yield();
    EXPECT_EQ(census.alive(), 0);
    auto end = co_await outcome(timeout(1s, counted.with(fresh(), sleep(2s))));
    EXPECT_FALSE(end.ok());
    EXPECT_EQ(census.alive(), 0);
  });
}

// Bound and read on all workers at once.
TEST(TaskLocal, is_each_tasks_own_on_a_pool) {
  std::atomic<int> wrong{0};
  Pool pool({.threads = 3});
  spawn(pool, [&]() -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (int i = 1; i <= 50; ++i) {
        co_await number.with(i, [&, i]() -> Task<> {
          scope.spawn([&, i]() -> Task<> {
            for (int step = 0; step < 20; ++step) {
              co_await yield();
              if (number.get() != i) ++wrong;
              int there = co_await on(pool, [] { return number.get(); });
              if (there != i) ++wrong;
            }
          });
          co_return;
        });
      }
    });
  }).get();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace ringback

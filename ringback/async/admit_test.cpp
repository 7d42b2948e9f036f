// Waiting for room in a Pool: from everywhere, in order, and losing nothing.

#include "ringback/async/admit.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <string>
#include <thread>

#include "ringback/async/outcome_of.h"
#include "ringback/async/race.h"
#include "ringback/async/scope.h"
#include "ringback/async/sleep.h"
#include "ringback/async/start.h"
#include "ringback/async/timeout.h"
#include "ringback/exec/pool.h"
#include "ringback/testing/virtual_time.h"

namespace ringback {

using namespace runtime;

namespace {

using namespace std::chrono_literals;

// A Pool of one worker, which is kept busy, and of whose queue all places are taken.
class FullPool {
 public:
  explicit FullPool(std::size_t queue_max = 1) : pool({.threads = 1, .queue_max = queue_max}) {
    spawn(pool, [this] {
      busy_.count_down();
      open_.wait();
    });
    busy_.wait();
    for (std::size_t i = 0; i < queue_max; ++i) queued.push_back(spawn(pool, [] {}));
  }
  ~FullPool() { open(); }

  void open() {
    if (!open_.try_wait()) open_.count_down();
  }
  bool is_full() {
    try {
      spawn(pool, [] {});
      return false;
    } catch (const Error& error) {
      return error.kind() == ErrorKind::overloaded;
    }
  }

 private:
  std::latch busy_{1};
  std::latch open_{1};

 public:
  std::vector<Future<void>> queued;
  Pool pool;
};

TEST(Admit, a_full_pool_refuses_a_spawn_and_lets_admit_wait_contract_40) {
  FullPool full;
  ASSERT_TRUE(full.is_full());
  EXPECT_FALSE(full.pool.try_admit().has_value());
  Loop loop;
  std::string order;
  loop.drive([&, waiting = spawn(loop, [&]() -> Task<> {
                   Admission place = co_await full.pool.admit();
                   order += "admitted ";
                   Future<int> work = spawn(std::move(place), [] { return 7; });
                   int got = co_await work;
                   order += std::to_string(got);
                 })] {
    if (order.empty()) {
      order = "waited ";
      full.open();
    }
    return waiting.is_done();
  });
  EXPECT_EQ(order, "waited admitted 7");
}

TEST(Admit, wait_and_a_callback_wait_for_room_too_contract_40) {
  FullPool full;
  std::thread opener([&] { full.open(); });
  Admission place = wait(full.pool.admit());
  opener.join();
  EXPECT_TRUE(place);
  std::atomic<int> got{0};
  start([] { return 5; }, on(std::move(place)), [&](Outcome<int> five) { got = *five; });
  start(full.pool.admit(), on(Inline{}), [&](Outcome<Admission> second) {
    start([]() -> Task<int> { co_return 6; }, on(*std::move(second)), [&](Outcome<int> six) { got += *six; });
  });
  full.pool.shutdown();
  EXPECT_EQ(got, 11);
}

TEST(Admit, a_place_is_kept_while_the_rest_of_the_pool_is_full) {
  Pool pool({.threads = 1, .queue_max = 1});
  Admission place = wait(pool.admit());
  EXPECT_EQ(pool.stats().queued_new, 1u);
  EXPECT_THROW(spawn(pool, [] {}), Error);
  EXPECT_EQ(spawn(std::move(place), [] { return 3; }).get(), 3);
  EXPECT_FALSE(place);  // NOLINT(bugprone-use-after-move): says what is left
}

TEST(Admit, a_place_that_is_dropped_goes_to_the_next_in_line) {
  Pool pool({.threads = 1, .queue_max = 1});
  std::string order;
  testing::run_virtually([&]() -> Task<> {
    Admission first = co_await pool.admit();
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (char name : {'a', 'b', 'c'}) {
        scope.spawn([&, name]() -> Task<> {
          Admission place = co_await pool.admit();
          order += name;
        });
      }
      co_await yield();
      EXPECT_EQ(order, "");
      EXPECT_FALSE(pool.try_admit().has_value());
      first.release();
      EXPECT_FALSE(pool.try_admit().has_value());  // Nobody overtakes: it is the first one's already.
      EXPECT_THROW(spawn(pool, [] {}), Error);
    });
  });
  EXPECT_EQ(order, "abc");
  EXPECT_EQ(pool.stats().queued_new, 0u);
}

TEST(Admit, whoever_is_cancelled_or_out_of_time_holds_nothing_and_holds_up_nobody) {
  Pool pool({.threads = 1, .queue_max = 1});
  testing::run_virtually([&]() -> Task<> {
    Admission first = co_await pool.admit();
    auto limited = co_await outcome(timeout(1s, pool.admit()));
    EXPECT_FALSE(limited.ok());
    EXPECT_EQ(limited.failure().error()->kind(), ErrorKind::timed_out);
    auto raced = co_await race(pool.admit(), sleep(1s));
    EXPECT_EQ(raced.index(), 1u);
    first.release();
    auto second = co_await timeout(0s, pool.admit());  // One attempt: there is room.
    EXPECT_TRUE(second);
  });
  EXPECT_EQ(pool.stats().queued_new, 0u);
  EXPECT_FALSE(pool.stats().queued_new != 0 || !pool.try_admit().has_value());
}

TEST(Admit, a_race_takes_one_place_at_most) {
  Pool pool({.threads = 1, .queue_max = 2});
  testing::run_virtually([&]() -> Task<> {
    Admission first = co_await pool.admit();
    Admission second = co_await pool.admit();
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.spawn([&]() -> Task<> {
        auto won = co_await race(pool.admit(), pool.admit());
        EXPECT_EQ(pool.stats().queued_new, 1u);
      });
      co_await yield();
      first.release();
      second.release();
    });
  });
  EXPECT_EQ(pool.stats().queued_new, 0u);
}

TEST(Admit, a_shutdown_refuses_who_waits_outside_and_honours_what_was_admitted) {
  FullPool full(2);
  full.open();
  for (auto& work : full.queued) work.get();
  Admission held = wait(full.pool.admit());
  Admission other = wait(full.pool.admit());
  std::atomic<bool> refused{false};
  std::thread waiting([&] {
    auto end = wait_outcome(full.pool.admit());
    refused = !end.ok() && end.failure().error()->kind() == ErrorKind::shut_down;
  });
  full.pool.shutdown({.wait = false});
  waiting.join();
  EXPECT_TRUE(refused);
  Future<int> late = spawn(std::move(held), [] { return 1; });
  other.release();
  full.pool.shutdown();
  EXPECT_EQ(late.get(), 1);
  auto after = wait_outcome(full.pool.admit());
  ASSERT_FALSE(after.ok());
  EXPECT_EQ(after.failure().error()->kind(), ErrorKind::shut_down);
}

TEST(Admit, jobs_of_the_pool_are_admitted_while_it_drains) {
  std::atomic<int> ran{0};
  {
    Pool pool({.threads = 2, .queue_max = 1});
    spawn(pool, [&]() -> Task<> {
      for (int i = 0; i < 100; ++i) {
        Admission place = co_await pool.admit();
        spawn(std::move(place), [&] { ++ran; });
      }
    });
  }
  EXPECT_EQ(ran, 100);
}

struct Seekers {
  Pool& pool;
  std::atomic<int> ran{0};
  std::atomic<int> dropped{0};
};

Task<> seek(Seekers& all, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    const Duration limit = i % 2 == 0 ? Duration(1us) : Duration(10s);
    auto place = co_await outcome(timeout(limit, all.pool.admit()));
    if (!place.ok()) continue;
    if (i % 3 == 0) {
      ++all.dropped;
    } else {
      spawn(*std::move(place), [&all] { ++all.ran; });
    }
  }
}

// On three executors; half of them give up at any moment.
TEST(Admit, no_place_is_lost_or_made_under_stress) {
  Pool pool({.threads = 2, .queue_max = 3});
  Seekers all{pool};
  {
    Pool other({.threads = 2});
    for (int i = 0; i < 4; ++i) spawn(other, seek(all, 500));
    spawn(wait(pool.admit()), seek(all, 500));
    wait(seek(all, 500));
  }
  pool.shutdown();
  EXPECT_EQ(pool.stats().queued_new, 0u);
  EXPECT_GT(all.ran, 0);
  EXPECT_GT(all.dropped, 0);
}

TEST(Admit, an_empty_admission_aborts_where_it_is_used) {
  EXPECT_DEATH(spawn(Admission(), [] {}), "holds no place");
}

}  // namespace
}  // namespace ringback

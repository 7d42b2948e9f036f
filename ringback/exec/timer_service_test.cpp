#include "ringback/exec/timer_service.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

#include "ringback/exec/pool.h"
#include "ringback/exec/virtual_loop_test.h"

namespace ringback {

using namespace runtime;

namespace {

using namespace std::chrono_literals;

class Counting final : public Timer {
 public:
  void run() noexcept override { ++ran; }
  std::atomic<int> ran{0};
};

TEST(TimerService, a_removed_timer_never_runs_and_one_that_runs_cannot_be_removed) {
  Loop loop(testing_loops::on_virtual_time());
  Counting kept;
  Counting removed;
  loop.timers().add(kept, loop.now() + 1s);
  loop.timers().add(removed, loop.now() + 1s);
  EXPECT_FALSE(loop.timers().empty());
  EXPECT_TRUE(loop.timers().remove(removed));
  loop.run_until(Deadline::at(loop.now() + 2s));
  EXPECT_EQ(kept.ran, 1);
  EXPECT_EQ(removed.ran, 0);
  EXPECT_FALSE(loop.timers().remove(kept));
  EXPECT_TRUE(loop.timers().empty());
}

TEST(TimerService, a_sooner_timer_added_by_another_thread_wakes_the_sleeping_loop) {
  Pool pool({.threads = 1});
  Counting late;
  pool.timers().add(late, pool.timers().now() + 1h);
  for (int round = 0; round < 200; ++round) {
    Counting soon;
    pool.timers().add(soon, pool.timers().now() + std::chrono::microseconds(round));
    while (soon.ran == 0) std::this_thread::yield();
  }
  EXPECT_TRUE(pool.timers().remove(late));
}

TEST(TimerService, removing_races_with_expiring_and_one_wins) {
  Pool pool({.threads = 1});
  for (int round = 0; round < 500; ++round) {
    Counting timer;
    pool.timers().add(timer, pool.timers().now() + std::chrono::microseconds(round % 50));
    for (int spin = 0; spin < (round % 40) * 50; ++spin) std::atomic_signal_fence(std::memory_order_seq_cst);
    const bool removed = pool.timers().remove(timer);
    while (!removed && timer.ran == 0) std::this_thread::yield();
    ASSERT_EQ(timer.ran, removed ? 0 : 1);
  }
}

}  // namespace
}  // namespace ringback

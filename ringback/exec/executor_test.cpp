#include "ringback/exec/executor.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

#include "ringback/exec/new_job.h"
#include "ringback/exec/pool.h"
#include "ringback/exec/virtual_loop_test.h"

namespace ringback {

using namespace runtime;

namespace {

using namespace std::chrono_literals;
using testing_loops::on_virtual_time;

class Counted final : public NewJob {
 public:
  std::atomic<int> begun{0};
  std::atomic<int> forgotten{0};

 private:
  void begin() noexcept override { ++begun; }
  void forget() noexcept override { ++forgotten; }
};

class Owned final : public OwnedWork {
 public:
  void cancel_owned(Reason reason) noexcept override { cancelled_with = static_cast<int>(reason); }
  std::source_location place() const noexcept override { return std::source_location::current(); }
  int cancelled_with = -1;
};

TEST(Executor, new_work_begins_or_is_taken_back_once_and_is_then_forgotten) {
  Loop loop(on_virtual_time());
  Counted begins;
  Counted taken;
  std::optional<Error> why;
  EXPECT_TRUE(loop.try_post_new(begins, why));
  EXPECT_TRUE(loop.try_post_new(taken, why));
  EXPECT_TRUE(loop.try_take_back(taken));
  EXPECT_FALSE(loop.try_take_back(taken));
  loop.poll();
  EXPECT_EQ(begins.begun + begins.forgotten * 10, 1);
  EXPECT_EQ(taken.begun + taken.forgotten * 10, 10);
  EXPECT_FALSE(loop.try_take_back(begins));
}

TEST(Executor, taking_back_races_with_beginning_and_one_wins) {
  Pool pool({.threads = 1});
  for (int round = 0; round < 2000; ++round) {
    Counted job;
    std::optional<Error> why;
    ASSERT_TRUE(pool.try_post_new(job, why));
    const bool taken = pool.try_take_back(job);
    while (job.begun + job.forgotten == 0) std::this_thread::yield();
    ASSERT_EQ(job.begun, taken ? 0 : 1);
    ASSERT_EQ(job.forgotten, taken ? 1 : 0);
  }
}

TEST(Executor, owns_work_until_it_is_released_and_cancels_it_at_shutdown) {
  Loop loop(on_virtual_time());
  Owned work;
  loop.adopt(work);
  EXPECT_EQ(loop.owned_count(), 1u);
  class Release final : public Timer {
   public:
    Release(Loop& loop, Owned& work) : loop_(loop), work_(work) {}
    void run() noexcept override { loop_.release(work_); }

   private:
    Loop& loop_;
    Owned& work_;
  } release(loop, work);
  loop.timers().add(release, loop.now() + 1s);
  loop.shut_down();
  EXPECT_EQ(work.cancelled_with, static_cast<int>(Reason::shutdown));
  EXPECT_TRUE(loop.owns_nothing());
}

TEST(Executor, destroyed_with_work_on_it_aborts_with_advice) {
  EXPECT_DEATH(
      {
        Loop loop(on_virtual_time());
        Owned work;
        loop.adopt(work);
      },
      "work still running on it");
}

}  // namespace
}  // namespace ringback

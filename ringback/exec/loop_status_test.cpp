// What a loop says of itself, how it is interrupted, and how it ends.

#include <gtest/gtest.h>

#include <memory>
#include <thread>

#include "ringback/exec/virtual_loop_test.h"

namespace ringback {

using namespace runtime;

namespace {

using namespace std::chrono_literals;
using testing_loops::on_virtual_time;

class Tick final : public Timer {
 public:
  void run() noexcept override { ++runs; }
  int runs = 0;
};

struct Interrupts {
  bool is_done = false;
  int count = 0;
  int wanted = 1;
};

void count_interrupt(void* argument) {
  auto& interrupts = *static_cast<Interrupts*>(argument);
  interrupts.is_done = ++interrupts.count == interrupts.wanted;
}

TEST(LoopInterrupt, from_another_thread_it_wakes_a_loop_that_sleeps) {
  Loop loop;
  for (int round = 0; round < 50; ++round) {
    Interrupts interrupts;
    std::thread other([&] { loop.interrupt(); });
    loop.drive(interrupts.is_done, count_interrupt, &interrupts);
    other.join();
    EXPECT_EQ(interrupts.count, 1);
  }
}

TEST(LoopInterrupt, before_the_drive_it_is_told_in_the_drive) {
  Loop loop(on_virtual_time());
  Interrupts interrupts;
  loop.interrupt();
  loop.drive(interrupts.is_done, count_interrupt, &interrupts);
  EXPECT_EQ(interrupts.count, 1);
}

class InterruptsTwice final : public Job {
 public:
  explicit InterruptsTwice(Loop& loop) : loop_(loop) {}
  void run() noexcept override {
    loop_.interrupt();
    if (++runs < 2) loop_.post(*this);
  }
  int runs = 0;

 private:
  Loop& loop_;
};

TEST(LoopInterrupt, each_one_is_told_while_jobs_run) {
  Loop loop(on_virtual_time());
  Interrupts interrupts{.wanted = 2};
  InterruptsTwice job(loop);
  loop.post(job);
  loop.drive(interrupts.is_done, count_interrupt, &interrupts);
  EXPECT_EQ(job.runs, 2);
  EXPECT_EQ(interrupts.count, 2);
}

class Ends final : public Job {
 public:
  explicit Ends(Interrupts& interrupts) : interrupts_(interrupts) {}
  void run() noexcept override { interrupts_.is_done = true; }

 private:
  Interrupts& interrupts_;
};

TEST(LoopInterrupt, outside_a_drive_it_is_forgotten) {
  Loop loop(on_virtual_time());
  Tick job;
  loop.interrupt();
  loop.post(job);
  EXPECT_TRUE(loop.poll());
  EXPECT_EQ(job.runs, 1);
  Interrupts interrupts;
  Ends ends(interrupts);
  loop.post(ends);
  loop.drive(interrupts.is_done, count_interrupt, &interrupts);
  EXPECT_EQ(interrupts.count, 0);
}

TEST(LoopStatus, counts_timers_jobs_and_looks) {
  Loop loop(on_virtual_time());
  const LoopStatus fresh = loop.status();
  EXPECT_EQ(fresh.timers, 0u);
  EXPECT_EQ(fresh.requests, 0u);
  EXPECT_EQ(fresh.jobs_run, 0u);
  EXPECT_EQ(fresh.looks, 0u);
  EXPECT_FALSE(fresh.has_inbox);

  Tick timer;
  Tick one;
  Tick two;
  loop.timers().add(timer, loop.now() + 1h);
  loop.post(one);
  loop.post(two);
  EXPECT_TRUE(loop.status().has_inbox);
  EXPECT_EQ(loop.status().timers, 1u);
  EXPECT_TRUE(loop.poll());
  EXPECT_FALSE(loop.poll());
  const LoopStatus after = loop.status();
  EXPECT_FALSE(after.has_inbox);
  EXPECT_EQ(after.jobs_run, 2u);
  EXPECT_GT(after.looks, 0u);
  EXPECT_TRUE(loop.timers().remove(timer));
  EXPECT_EQ(loop.status().timers, 0u);
}

TEST(LoopStatus, says_how_late_timers_were) {
  Loop loop(on_virtual_time());
  Tick late;
  loop.timers().add(late, loop.now() - 2s);
  EXPECT_TRUE(loop.poll());
  EXPECT_EQ(loop.status().lag_last, Duration(2s));
  EXPECT_EQ(loop.status().lag_max, Duration(2s));
  loop.timers().add(late, loop.now() - 1s);
  EXPECT_TRUE(loop.poll());
  EXPECT_EQ(loop.status().lag_last, Duration(1s));
  EXPECT_EQ(loop.status().lag_max, Duration(2s));
}

class Notes final : public Job {
 public:
  Notes(Loop& loop, bool& ran_on_it) : loop_(loop), ran_on_it_(ran_on_it) {}
  void run() noexcept override { ran_on_it_ = loop_.is_current(); }

 private:
  Loop& loop_;
  bool& ran_on_it_;
};

TEST(LoopEnd, what_is_still_posted_runs_on_it_before_it_goes) {
  auto loop = std::make_unique<Loop>(on_virtual_time());
  bool ran_on_it = false;
  Notes job(*loop, ran_on_it);
  loop->post(job);
  loop.reset();
  EXPECT_TRUE(ran_on_it);
  EXPECT_EQ(internal::this_thread.executor, nullptr);
}

// Lets nothing go.
class Stays final : public LoopGuest {
 public:
  void leave_loop() noexcept override { ++asked; }
  int asked = 0;
};

TEST(LoopEnd, a_shutdown_asks_its_guests_to_go) {
  Loop loop(on_virtual_time());
  Stays one;
  Stays two;
  loop.add_guest(one);
  loop.add_guest(two);
  loop.shut_down();
  EXPECT_EQ(one.asked, 1);
  EXPECT_EQ(two.asked, 1);
}

TEST(LoopEndDeathTest, with_guests_on_it_a_loop_may_not_be_destroyed) {
  EXPECT_DEATH(
      {
        Stays guest;
        const auto loop = std::make_unique<Loop>(on_virtual_time());
        loop->add_guest(guest);
      },
      "streams still armed on it");
}

}  // namespace
}  // namespace ringback

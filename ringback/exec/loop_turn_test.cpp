// When a Loop looks at the clock and the kernel, counted at its driver; and what a turn runs.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "ringback/driver/virtual_driver.h"
#include "ringback/exec/io_thread.h"
#include "ringback/exec/loop.h"

namespace ringback {

using namespace runtime;

namespace {

using namespace std::chrono_literals;

// A kernel without any news and a clock that is set by hand; writes down every poll.
class CountingDriver final : public Driver {
 public:
  std::string_view name() const noexcept override { return "counting"; }
  TimePoint now() noexcept override { return now_; }
  std::uint64_t random() noexcept override { return 4; }
  bool submit(KernelRequest&, Result& now) noexcept override {
    now = Result{-ENOSYS, false, {}};
    return true;
  }
  void cancel(KernelRequest&) noexcept override {}
  // A look is told from a wait by its deadline. A wait ends at its deadline at once, or by a wake().
  std::size_t poll(Deadline until) noexcept override {
    if (until.moment() == TimePoint::min()) {
      looks.push_back(jobs_run != nullptr ? *jobs_run : 0);
      return 0;
    }
    waits.push_back(until);
    if (!until.is_never()) {
      now_ = std::max(now_, until.moment());
    } else {
      woken_.wait(false);
      woken_.store(false);
    }
    return 0;
  }
  void wake() noexcept override {
    woken_.store(true);
    woken_.notify_one();
  }
  int wake_fd() noexcept override { return -ENOSYS; }
  std::size_t in_flight() const noexcept override { return 0; }

  void advance(Duration length) { now_ += length; }

  const int* jobs_run = nullptr;
  std::vector<int> looks;  // how many jobs had run at each
  std::vector<Deadline> waits;

 private:
  TimePoint now_{1h};
  std::atomic<bool> woken_{false};
};

struct CountedLoop {
  CountedLoop() {
    LoopOptions options;
    auto made = std::make_unique<CountingDriver>();
    driver = made.get();
    driver->jobs_run = &jobs_run;
    options.driver = std::move(made);
    loop = std::make_unique<Loop>(std::move(options));
  }
  CountingDriver* driver = nullptr;
  int jobs_run = 0;
  std::unique_ptr<Loop> loop;
};

// Counts itself, and posts itself again until it has run `times`.
class Again final : public Job {
 public:
  Again(CountedLoop& counted, int times) : counted_(counted), left_(times) {}
  void run() noexcept override {
    ++counted_.jobs_run;
    if (--left_ > 0) counted_.loop->post(*this);
  }

 private:
  CountedLoop& counted_;
  int left_;
};

class Note final : public Timer {
 public:
  Note(std::string& order, char name) : order_(order), name_(name) {}
  void run() noexcept override { order_.push_back(name_); }

 private:
  std::string& order_;
  char name_;
};

// At least so often, and not much oftener: a look costs more than a job.
void expect_a_look_every_61(const std::vector<int>& looks, int jobs) {
  int last = 0;
  for (const int look : looks) {
    EXPECT_LE(look - last, 61);
    last = look;
  }
  EXPECT_LE(jobs - last, 61);
  EXPECT_LE(looks.size(), static_cast<std::size_t>(jobs / 61 + 1));
}

TEST(LoopTurn, a_busy_loop_looks_at_clock_and_kernel_every_61_turns_contract_38) {
  CountedLoop counted;
  Again again(counted, 310);
  counted.loop->post(again);
  counted.loop->drive([&] { return counted.jobs_run == 310; });
  expect_a_look_every_61(counted.driver->looks, 310);
  EXPECT_TRUE(counted.driver->waits.empty());
}

TEST(LoopTurn, a_long_turn_looks_every_61_resumptions_contract_38) {
  CountedLoop counted;
  std::vector<std::unique_ptr<Again>> many;
  for (int i = 0; i < 200; ++i) many.push_back(std::make_unique<Again>(counted, 1));
  for (const auto& job : many) counted.loop->post(*job);
  counted.loop->drive([&] { return counted.jobs_run == 200; });
  expect_a_look_every_61(counted.driver->looks, 200);
}

TEST(LoopTurn, with_nothing_ready_it_waits_until_the_earliest_timer_to_the_nanosecond_contract_38) {
  CountedLoop counted;
  std::string order;
  Note first(order, '1');
  Note second(order, '2');
  const TimePoint start = counted.loop->now();
  counted.loop->timers().add(second, start + 1500003ns);
  counted.loop->timers().add(first, start + 1500001ns);
  counted.loop->drive([&] { return order == "12"; });
  ASSERT_EQ(counted.driver->waits.size(), 2U);
  EXPECT_EQ(counted.driver->waits[0].moment(), start + 1500001ns);
  EXPECT_EQ(counted.driver->waits[1].moment(), start + 1500003ns);
}

TEST(LoopTurn, a_timer_that_expires_among_busy_turns_runs_at_the_next_look_before_what_is_ready_contract_38) {
  CountedLoop counted;
  std::string order;
  int turns_when_run = 0;
  class Seen final : public Timer {
   public:
    Seen(int& seen, const int& jobs_run) : seen_(seen), jobs_run_(jobs_run) {}
    void run() noexcept override { seen_ = jobs_run_; }

   private:
    int& seen_;
    const int& jobs_run_;
  } timer(turns_when_run, counted.jobs_run);
  Again again(counted, 130);
  counted.loop->timers().add(timer, counted.loop->now() + 1ms);
  counted.loop->post(again);
  counted.loop->drive([&] {
    if (counted.jobs_run == 10) counted.driver->advance(1ms);
    return counted.jobs_run == 130;
  });
  EXPECT_GE(turns_when_run, 11);
  EXPECT_LE(turns_when_run, 10 + 61);
}

TEST(LoopTurn, a_timer_that_expires_within_a_long_turn_runs_in_the_next_contract_38) {
  CountedLoop counted;
  std::string order;
  class Step final : public Job {
   public:
    Step(CountedLoop& counted, std::string& order, char name) : counted_(counted), order_(order), name_(name) {}
    void run() noexcept override {
      if (counted_.jobs_run++ == 0) counted_.driver->advance(1ms);
      order_.push_back(name_);
    }

   private:
    CountedLoop& counted_;
    std::string& order_;
    char name_;
  };
  Note timer(order, 't');
  counted.loop->timers().add(timer, counted.loop->now() + 1ms);
  std::vector<std::unique_ptr<Step>> many;
  for (int i = 0; i < 100; ++i) many.push_back(std::make_unique<Step>(counted, order, 'r'));
  for (const auto& job : many) counted.loop->post(*job);
  counted.loop->drive([&] { return order.size() == 101; });
  EXPECT_EQ(order, std::string(100, 'r') + "t");
}

TEST(LoopTurn, timers_of_one_millisecond_run_by_deadline_and_equal_ones_as_they_were_set_contract_38) {
  CountedLoop counted;
  std::string order;
  const TimePoint start = counted.loop->now();
  struct Wanted {
    char name;
    Duration after;
  };
  // As they are set; all are seen by one look, 2 ms later.
  const Wanted wanted[] = {{'e', 1400us}, {'a', 1001us}, {'c', 1200us}, {'d', 1200us},
                           {'b', 1100us}, {'f', 1400us}, {'g', 1999us}};
  std::vector<std::unique_ptr<Note>> timers;
  for (const Wanted& each : wanted) {
    timers.push_back(std::make_unique<Note>(order, each.name));
    counted.loop->timers().add(*timers.back(), start + each.after);
  }
  counted.driver->advance(2ms);
  EXPECT_TRUE(counted.loop->poll());
  EXPECT_EQ(order, "abcdefg");
}

TEST(LoopTurn, no_timer_runs_before_its_moment_contract_38) {
  CountedLoop counted;
  std::string order;
  Note timer(order, 't');
  counted.loop->timers().add(timer, counted.loop->now() + 1ms);
  counted.driver->advance(1ms - 1ns);
  counted.loop->poll();
  EXPECT_EQ(order, "");
  counted.driver->advance(1ns);
  counted.loop->poll();
  EXPECT_EQ(order, "t");
}

TEST(LoopTurn, on_virtual_time_every_turn_looks_contract_38) {
  LoopOptions options;
  auto made = std::make_unique<VirtualDriver>();
  VirtualDriver& driver = *made;
  options.driver = std::move(made);
  Loop loop(std::move(options));
  class Tick final : public Job {
   public:
    Tick(Loop& loop, VirtualDriver& driver, std::string& order) : loop_(loop), driver_(driver), order_(order) {}
    void run() noexcept override {
      order_.push_back('.');
      driver_.advance(1ms);
      if (order_.size() < 8) loop_.post(*this);
    }

   private:
    Loop& loop_;
    VirtualDriver& driver_;
    std::string& order_;
  };
  std::string order;
  Tick tick(loop, driver, order);
  Note timer(order, 't');
  loop.timers().add(timer, loop.now() + 3ms);
  loop.post(tick);
  loop.drive([&] { return order.size() >= 8; });
  EXPECT_EQ(order, "...t....");
}

// What is gone is gone: under AddressSanitizer a wheel that remembered a timer would be seen.
TEST(LoopTurn, a_timer_that_was_removed_may_be_freed_at_once_contract_38) {
  CountedLoop counted;
  std::string order;
  const TimePoint start = counted.loop->now();
  for (int i = 0; i < 1000; ++i) {
    std::vector<std::unique_ptr<Note>> timers;
    for (const Duration after : {1us, 900us, 1000us, 64000us, 5000000us, 3600000000us}) {
      timers.push_back(std::make_unique<Note>(order, 'x'));
      counted.loop->timers().add(*timers.back(), start + after + std::chrono::microseconds(i));
    }
    if (i % 3 == 0) {
      EXPECT_EQ(counted.loop->next_deadline().moment(), start + 1us + std::chrono::microseconds(i));
    }
    for (const auto& timer : timers) EXPECT_TRUE(counted.loop->timers().remove(*timer));
    EXPECT_TRUE(counted.loop->timers().empty());
  }
  EXPECT_TRUE(counted.loop->next_deadline().is_never());
  counted.driver->advance(2h);
  EXPECT_FALSE(counted.loop->poll());
  EXPECT_EQ(order, "");
}

// Idle is one wait without an end: nothing looks, and nothing wakes up, until something comes.
TEST(LoopTurn, an_idle_loop_makes_one_wait_and_no_look) {
  CountedLoop counted;
  Again again(counted, 1);
  std::thread thread([&] { counted.loop->run(); });
  for (int i = 1; i <= 3; ++i) {
    std::atomic<bool> has_run{false};
    class Set final : public Job {
     public:
      explicit Set(std::atomic<bool>& flag) : flag_(flag) {}
      void run() noexcept override {
        flag_ = true;
        flag_.notify_one();
      }

     private:
      std::atomic<bool>& flag_;
    } set(has_run);
    counted.loop->post(set);
    has_run.wait(false);
  }
  counted.loop->stop();
  thread.join();
  // Once before each post and once before stop(), where it had gone to sleep by then.
  EXPECT_LE(counted.driver->waits.size(), 4U);
  for (const Deadline& until : counted.driver->waits) EXPECT_TRUE(until.is_never());
  EXPECT_LE(counted.driver->looks.size(), 4U);
}

TEST(LoopTurn, an_idle_io_thread_makes_one_wait_and_no_look) {
  LoopOptions options;
  auto made = std::make_unique<CountingDriver>();
  CountingDriver& driver = *made;
  options.driver = std::move(made);
  Loop home;
  IoThread io(std::move(options), home);
  io.start("idle-io");
  io.end();
  EXPECT_LE(driver.waits.size(), 1U);
  for (const Deadline& until : driver.waits) EXPECT_TRUE(until.is_never());
  EXPECT_LE(driver.looks.size(), 1U);
}

}  // namespace
}  // namespace ringback

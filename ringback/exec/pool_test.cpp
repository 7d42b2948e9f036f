#include "ringback/exec/pool.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <time.h>

#include <algorithm>
#include <latch>
#include <thread>
#include <vector>

#include "ringback/base/unique_function.h"
#include "ringback/driver/virtual_driver.h"
#include "ringback/exec/timer_service.h"

namespace ringback {

using namespace runtime;

namespace {

class Call final : public Job {
 public:
  Call() noexcept = default;
  explicit Call(unique_function<void()> body) : body_(std::move(body)) {}
  Call(Call&&) noexcept = default;
  void run() noexcept override { body_(); }

 private:
  unique_function<void()> body_;
};

template <typename Body>
std::vector<Call> calls(int count, Body body) {
  std::vector<Call> made;
  for (int i = 0; i < count; ++i) made.emplace_back([i, body] { body(i); });
  return made;
}

std::string thread_name() {
  char name[16] = {};
  pthread_getname_np(pthread_self(), name, sizeof name);
  return name;
}

TEST(pool, runs_every_job_once) {
  std::vector<std::atomic<int>> runs(10000);
  std::vector<Call> jobs = calls(10000, [&](int i) { runs[static_cast<std::size_t>(i)].fetch_add(1); });
  {
    Pool pool({.threads = 2});
    for (Call& job : jobs) pool.post(job);
  }
  for (const std::atomic<int>& count : runs) EXPECT_EQ(count.load(), 1);
}

TEST(pool, a_single_worker_keeps_the_order_of_a_producer) {
  std::vector<int> order;
  std::vector<Call> jobs = calls(20000, [&](int i) { order.push_back(i); });
  {
    Pool pool({.threads = 1});
    for (Call& job : jobs) pool.post(job);
  }
  ASSERT_EQ(order.size(), 20000u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(pool, loses_nothing_of_many_producers_inside_and_outside) {
  constexpr int kProducers = 4;
  constexpr int kJobs = 3000;
  std::atomic<int> ran{0};
  std::vector<Call> grandchildren = calls(kProducers * kJobs, [&](int) { ran.fetch_add(1); });
  {
    Pool pool({.threads = 3});
    std::vector<Call> children = calls(kProducers * kJobs, [&](int i) {
      ran.fetch_add(1);
      pool.post(grandchildren[static_cast<std::size_t>(i)]);
    });
    std::vector<std::thread> producers;
    for (int p = 0; p < kProducers; ++p) {
      producers.emplace_back([&, p] {
        for (int i = 0; i < kJobs; ++i) pool.post(children[static_cast<std::size_t>(p * kJobs + i)]);
      });
    }
    for (std::thread& producer : producers) producer.join();
    pool.shutdown();
    EXPECT_EQ(ran.load(), 2 * kProducers * kJobs);
    EXPECT_EQ(pool.stats().jobs_run, 2u * kProducers * kJobs);
  }
}

// More than a ring holds, so that it overflows too.
TEST(pool, an_idle_worker_takes_from_one_that_is_busy) {
  Pool pool({.threads = 2});
  std::latch others_ran(1000);
  std::vector<Call> children = calls(1000, [&](int) { others_ran.count_down(); });
  Call parent([&] {
    for (Call& child : children) pool.post(child);
    others_ran.wait();
  });
  pool.post(parent);
  others_ran.wait();
  pool.shutdown();
  EXPECT_GE(pool.stats().steals, 1u);
}

TEST(pool, a_job_that_posts_itself_for_ever_starves_nobody) {
  Pool pool({.threads = 1});
  std::atomic<bool> enough{false};
  std::latch local_ran(1);
  std::latch outside_ran(1);
  std::latch spinning(1);
  Call local([&] { local_ran.count_down(); });
  Call outside([&] { outside_ran.count_down(); });
  unique_function<void()> again;
  Call spinner([&] { again(); });
  bool first = true;
  again = [&] {
    if (first) {
      pool.post(local);
      spinning.count_down();
    }
    first = false;
    if (!enough.load()) pool.post(spinner);
  };
  pool.post(spinner);
  spinning.wait();
  pool.post(outside);
  local_ran.wait();
  outside_ran.wait();
  enough.store(true);
  pool.shutdown();
}

// The pauses sweep over the moments at which a worker spins, gives up and goes to sleep.
void ping_pong(unsigned times, unsigned pauses_most) {
  std::atomic<unsigned> answered{0};
  Call answer([&] {
    answered.fetch_add(1);
    answered.notify_one();
  });
  Pool pool({.threads = 2});
  for (unsigned i = 0; i < times; ++i) {
    for (unsigned pause = 0; pause < i % pauses_most; ++pause) internal::spin_pause(0);
    pool.post(answer);
    answered.wait(i);
    ASSERT_EQ(answered.load(), i + 1);
  }
}

TEST(pool, no_wake_up_is_lost_between_an_outside_thread_and_the_workers) { ping_pong(5000, 1); }
TEST(pool, slow_no_wake_up_is_lost_at_whatever_moment_a_job_comes) {
  ping_pong(30000, 1);
  ping_pong(30000, 800);
}

TEST(pool, jobs_that_need_one_another_are_not_left_beside_a_sleeper) {
  Pool pool({.threads = 2});
  for (int round = 0; round < 300; ++round) {
    std::latch both(2);
    std::vector<Call> jobs = calls(2, [&](int) { both.arrive_and_wait(); });
    for (Call& job : jobs) pool.post(job);
    pool.shutdown();  // Waits until both sleep again.
  }
}

TEST(pool, its_threads_have_names) {
  Pool pool({.threads = 1, .name = "cook"});
  std::string worker;
  std::string io;
  std::latch told(2);
  Call ask([&] {
    worker = thread_name();
    EXPECT_TRUE(pool.is_current());
    told.count_down();
  });
  Call ask_io([&] {
    io = thread_name();
    EXPECT_FALSE(pool.is_current());
    told.count_down();
  });
  pool.post(ask);
  pool.io().post(ask_io);
  told.wait();
  pool.shutdown();
  EXPECT_EQ(worker, "cook-0");
  EXPECT_EQ(io, "cook-io");
}

class Alarm final : public Timer {
 public:
  explicit Alarm(unique_function<void()> body) : body_(std::move(body)) {}
  void run() noexcept override { body_(); }

 private:
  unique_function<void()> body_;
};

TEST(pool, timers_expire_on_its_workers) {
  Pool pool({.threads = 2});
  std::latch expired(2);
  Alarm early([&] {
    EXPECT_TRUE(pool.is_current());
    expired.count_down();
  });
  Alarm late([&] {
    EXPECT_TRUE(pool.is_current());
    expired.count_down();
  });
  const TimePoint now = pool.timers().now();
  pool.timers().add(late, now + std::chrono::milliseconds(2));
  pool.timers().add(early, now + std::chrono::milliseconds(1));
  expired.wait();
  pool.shutdown();
}

TEST(pool, uses_no_processor_while_it_is_idle) {
  const auto used = [] {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return std::chrono::seconds(now.tv_sec) + Duration(now.tv_nsec);
  };
  constexpr auto kIdle = std::chrono::milliseconds(100);
  Pool pool({.threads = 2});
  std::latch expired(1);
  Alarm alarm([&] { expired.count_down(); });
  pool.timers().add(alarm, pool.timers().now() + kIdle);
  const Duration before = used();
  expired.wait();
  EXPECT_LT(used() - before, kIdle / 2);
  pool.shutdown();
}

TEST(pool, adds_a_worker_while_one_blocks_and_takes_it_back_contract_02) {
  Pool pool({.threads = 1, .blocking_threads_max = 1});
  for (int round = 0; round < 100; ++round) {
    std::latch other_ran(1);
    std::latch done(1);
    Call other([&] { other_ran.count_down(); });
    Call blocker([&] {
      pool.post(other);
      ASSERT_TRUE(pool.begin_blocking());
      EXPECT_FALSE(pool.begin_blocking());  // The limit.
      other_ran.wait();
      pool.end_blocking();
      done.count_down();
    });
    pool.post(blocker);
    done.wait();
    pool.shutdown();  // Refuses new work from outside, and no more.
  }
  // With one worker again no two jobs overlap.
  std::atomic<int> running{0};
  std::vector<Call> jobs = calls(1000, [&](int) {
    EXPECT_LE(running.fetch_add(1), 1);
    running.fetch_sub(1);
  });
  for (Call& job : jobs) pool.post(job);
  pool.shutdown();
}

// Others look at the numbers while workers change them: for the sanitizers too.
TEST(pool, tells_how_many_of_its_threads_are_blocked) {
  Pool pool({.threads = 1});
  std::latch seen(1);
  std::latch done(1);
  Call blocker([&] {
    ASSERT_TRUE(pool.begin_blocking());
    seen.wait();
    pool.end_blocking();
    done.count_down();
  });
  EXPECT_EQ(pool.stats().threads_blocked, 0u);
  pool.post(blocker);
  while (pool.stats().threads_blocked != 1) std::this_thread::yield();
  seen.count_down();
  while (pool.stats().threads_blocked != 0) std::this_thread::yield();
  done.wait();
}

std::vector<int> events_on_virtual_time(std::uint64_t seed) {
  std::vector<int> events;
  {
    Pool pool({.threads = 4, .driver = std::make_unique<VirtualDriver>(seed)});
    Alarm late([&] { events.push_back(100); });
    Alarm early([&] { events.push_back(10); });
    std::vector<Call> jobs = calls(50, [&](int i) { events.push_back(i); });
    std::latch done(1);
    Alarm last([&] { done.count_down(); });
    Call start([&] {
      const TimePoint now = pool.timers().now();
      pool.timers().add(last, now + std::chrono::hours(3));
      pool.timers().add(late, now + std::chrono::hours(2));
      pool.timers().add(early, now + std::chrono::hours(1));
      for (Call& job : jobs) pool.post(job);
      events.push_back(static_cast<int>(pool.random() % 1000));
    });
    EXPECT_EQ(pool.threads(), 1u);
    pool.post(start);
    done.wait();
    pool.shutdown();
  }
  return events;
}

TEST(pool, has_the_driver_that_was_named) {
  for (const DriverKind kind : {DriverKind::uring, DriverKind::epoll}) {
    Pool pool({.threads = 1, .driver_kind = kind});
    EXPECT_EQ(pool.io().driver().name(), kind == DriverKind::uring ? "uring" : "epoll");
  }
}

TEST(pool, on_virtual_time_gives_the_same_events_in_every_run) {
  const std::vector<int> events = events_on_virtual_time(7);
  ASSERT_EQ(events.size(), 53u);
  EXPECT_EQ(events[1], 0);  // No time passes while a job can run.
  EXPECT_EQ(events[51], 10);
  EXPECT_EQ(events[52], 100);
  EXPECT_EQ(events_on_virtual_time(7), events);
  EXPECT_NE(events_on_virtual_time(8), events);
}

}  // namespace
}  // namespace ringback

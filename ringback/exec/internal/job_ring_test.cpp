#include "ringback/exec/internal/job_ring.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "ringback/exec/internal/injection_queue.h"

namespace ringback::internal {
namespace {

struct Mark final : Job {
  std::atomic<int> runs{0};
  void run() noexcept override { runs.fetch_add(1, std::memory_order_relaxed); }
};

TEST(job_ring, gives_jobs_in_order_and_refuses_more_than_it_holds) {
  JobRing ring;
  std::vector<Mark> jobs(JobRing::kCapacity + 1);
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < JobRing::kCapacity; ++i) ASSERT_TRUE(ring.push(jobs[i]));
    EXPECT_FALSE(ring.push(jobs.back()));
    EXPECT_EQ(ring.size(), JobRing::kCapacity);
    for (std::size_t i = 0; i < JobRing::kCapacity; ++i) ASSERT_EQ(ring.pop(), &jobs[i]);
    EXPECT_EQ(ring.pop(), nullptr);
    ASSERT_TRUE(ring.push(jobs[0]));  // The next round begins in the middle.
    EXPECT_EQ(ring.pop(), &jobs[0]);
  }
}

TEST(job_ring, a_full_one_gives_its_older_half_as_a_chain_from_new_to_old) {
  JobRing ring;
  std::vector<Mark> jobs(JobRing::kCapacity);
  for (Mark& job : jobs) ASSERT_TRUE(ring.push(job));
  Job* newest = nullptr;
  Job* oldest = nullptr;
  ASSERT_TRUE(ring.take_half(newest, oldest));
  EXPECT_EQ(oldest, &jobs[0]);
  Job* job = newest;
  for (std::size_t i = JobRing::kCapacity / 2; i-- > 0; job = job->next_job) ASSERT_EQ(job, &jobs[i]);
  EXPECT_EQ(job, nullptr);
  EXPECT_EQ(ring.pop(), &jobs[JobRing::kCapacity / 2]);
  EXPECT_FALSE(ring.take_half(newest, oldest));
}

TEST(job_ring, a_thief_takes_half_and_runs_the_oldest) {
  JobRing ring;
  JobRing own;
  std::vector<Mark> jobs(5);
  for (Mark& job : jobs) ASSERT_TRUE(ring.push(job));
  EXPECT_EQ(ring.steal_into(own), &jobs[0]);
  EXPECT_EQ(own.pop(), &jobs[1]);
  EXPECT_EQ(own.pop(), &jobs[2]);
  EXPECT_EQ(own.pop(), nullptr);
  EXPECT_EQ(ring.pop(), &jobs[3]);
  EXPECT_EQ(ring.steal_into(own), &jobs[4]);
  EXPECT_EQ(ring.steal_into(own), nullptr);
}

// The owner pushes, pops and overflows while two thieves take from it and from one another.
TEST(job_ring, every_job_leaves_once_whoever_takes_it) {
  constexpr std::size_t kJobs = 50000;
  std::vector<Mark> jobs(kJobs);
  InjectionQueue overflow;
  JobRing rings[3];
  std::atomic<std::size_t> left{kJobs};
  const auto run = [&](Job* job) {
    if (job == nullptr) return false;
    job->run();
    left.fetch_sub(1, std::memory_order_relaxed);
    return true;
  };
  const auto take = [&](std::size_t me) {
    return run(rings[me].pop()) || run(rings[(me + 1) % 3].steal_into(rings[me])) ||
           run(rings[(me + 2) % 3].steal_into(rings[me])) || run(overflow.take_into(rings[me]));
  };
  const auto take_all = [&](std::size_t me) {
    for (unsigned round = 0; left.load(std::memory_order_relaxed) != 0; ++round) {
      if (!take(me)) internal::spin_pause(round);
    }
  };
  std::thread first([&] { take_all(1); });
  std::thread second([&] { take_all(2); });
  for (std::size_t i = 0; i < kJobs; ++i) {
    while (!rings[0].push(jobs[i])) {
      Job* newest = nullptr;
      Job* oldest = nullptr;
      if (rings[0].take_half(newest, oldest)) overflow.push_chain(*newest, *oldest);
    }
    if (i % 3 == 0) take(0);
  }
  take_all(0);
  first.join();
  second.join();
  for (const Mark& job : jobs) ASSERT_EQ(job.runs.load(), 1);
}

TEST(injection_queue, keeps_the_order_and_shares_what_it_holds) {
  InjectionQueue queue;
  JobRing ring;
  std::vector<Mark> jobs(100);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.take_into(ring), nullptr);
  for (Mark& job : jobs) queue.push(job);
  EXPECT_EQ(queue.take_into(ring), &jobs[0]);
  EXPECT_EQ(ring.size(), 49u);
  EXPECT_EQ(queue.move_into(ring, 10), 10u);
  for (std::size_t i = 1; i < 60; ++i) ASSERT_EQ(ring.pop(), &jobs[i]);
  for (std::size_t i = 60; i < 100; ++i) {
    EXPECT_FALSE(queue.empty());
    Job* job = ring.pop();
    ASSERT_EQ(job != nullptr ? job : queue.take_into(ring), &jobs[i]);
  }
  EXPECT_EQ(ring.pop(), nullptr);
  EXPECT_TRUE(queue.empty());
}

TEST(injection_queue, what_is_pushed_meanwhile_comes_after_what_was_there) {
  InjectionQueue queue;
  JobRing ring;
  std::vector<Mark> jobs(4);
  for (std::size_t i = 0; i < 3; ++i) queue.push(jobs[i]);
  EXPECT_EQ(queue.take_into(ring), &jobs[0]);
  queue.push(jobs[3]);
  EXPECT_EQ(ring.pop(), &jobs[1]);
  EXPECT_EQ(queue.take_into(ring), &jobs[2]);
  EXPECT_EQ(queue.take_into(ring), &jobs[3]);
}

}  // namespace
}  // namespace ringback::internal

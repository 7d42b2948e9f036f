#include "ringback/exec/inbox.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

namespace ringback {

using namespace runtime;

namespace {

class Numbered final : public Job {
 public:
  explicit Numbered(int number) : number_(number) {}
  void run() noexcept override {}
  int number() const { return number_; }

 private:
  int number_;
};

TEST(Inbox, gives_the_oldest_first_behind_what_is_there) {
  Inbox inbox;
  JobQueue queue;
  Numbered jobs[] = {Numbered(0), Numbered(1), Numbered(2)};
  queue.push(jobs[0]);
  EXPECT_FALSE(inbox.push(jobs[1]));
  EXPECT_FALSE(inbox.push(jobs[2]));
  inbox.take(queue);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(static_cast<Numbered*>(queue.pop())->number(), i);
  EXPECT_EQ(queue.pop(), nullptr);
}

TEST(Inbox, one_pusher_of_a_batch_must_wake_the_sleeper) {
  Inbox inbox;
  Numbered one(1);
  Numbered two(2);
  EXPECT_TRUE(inbox.prepare_sleep());
  EXPECT_TRUE(inbox.push(one));
  EXPECT_FALSE(inbox.push(two));
  inbox.woke();
  EXPECT_FALSE(inbox.prepare_sleep()) << "something has come";
  EXPECT_FALSE(inbox.must_wake());
}

TEST(Inbox, pushers_and_a_sleeper_never_miss_one_another) {
  constexpr int kEach = 20'000;
  Inbox inbox;
  std::vector<std::unique_ptr<Numbered>> jobs;
  for (int i = 0; i < 2 * kEach; ++i) jobs.push_back(std::make_unique<Numbered>(i % kEach));
  std::atomic<int> wakes{0};
  std::atomic<bool> is_woken{false};
  const auto push = [&](int from) {
    for (int i = 0; i < kEach; ++i) {
      if (!inbox.push(*jobs[static_cast<std::size_t>(from + i)])) continue;
      ++wakes;
      is_woken = true;
    }
  };
  std::thread one(push, 0);
  std::thread two(push, kEach);
  int taken = 0;
  int announced = 0;  // also where a job came in before the sleep, which a pusher may have seen as one
  while (taken < 2 * kEach) {
    JobQueue queue;
    inbox.take(queue);
    while (queue.pop() != nullptr) ++taken;
    if (taken == 2 * kEach) break;
    ++announced;
    if (!inbox.prepare_sleep()) continue;
    while (!is_woken) std::this_thread::yield();  // Hangs where a wake-up is lost.
    is_woken = false;
    inbox.woke();
  }
  one.join();
  two.join();
  EXPECT_EQ(taken, 2 * kEach);
  EXPECT_LE(wakes, announced);
}

}  // namespace
}  // namespace ringback

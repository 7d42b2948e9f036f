// Locks taken in opposite orders, across workers, under limits: nobody may hang and nothing be lost.
#include <random>

#include "ringback/sync/condition.h"
#include "ringback/sync/event.h"
#include "ringback/sync/mutex.h"
#include "ringback/sync/places_test.h"
#include "ringback/sync/queue.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;

struct Account {
  Mutex mutex;
  long money = 1000;
};

Task<> transfer(Account& from, Account& to) {
  MutexLock first = co_await from.mutex.lock();
  co_await yield();  // Here the other side takes its first lock, too.
  MutexLock second = co_await to.mutex.lock();
  --from.money;
  co_await yield();
  ++to.money;
}
Task<> transfer_often(Account& from, Account& to, int times, unsigned seed) {
  std::minstd_rand random(seed);
  for (int i = 0; i < times;) {
    auto ended = co_await outcome(timeout(1us * (random() % 300), transfer(from, to)));
    if (ended.ok()) ++i;
  }
}
Task<> there_and_back(Account& one, Account& other) {
  std::vector<Task<>> all;
  for (unsigned i = 0; i < 4; ++i) {
    all.push_back(transfer_often(one, other, 100, i));
    all.push_back(transfer_often(other, one, 100, i + 10));
  }
  co_await gather(std::move(all));
}

class Deadlock : public InEveryPlace {};
INSTANTIATE_TEST_SUITE_P(Places, Deadlock, kEveryPlace, kPlaceName);

// A transfer that is stopped between its two locks or before has done nothing; one that is stopped
// at its last await has taken money out, so that await is not a cancellation point past the deadline.
TEST_P(Deadlock, slow_opposite_orders_under_limits_come_to_an_end) {
  Account one;
  Account other;
  here(there_and_back(one, other));
  EXPECT_EQ(one.money + other.money, 2000);
}

// Two queues that feed each other, with races over both, cancelled from everywhere: hand-overs in
// one direction meet cancellations in the other.
Task<> carry(Queue<int>& from, Queue<int>& to, Event& stop, unsigned seed) {
  std::minstd_rand random(seed);
  while (!stop.is_set()) {
    auto item = co_await race(from.get(), to.get(), sleep(1us * (random() % 50)));
    if (item.index() == 0) {
      auto put = co_await outcome(shield(to.put(std::get<0>(item))));
      EXPECT_TRUE(put.ok());
    } else if (item.index() == 1) {
      auto put = co_await outcome(shield(from.put(std::get<1>(item))));
      EXPECT_TRUE(put.ok());
    }
    co_await sleep(1us * (random() % 3));  // Virtual time passes only where everybody waits.
  }
}
Task<> carry_with_breaks(Queue<int>& from, Queue<int>& to, Event& stop, unsigned seed) {
  std::minstd_rand random(seed);
  while (!stop.is_set()) {
    auto ended = co_await outcome(timeout(1us * (random() % 200), carry(from, to, stop, seed)));
    (void)ended;
  }
}
Task<> stop_after(Event& stop, int turns) {
  for (int i = 0; i < turns; ++i) {
    co_await sleep(10us);
    co_await yield();
  }
  stop.set();
}
Task<> back_and_forth(Queue<int>& left, Queue<int>& right, int turns) {
  Event stop;
  for (int i = 0; i < 8; ++i) co_await left.put(i);
  std::vector<Task<>> all;
  for (unsigned i = 0; i < 3; ++i) {
    all.push_back(carry_with_breaks(left, right, stop, i));
    all.push_back(carry_with_breaks(right, left, stop, i + 10));
  }
  all.push_back(stop_after(stop, turns));
  co_await gather(std::move(all));
}

TEST_P(Deadlock, slow_queues_that_feed_each_other_keep_every_item) {
  Queue<int> left(16);
  Queue<int> right(16);
  here(back_and_forth(left, right, 2000));
  std::vector<int> times(8);
  while (auto item = left.try_get()) ++times[static_cast<std::size_t>(*item)];
  while (auto item = right.try_get()) ++times[static_cast<std::size_t>(*item)];
  EXPECT_EQ(times, std::vector<int>(8, 1));
}

}  // namespace
}  // namespace ringback

#include "ringback/sync/mutex.h"

#include "ringback/sync/places_test.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;

class MutexAnywhere : public InEveryPlace {};
INSTANTIATE_TEST_SUITE_P(Places, MutexAnywhere, kEveryPlace, kPlaceName);

TEST(Mutex, contract_35_a_lock_ends_with_its_life_or_earlier_by_hand) {
  Mutex mutex;
  {
    MutexLock lock = wait(mutex.lock());
    EXPECT_TRUE(lock.is_held());
    EXPECT_FALSE(mutex.try_lock().has_value());
  }
  auto lock = mutex.try_lock();
  ASSERT_TRUE(lock.has_value());
  lock->unlock();
  EXPECT_FALSE(lock->is_held());
  EXPECT_TRUE(mutex.try_lock().has_value());
}

TEST(MutexDeathTest, destroying_it_locked_aborts) {
  const auto destroy_locked = [] {
    auto mutex = std::make_unique<Mutex>();
    MutexLock lock = wait(mutex->lock());
    mutex.reset();
  };
  EXPECT_DEATH(destroy_locked(), "locked");
}

// Adds by reading, giving others every chance, and writing: wrong unless it is alone.
Task<> add_slowly(Mutex& mutex, int& sum, int times) {
  for (int i = 0; i < times; ++i) {
    MutexLock lock = co_await mutex.lock();
    const int before = sum;
    co_await yield();
    sum = before + 1;
  }
}
Task<> eight_add(Mutex& mutex, int& sum, int times) {
  std::vector<Task<>> adders;
  for (int i = 0; i < 8; ++i) adders.push_back(add_slowly(mutex, sum, times));
  co_await gather(std::move(adders));
}

TEST_P(MutexAnywhere, one_at_a_time_across_awaits) {
  Mutex mutex;
  int sum = 0;
  here(eight_add(mutex, sum, 200));
  EXPECT_EQ(sum, 1600);
}

Task<> three_in_line(Mutex& mutex, Log& log) {
  MutexLock held = co_await mutex.lock();
  const auto let_go = [](MutexLock lock) -> Task<> {
    co_await yield();
    lock.unlock();
  };
  auto first = noted(mutex.lock(), log, 1);
  auto second = noted(mutex.lock(), log, 2);
  auto third = noted(mutex.lock(), log, 3);
  auto release = let_go(std::move(held));
  co_await gather(std::move(first), std::move(second), std::move(third), std::move(release));
}

TEST_P(MutexAnywhere, contract_33_locks_in_the_order_of_asking) {
  Mutex mutex;
  Log log;
  here(three_in_line(mutex, log));
  EXPECT_EQ(log.entries(), (std::vector{1, 2, 3}));
}

Task<> lock_with_limit(Mutex& mutex, bool& timed_out) {
  auto ended = co_await outcome(timeout(1ms, mutex.lock()));
  timed_out = !ended.ok();
}
Task<> held_too_long(Mutex& mutex, bool& timed_out) {
  MutexLock lock = co_await mutex.lock();
  co_await lock_with_limit(mutex, timed_out);
  lock.unlock();
  MutexLock again = co_await mutex.lock();
  EXPECT_TRUE(again.is_held());
}

TEST_P(MutexAnywhere, contract_06_a_lock_that_times_out_is_not_held) {
  Mutex mutex;
  bool timed_out = false;
  here(held_too_long(mutex, timed_out));
  EXPECT_TRUE(timed_out);
}

Task<> hold_and_be_cancelled(Mutex& mutex) {
  MutexLock lock = co_await mutex.lock();
  co_await sleep(1h);
}
Task<> holder_is_cancelled(Mutex& mutex) {
  auto ended = co_await outcome(timeout(1ms, hold_and_be_cancelled(mutex)));
  EXPECT_FALSE(ended.ok());
  MutexLock lock = co_await mutex.lock();
}

TEST_P(MutexAnywhere, a_cancelled_holder_leaves_it_unlocked) {
  Mutex mutex;
  here(holder_is_cancelled(mutex));
  EXPECT_TRUE(mutex.try_lock().has_value());
}

}  // namespace
}  // namespace ringback

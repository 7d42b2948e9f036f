#include "ringback/sync/condition.h"

#include "ringback/sync/places_test.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;

class ConditionAnywhere : public InEveryPlace {};
class ConditionInOrder : public InEveryPlace {};
INSTANTIATE_TEST_SUITE_P(Places, ConditionAnywhere, kEveryPlace, kPlaceName);
INSTANTIATE_TEST_SUITE_P(Places, ConditionInOrder, kPlacesInOrder, kPlaceName);

TEST(ConditionDeathTest, waiting_without_the_lock_is_a_bug) {
  Condition condition;
  MutexLock none;
  EXPECT_DEATH((void)condition.wait(none), "lock the Mutex first");
}

// A hand-written mailbox: one side fills, the other empties.
struct Mailbox {
  Mutex mutex;
  Condition changed;
  std::vector<int> letters;
};
Task<> deliver(Mailbox& box, int count) {
  for (int i = 0; i < count; ++i) {
    MutexLock lock = co_await box.mutex.lock();
    co_await box.changed.wait(lock, [&box] { return box.letters.size() < 3; });
    box.letters.push_back(i);
    box.changed.notify_all();
  }
}
Task<> collect(Mailbox& box, int count, int& sum) {
  for (int i = 0; i < count; ++i) {
    MutexLock lock = co_await box.mutex.lock();
    co_await box.changed.wait(lock, [&box] { return !box.letters.empty(); });
    sum += box.letters.front();
    box.letters.erase(box.letters.begin());
    box.changed.notify_all();
  }
}

TEST_P(ConditionAnywhere, waits_until_what_the_mutex_guards_is_as_wanted) {
  Mailbox box;
  int sum = 0;
  here(gather(deliver(box, 500), collect(box, 500, sum)));
  EXPECT_EQ(sum, 500 * 499 / 2);
}

Task<> wait_for_change(Mailbox& box, Log& log, int entry) {
  MutexLock lock = co_await box.mutex.lock();
  co_await box.changed.wait(lock);
  EXPECT_TRUE(lock.is_held());
  log.add(entry);
}
Task<> notify_one_by_one(Mailbox& box, Log& log) {
  co_await sleep(1ms);
  box.changed.notify_one();
  co_await sleep(1ms);
  EXPECT_EQ(log.entries(), (std::vector{1}));
  box.changed.notify_all();
}

TEST_P(ConditionInOrder, contract_33_wakes_one_or_all_in_order) {
  Mailbox box;
  Log log;
  here(gather(wait_for_change(box, log, 1), wait_for_change(box, log, 2), wait_for_change(box, log, 3),
              notify_one_by_one(box, log)));
  EXPECT_EQ(log.entries(), (std::vector{1, 2, 3}));
}

Task<> wait_with_limit(Mailbox& box, Log& log) {
  MutexLock lock = co_await box.mutex.lock();
  auto ended = co_await outcome(timeout(1ms, box.changed.wait(lock)));
  EXPECT_FALSE(ended.ok());
  EXPECT_TRUE(lock.is_held());
  log.add(2);
}
Task<> hold_for(Mailbox& box, Duration length, Log& log) {
  co_await yield();
  MutexLock lock = co_await box.mutex.lock();
  co_await sleep(length);
  log.add(1);
}

TEST_P(ConditionInOrder, contract_35_a_cancelled_wait_takes_its_lock_again_before_it_says_so) {
  Mailbox box;
  Log log;
  here(gather(wait_with_limit(box, log), hold_for(box, 50ms, log)));
  EXPECT_EQ(log.entries(), (std::vector{1, 2}));
}

Task<> notify_and_cancel(Mailbox& box, bool cancel_first, bool& first_woke, bool& second_woke) {
  Executor& here = *internal::this_thread.executor;
  Log log;
  auto first = spawn(here, wait_for_change(box, log, 1));
  auto second = spawn(here, wait_for_change(box, log, 2));
  co_await sleep(1ms);
  if (cancel_first) first.cancel();
  box.changed.notify_one();
  if (!cancel_first) first.cancel();
  co_await sleep(1ms);
  first_woke = log.entries() == std::vector{1};
  second_woke = log.entries() == std::vector{2};
  second.cancel();
  auto ends = co_await gather_outcomes(std::move(first), std::move(second));
  (void)ends;
}

TEST_P(ConditionInOrder, contract_34_no_notification_is_lost_to_a_cancelled_waiter) {
  Mailbox box;
  bool first = false;
  bool second = false;
  here(notify_and_cancel(box, true, first, second));
  EXPECT_FALSE(first);
  EXPECT_TRUE(second);
  here(notify_and_cancel(box, false, first, second));
  EXPECT_TRUE(first);
  EXPECT_FALSE(second);
}

Task<> refused(Mailbox& box) {
  MutexLock lock = co_await box.mutex.lock();
  auto ended = co_await outcome(timeout(0ms, box.changed.wait(lock)));
  EXPECT_FALSE(ended.ok());
  EXPECT_TRUE(lock.is_held());
  EXPECT_FALSE(box.mutex.try_lock().has_value());
}

TEST_P(ConditionAnywhere, contract_10_past_the_deadline_the_lock_is_never_let_go) {
  Mailbox box;
  here(refused(box));
  EXPECT_TRUE(box.mutex.try_lock().has_value());
}

Task<> raced_wait(Mailbox& box, Condition& other, Log& log) {
  MutexLock lock = co_await box.mutex.lock();
  Mutex second;
  MutexLock second_lock = co_await second.lock();
  auto won = co_await race(box.changed.wait(lock), other.wait(second_lock));
  EXPECT_EQ(won.index(), 0u);
  EXPECT_TRUE(lock.is_held());
  EXPECT_TRUE(second_lock.is_held());
  log.add(1);
}
Task<> notify_both(Mailbox& box, Condition& other, Mailbox& behind) {
  co_await sleep(1ms);
  box.changed.notify_one();
  other.notify_one();
  (void)behind;
}
Task<> wait_on(Condition& condition, Log& log) {
  Mutex mutex;
  MutexLock lock = co_await mutex.lock();
  co_await sleep(1us);
  co_await condition.wait(lock);
  log.add(2);
}

TEST_P(ConditionInOrder, contract_19_a_race_uses_up_one_notification) {
  Mailbox box;
  Mailbox behind;
  Condition other;
  Log log;
  here(gather(raced_wait(box, other, log), wait_on(other, log), notify_both(box, other, behind)));
  EXPECT_EQ(log.entries().size(), 2u);
}

}  // namespace
}  // namespace ringback

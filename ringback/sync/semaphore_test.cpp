#include "ringback/sync/semaphore.h"

#include "ringback/sync/places_test.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;

class SemaphoreAnywhere : public InEveryPlace {};
class SemaphoreInOrder : public InEveryPlace {};
INSTANTIATE_TEST_SUITE_P(Places, SemaphoreAnywhere, kEveryPlace, kPlaceName);
INSTANTIATE_TEST_SUITE_P(Places, SemaphoreInOrder, kPlacesInOrder, kPlaceName);

TEST(Semaphore, contract_35_a_permit_is_given_back_when_it_dies) {
  Semaphore semaphore(2);
  {
    Permit first = wait(semaphore.acquire());
    EXPECT_EQ(semaphore.available(), 1u);
    Permit moved(std::move(first));
    EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): that is the question
    EXPECT_EQ(moved.count(), 1u);
    EXPECT_EQ(semaphore.available(), 1u);
  }
  EXPECT_EQ(semaphore.available(), 2u);
}

TEST(Semaphore, contract_35_a_permit_is_given_back_once_however_often_it_is_released) {
  Semaphore semaphore(1);
  Permit permit = wait(semaphore.acquire());
  permit.release();
  permit.release();
  EXPECT_EQ(semaphore.available(), 1u);
  permit = wait(semaphore.acquire());
  permit = Permit();
  EXPECT_EQ(semaphore.available(), 1u);
}

TEST(Semaphore, an_attempt_takes_what_is_free_and_nothing_else) {
  Semaphore semaphore(3);
  auto two = semaphore.try_acquire(2);
  ASSERT_TRUE(two.has_value());
  EXPECT_EQ(two->count(), 2u);
  EXPECT_FALSE(semaphore.try_acquire(2).has_value());
  EXPECT_EQ(semaphore.available(), 1u);
  EXPECT_TRUE(semaphore.try_acquire(1).has_value());
}

TEST(Semaphore, an_operation_that_is_dropped_takes_nothing) {
  Semaphore semaphore(1);
  {
    auto never_begun = semaphore.acquire();
  }
  EXPECT_EQ(semaphore.available(), 1u);
}

TEST(SemaphoreDeathTest, destroying_it_under_a_waiter_aborts) {
  const auto destroy_under_waiter = [] {
    Loop loop({.driver = std::make_unique<VirtualDriver>()});
    auto semaphore = std::make_unique<Semaphore>(0);
    auto waiting = spawn(loop, semaphore->acquire());
    loop.poll();
    semaphore.reset();
  };
  EXPECT_DEATH(destroy_under_waiter(), "must outlive");
}

TEST(SemaphoreDeathTest, asking_for_no_permit_is_a_bug) {
  Semaphore semaphore(1);
  EXPECT_DEATH((void)semaphore.try_acquire(0), "at least one");
}

Task<> give(Semaphore& semaphore, std::size_t count) {
  co_await yield();
  semaphore.add_permits(count);
}

Task<> four_in_line(Semaphore& semaphore, Log& log) {
  auto first = noted(semaphore.acquire(), log, 1);
  auto second = noted(semaphore.acquire(), log, 2);
  auto third = noted(semaphore.acquire(), log, 3);
  auto fourth = noted(semaphore.acquire(), log, 4);
  co_await gather(std::move(first), std::move(second), std::move(third), std::move(fourth), give(semaphore, 1));
}

TEST_P(SemaphoreAnywhere, contract_33_serves_who_came_first) {
  Semaphore semaphore(0);
  Log log;
  here(four_in_line(semaphore, log));
  EXPECT_EQ(log.entries(), (std::vector{1, 2, 3, 4}));
  EXPECT_EQ(semaphore.available(), 1u);
}

Task<> many_before_few(Semaphore& semaphore, Log& log) {
  auto many = noted(semaphore.acquire(3), log, 3);
  auto few = noted(semaphore.acquire(1), log, 1);
  co_await gather(std::move(many), std::move(few), give(semaphore, 1));
}

TEST_P(SemaphoreAnywhere, contract_33_a_waiter_for_many_is_not_starved_by_one_for_few) {
  Semaphore semaphore(2);
  Log log;
  here(many_before_few(semaphore, log));
  EXPECT_EQ(log.entries(), (std::vector{3, 1}));
  EXPECT_EQ(semaphore.available(), 3u);
}

Task<> big_waiter_times_out() {
  Semaphore semaphore(2);
  auto many = timeout(10ms, semaphore.acquire(5));
  auto few = timeout(20ms, semaphore.acquire(1));
  auto all = co_await gather(outcome(std::move(many)), outcome(std::move(few)));
  EXPECT_FALSE(std::get<0>(all).ok());
  EXPECT_TRUE(std::get<1>(all).ok());
}

TEST_P(SemaphoreInOrder, contract_34_cancelling_the_first_lets_those_behind_it_go) { here(big_waiter_times_out()); }

Task<> newcomer_against_woken(Semaphore& semaphore, Log& log) {
  Permit held = co_await semaphore.acquire();
  co_await with_scope([&](Scope& scope) -> Task<> {
    scope.spawn(noted(semaphore.acquire(), log, 1));
    co_await sleep(1ms);
    held.release();  // It is woken now, but has not run.
    EXPECT_FALSE(semaphore.try_acquire().has_value());
    scope.spawn(noted(semaphore.acquire(), log, 2));
    co_await noted(semaphore.acquire(), log, 3);
  });
}

TEST_P(SemaphoreInOrder, contract_33_no_newcomer_overtakes_a_woken_waiter) {
  Semaphore semaphore(1);
  Log log;
  here(newcomer_against_woken(semaphore, log));
  ASSERT_EQ(log.entries().size(), 3u);
  EXPECT_EQ(log.entries().front(), 1);
}

Task<> times_out(Semaphore& semaphore, Duration limit) { auto permit = co_await timeout(limit, semaphore.acquire(2)); }
Task<> thousand_time_out(Semaphore& semaphore) {
  std::vector<Task<>> waits;
  for (int i = 0; i < 1000; ++i) waits.push_back(times_out(semaphore, 1ms + i * 1us));
  auto ends = co_await gather_outcomes(std::move(waits));
  for (auto& end : ends) EXPECT_FALSE(end.ok());
}

TEST_P(SemaphoreAnywhere, contract_34_many_cancelled_waiters_leave_it_as_before) {
  Semaphore semaphore(1);
  here(thousand_time_out(semaphore));
  EXPECT_EQ(semaphore.available(), 1u);
  EXPECT_TRUE(semaphore.try_acquire().has_value());
}

Task<> no_wait(Semaphore& semaphore) {
  auto taken = co_await outcome(timeout(0ms, semaphore.acquire()));
  EXPECT_TRUE(taken.ok());
  auto refused = co_await outcome(timeout(-1ms, semaphore.acquire()));
  EXPECT_FALSE(refused.ok());
  EXPECT_FALSE(refused.failure().is_cancelled());
  EXPECT_EQ(semaphore.available(), 0u);
}

TEST_P(SemaphoreAnywhere, contract_10_past_the_deadline_what_is_free_is_still_taken) {
  Semaphore semaphore(1);
  here(no_wait(semaphore));
  EXPECT_EQ(semaphore.available(), 1u);
}

Task<> acquire_cancelled(Semaphore& semaphore, bool& saw) {
  auto ended = co_await outcome(with_scope([&](Scope& scope) -> Task<> {
    scope.cancel();
    auto permit = co_await outcome(semaphore.acquire());
    saw = !permit.ok() && permit.failure().is_cancelled();
  }));
  (void)ended;
}

TEST_P(SemaphoreAnywhere, contract_08_in_a_cancelled_scope_nothing_is_taken_that_is_free) {
  Semaphore semaphore(1);
  bool saw = false;
  here(acquire_cancelled(semaphore, saw));
  EXPECT_TRUE(saw);
  EXPECT_EQ(semaphore.available(), 1u);
}

// In one turn: the permit is handed over, and the waiter cancelled, in either order.
Task<> hand_over_and_cancel(Semaphore& semaphore, bool cancel_first, Outcome<Permit>& got) {
  Executor& here = *internal::this_thread.executor;
  auto waiting = spawn(here, semaphore.acquire());
  co_await sleep(1ms);
  if (cancel_first) waiting.cancel();
  semaphore.add_permits(1);
  if (!cancel_first) waiting.cancel();
  got = co_await outcome(std::move(waiting));
}

TEST_P(SemaphoreInOrder, contract_07_a_permit_handed_over_before_the_cancellation_is_delivered) {
  Semaphore semaphore(0);
  {
    Outcome<Permit> got = Permit();
    here(hand_over_and_cancel(semaphore, false, got));
    ASSERT_TRUE(got.ok());
    EXPECT_EQ(got.value().count(), 1u);
    EXPECT_EQ(semaphore.available(), 0u);
  }
  EXPECT_EQ(semaphore.available(), 1u);
}

TEST_P(SemaphoreInOrder, contract_07_a_waiter_cancelled_before_the_hand_over_gets_nothing) {
  Semaphore semaphore(0);
  Outcome<Permit> got = Permit();
  here(hand_over_and_cancel(semaphore, true, got));
  EXPECT_FALSE(got.ok());
  EXPECT_EQ(semaphore.available(), 1u);
}

// The woken waiter dies of the next await: its permit goes on to who waits behind it.
Task<> takes_then_waits(Semaphore& semaphore, Log& log) {
  Permit permit = co_await semaphore.acquire();
  log.add(1);
  co_await sleep(1h);
}
Task<> woken_is_cancelled(Semaphore& semaphore, Log& log) {
  co_await with_scope([&](Scope& outer) -> Task<> {
    Executor& here = *internal::this_thread.executor;
    auto first = spawn(here, takes_then_waits(semaphore, log));
    co_await sleep(1ms);
    outer.spawn(noted(semaphore.acquire(), log, 2));
    co_await sleep(1ms);
    semaphore.add_permits(1);
    first.cancel();
  });
}

TEST_P(SemaphoreInOrder, contract_34_a_woken_waiter_that_is_cancelled_passes_its_permit_on) {
  Semaphore semaphore(0);
  Log log;
  here(woken_is_cancelled(semaphore, log));
  EXPECT_EQ(log.entries(), (std::vector{1, 2}));
  EXPECT_EQ(semaphore.available(), 1u);
}

Task<> race_of_two(Semaphore& one, Semaphore& other) {
  auto first = co_await race(one.acquire(), other.acquire());
  EXPECT_EQ(one.available() + other.available(), 1u);
  (void)first;
}

TEST_P(SemaphoreAnywhere, contract_19_a_race_takes_one_permit_not_two) {
  Semaphore one(1);
  Semaphore other(1);
  here(race_of_two(one, other));
  EXPECT_EQ(one.available() + other.available(), 2u);
}

Task<> give_both(Semaphore& one, Semaphore& other) {
  co_await yield();
  one.add_permits(1);
  other.add_permits(1);
}
Task<> race_in_line(Semaphore& one, Semaphore& other) {
  auto raced = race(one.acquire(), other.acquire());
  auto all = co_await gather(std::move(raced), give_both(one, other));
  EXPECT_EQ(one.available() + other.available(), 1u);
  (void)all;
}

TEST_P(SemaphoreAnywhere, contract_19_a_race_in_two_lines_takes_one_permit_when_both_come_at_once) {
  Semaphore one(0);
  Semaphore other(0);
  here(race_in_line(one, other));
  EXPECT_EQ(one.available() + other.available(), 2u);
}

Task<> race_then_next(Semaphore& one, Semaphore& other, Log& log) {
  auto raced = race(one.acquire(), other.acquire());
  auto behind = noted(other.acquire(), log, 7);
  auto all = co_await gather(std::move(raced), std::move(behind), give_both(one, other));
  (void)all;
}

TEST_P(SemaphoreAnywhere, contract_34_the_permit_a_race_did_not_take_goes_to_who_stands_behind_it) {
  Semaphore one(0);
  Semaphore other(0);
  Log log;
  here(race_then_next(one, other, log));
  EXPECT_EQ(log.entries(), (std::vector{7}));
}

}  // namespace
}  // namespace ringback

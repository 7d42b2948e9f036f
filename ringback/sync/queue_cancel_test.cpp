// Cancelling those who wait for a queue, and racing them: nothing is lost, and nothing is taken twice.
#include "ringback/sync/queue.h"

#include "ringback/sync/places_test.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;

class QueueCancelled : public InEveryPlace {};
class QueueCancelledInOrder : public InEveryPlace {};
INSTANTIATE_TEST_SUITE_P(Places, QueueCancelled, kEveryPlace, kPlaceName);
INSTANTIATE_TEST_SUITE_P(Places, QueueCancelledInOrder, kPlacesInOrder, kPlaceName);

Task<> give_up_getting(Queue<int>& queue) { co_await timeout(1ms, queue.get()); }
Task<> give_up_putting(Queue<int>& queue) { co_await timeout(1ms, queue.put(9)); }
Task<> give_up_reserving(Queue<int>& queue) { auto slot = co_await timeout(1ms, queue.reserve()); }
Task<> give_up_joining(Queue<int>& queue) { co_await timeout(1ms, queue.join()); }
Task<> many_give_up(Queue<int>& queue) {
  std::vector<Task<>> waits;
  for (int i = 0; i < 300; ++i) waits.push_back(give_up_getting(queue));
  auto getters = co_await gather_outcomes(std::move(waits));
  for (auto& end : getters) EXPECT_FALSE(end.ok());
  co_await queue.put(1);
  co_await queue.put(2);
  std::vector<Task<>> more;
  for (int i = 0; i < 300; ++i) {
    more.push_back(give_up_putting(queue));
    more.push_back(give_up_reserving(queue));
    more.push_back(give_up_joining(queue));
  }
  auto putters = co_await gather_outcomes(std::move(more));
  for (auto& end : putters) EXPECT_FALSE(end.ok());
  EXPECT_EQ(queue.size(), 2u);
  const int first = co_await queue.get();
  const int second = co_await queue.get();
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 2);
  EXPECT_FALSE(queue.try_get().has_value());
}

TEST_P(QueueCancelled, contract_34_many_cancelled_waiters_leave_it_as_before) {
  Queue<int> queue(2);
  here(many_give_up(queue));
}

Task<> get_and_cancel(Queue<int>& queue, bool cancel_first, Outcome<int>& got) {
  auto waiting = spawn(*internal::this_thread.executor, queue.get());
  co_await sleep(1ms);
  if (cancel_first) waiting.cancel();
  EXPECT_TRUE(queue.try_put(5));
  if (!cancel_first) waiting.cancel();
  got = co_await outcome(std::move(waiting));
}

TEST_P(QueueCancelledInOrder, contract_07_an_item_handed_over_before_the_cancellation_is_delivered) {
  Queue<int> queue(1);
  Outcome<int> got(0);
  here(get_and_cancel(queue, false, got));
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got.value(), 5);
  EXPECT_EQ(queue.size(), 0u);
}

TEST_P(QueueCancelledInOrder, contract_07_a_getter_cancelled_before_the_hand_over_leaves_the_item) {
  Queue<int> queue(1);
  Outcome<int> got(0);
  here(get_and_cancel(queue, true, got));
  EXPECT_FALSE(got.ok());
  EXPECT_EQ(wait(queue.get()), 5);
}

Task<> put_and_cancel(Queue<int>& queue, bool cancel_first, bool& was_put) {
  co_await queue.put(1);
  auto waiting = spawn(*internal::this_thread.executor, queue.put(2));
  co_await sleep(1ms);
  if (cancel_first) waiting.cancel();
  const int first = co_await queue.get();
  EXPECT_EQ(first, 1);
  if (!cancel_first) waiting.cancel();
  auto ended = co_await outcome(std::move(waiting));
  was_put = ended.ok();
}

TEST_P(QueueCancelledInOrder, contract_07_a_put_says_the_truth_about_its_item) {
  for (const bool cancel_first : {false, true}) {
    Queue<int> queue(1);
    bool was_put = false;
    here(put_and_cancel(queue, cancel_first, was_put));
    EXPECT_EQ(was_put, !cancel_first);
    EXPECT_EQ(queue.size(), cancel_first ? 0u : 1u);
  }
}

Task<> cancelled_before_it_began(Queue<int>& queue) {
  auto ended = co_await outcome(with_scope([&](Scope& scope) -> Task<> {
    scope.cancel();
    auto got = co_await outcome(queue.get());
    auto put = co_await outcome(queue.put(2));
    auto reserved = co_await outcome(queue.reserve());
    auto joined = co_await outcome(queue.join());
    EXPECT_FALSE(got.ok() || put.ok() || reserved.ok() || joined.ok());
  }));
  (void)ended;
}

TEST_P(QueueCancelled, contract_08_in_a_cancelled_scope_nothing_is_put_or_taken) {
  Queue<int> queue(2);
  EXPECT_TRUE(queue.try_put(1));
  here(cancelled_before_it_began(queue));
  EXPECT_EQ(queue.size(), 1u);
}

Task<> both_filled(Queue<int>& one, Queue<int>& other) {
  auto won = co_await race(one.get(), other.get());
  (void)won;
  EXPECT_EQ(one.size() + other.size(), 1u);
}

TEST_P(QueueCancelled, contract_19_a_race_of_gets_takes_one_item) {
  Queue<int> one(1);
  Queue<int> other(1);
  wait(one.put(1));
  wait(other.put(2));
  here(both_filled(one, other));
  EXPECT_EQ(one.size() + other.size(), 1u);
}

Task<> fill_both(Queue<int>& one, Queue<int>& other) {
  co_await yield();
  EXPECT_TRUE(one.try_put(1));
  EXPECT_TRUE(other.try_put(2));
}
Task<> both_waited_for(Queue<int>& one, Queue<int>& other) {
  auto raced = race(one.get(), other.get());
  auto timed = timeout(1h, std::move(raced));
  auto all = co_await gather(std::move(timed), fill_both(one, other));
  (void)all;
  EXPECT_EQ(one.size() + other.size(), 1u);
}

TEST_P(QueueCancelled, contract_19_a_race_in_two_queues_takes_one_item_when_both_are_filled_at_once) {
  Queue<int> one(1);
  Queue<int> other(1);
  here(both_waited_for(one, other));
  EXPECT_EQ(one.size() + other.size(), 1u);
}

Task<> put_against_get(Queue<int>& queue) {
  auto won = co_await race(queue.get(), queue.put(1));
  EXPECT_EQ(won.index(), 1u);
  EXPECT_EQ(queue.size(), 1u);
}

TEST_P(QueueCancelled, contract_19_a_race_never_gives_to_itself) {
  Queue<int> queue(1);
  here(put_against_get(queue));
}

// The same queue from threads that block, callbacks and coroutines.

}  // namespace
}  // namespace ringback

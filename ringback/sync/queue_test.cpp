#include "ringback/sync/queue.h"

#include <thread>

#include "ringback/async/start.h"
#include "ringback/sync/event.h"
#include "ringback/sync/places_test.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;

class QueueAnywhere : public InEveryPlace {};
class QueueInOrder : public InEveryPlace {};
INSTANTIATE_TEST_SUITE_P(Places, QueueAnywhere, kEveryPlace, kPlaceName);
INSTANTIATE_TEST_SUITE_P(Places, QueueInOrder, kPlacesInOrder, kPlaceName);

template <typename F>
ErrorKind kind_thrown_by(F&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.kind();
  }
  return ErrorKind::io;  // Nothing was thrown; never expected.
}

// Counts how many of it live.
class Counted {
 public:
  explicit Counted(int& alive) noexcept : alive_(&alive) { ++*alive_; }
  Counted(Counted&& other) noexcept : alive_(other.alive_) { ++*alive_; }
  ~Counted() { --*alive_; }

 private:
  int* alive_;
};

TEST(Queue, holds_values_that_can_only_be_moved) {
  Queue<std::unique_ptr<int>> queue(2);
  wait(queue.put(std::make_unique<int>(1)));
  auto refused = std::make_unique<int>(3);
  EXPECT_TRUE(queue.try_put(std::make_unique<int>(2)));
  EXPECT_FALSE(queue.try_put(std::move(refused)));
  EXPECT_NE(refused, nullptr);
  EXPECT_EQ(queue.size(), 2u);
  EXPECT_EQ(*wait(queue.get()), 1);
  EXPECT_EQ(**queue.try_get(), 2);
  EXPECT_FALSE(queue.try_get().has_value());
}

TEST(Queue, destroys_each_item_once) {
  int alive = 0;
  {
    Queue<Counted> queue(3);
    for (int round = 0; round < 5; ++round) {
      wait(queue.put(Counted(alive)));
      wait(queue.put(Counted(alive)));
      EXPECT_EQ(alive, 2);
      {
        auto item = wait(queue.get());
      }
      {
        auto item = queue.try_get();
      }
      EXPECT_EQ(alive, 0);
    }
    wait(queue.put(Counted(alive)));
    {
      auto never_begun = queue.put(Counted(alive));
    }
  }
  EXPECT_EQ(alive, 0);
}

TEST(Queue, contract_36_a_closed_queue_still_gives_what_was_put) {
  Queue<int> queue(3);
  wait(queue.put(1));
  wait(queue.put(2));
  queue.close();
  queue.close();
  EXPECT_TRUE(queue.is_closed());
  EXPECT_EQ(kind_thrown_by([&] { wait(queue.put(3)); }), ErrorKind::closed);
  EXPECT_FALSE(queue.try_put(3));
  EXPECT_EQ(wait(queue.get()), 1);
  EXPECT_EQ(wait(queue.next()), 2);
  EXPECT_FALSE(wait(queue.next()).has_value());
  EXPECT_EQ(kind_thrown_by([&] { wait(queue.get()); }), ErrorKind::closed);
  EXPECT_EQ(kind_thrown_by([&] { auto slot = wait(queue.reserve()); }), ErrorKind::closed);
}

TEST(Queue, contract_36_closing_now_discards_and_says_how_many) {
  int alive = 0;
  Queue<Counted> queue(3);
  for (int i = 0; i < 3; ++i) wait(queue.put(Counted(alive)));
  {
    auto item = wait(queue.get());
  }
  EXPECT_EQ(queue.close_now(), 2u);
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(queue.close_now(), 0u);
  EXPECT_FALSE(wait(queue.next()).has_value());
}

// A destructor that uses the queue: it runs outside the lock.
struct Reenters {
  explicit Reenters(Queue<Reenters>& queue) noexcept : queue(&queue) {}
  Reenters(Reenters&& other) noexcept : queue(std::exchange(other.queue, nullptr)) {}
  ~Reenters() {
    if (queue != nullptr) EXPECT_EQ(queue->size(), 0u);
  }
  Queue<Reenters>* queue;
};
TEST(Queue, what_it_discards_may_use_the_queue_as_it_dies) {
  Queue<Reenters> queue(2);
  wait(queue.put(Reenters(queue)));
  EXPECT_EQ(queue.close_now(), 1u);
}

TEST(Queue, contract_36_a_reserved_place_counts_as_full_until_it_is_filled_or_dropped) {
  Queue<int> queue(2);
  auto slot = wait(queue.reserve());
  wait(queue.put(1));
  EXPECT_FALSE(queue.try_put(2));
  EXPECT_EQ(queue.size(), 1u);
  slot.commit(2);
  EXPECT_EQ(wait(queue.get()), 1);
  EXPECT_EQ(wait(queue.get()), 2);
  auto dropped = wait(queue.reserve());
  auto other = wait(queue.reserve());
  EXPECT_FALSE(queue.try_put(3));
  dropped.drop();
  EXPECT_TRUE(queue.try_put(3));
}

TEST(Queue, contract_36_getters_of_a_closed_queue_wait_for_what_is_still_to_be_committed) {
  Queue<int> queue(2);
  auto slot = wait(queue.reserve());
  queue.close();
  EXPECT_THROW(wait(timeout(0ms, queue.get())), TimeoutError);
  slot.commit(7);
  EXPECT_EQ(wait(queue.get()), 7);
  EXPECT_FALSE(wait(queue.next()).has_value());
}

TEST(Queue, a_commit_after_close_now_fails) {
  Queue<int> queue(1);
  auto slot = wait(queue.reserve());
  queue.close_now();
  EXPECT_FALSE(wait(queue.next()).has_value());
  EXPECT_EQ(kind_thrown_by([&] { slot.commit(1); }), ErrorKind::closed);
}

TEST(QueueDeathTest, misuse_aborts) {
  EXPECT_DEATH(Queue<int>(0), "room for one");
  Queue<int> queue(1);
  EXPECT_DEATH(queue.task_done(), "more often");
  const auto destroy_before_slot = [] {
    auto doomed = std::make_unique<Queue<int>>(1);
    auto slot = wait(doomed->reserve());
    doomed.reset();
  };
  EXPECT_DEATH(destroy_before_slot(), "before a Slot");
  const auto destroy_under_waiter = [] {
    Loop loop({.driver = std::make_unique<VirtualDriver>()});
    auto doomed = std::make_unique<Queue<int>>(1);
    auto waiting = spawn(loop, doomed->join());
    auto put = spawn(loop, doomed->put(1));
    auto put_again = spawn(loop, doomed->put(1));
    loop.poll();
    doomed.reset();
  };
  EXPECT_DEATH(destroy_under_waiter(), "must outlive|while somebody waits");
}

Task<> produce(Queue<int>& queue, int from, int count) {
  for (int i = 0; i < count; ++i) co_await queue.put(from + i);
}
Task<> close_after(Queue<int>& queue, Task<> work) {
  Task<> own = std::move(work);
  co_await std::move(own);
  queue.close();
}
Task<std::vector<int>> consume(Queue<int>& queue) {
  std::vector<int> got;
  while (true) {
    auto item = co_await queue.next();
    if (!item.has_value()) break;
    got.push_back(*item);
  }
  co_return got;
}
Task<> one_to_one(Queue<int>& queue, int count, std::vector<int>& got) {
  auto both = co_await gather(close_after(queue, produce(queue, 0, count)), consume(queue));
  got = std::get<1>(std::move(both));
}

TEST_P(QueueAnywhere, contract_36_gives_everything_in_order_whatever_its_capacity) {
  for (const std::size_t capacity : {1, 2, 3, 64}) {
    Queue<int> queue(capacity);
    std::vector<int> got;
    here(one_to_one(queue, 1000, got));
    ASSERT_EQ(got.size(), 1000u);
    for (int i = 0; i < 1000; ++i) ASSERT_EQ(got[static_cast<std::size_t>(i)], i);
  }
}

Task<> put_three(Queue<int>& queue) {
  auto gap = yield();
  co_await std::move(gap);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(queue.try_put(i));
}
Task<> three_getters(Queue<int>& queue) {
  auto got = co_await gather(queue.get(), queue.get(), queue.get(), put_three(queue));
  EXPECT_EQ(std::get<0>(got), 0);
  EXPECT_EQ(std::get<1>(got), 1);
  EXPECT_EQ(std::get<2>(got), 2);
}

TEST_P(QueueAnywhere, contract_33_items_go_to_getters_in_the_order_they_came) {
  Queue<int> queue(3);
  here(three_getters(queue));
}

Task<> get_four(Queue<int>& queue, std::vector<int>& got) {
  auto gap = yield();
  co_await std::move(gap);
  for (int i = 0; i < 4; ++i) {
    const int item = co_await queue.get();
    got.push_back(item);
  }
}
Task<> three_putters(Queue<int>& queue, std::vector<int>& got) {
  co_await queue.put(0);
  co_await gather(queue.put(1), queue.put(2), queue.put(3), get_four(queue, got));
}

TEST_P(QueueAnywhere, contract_33_putters_put_in_the_order_they_came) {
  Queue<int> queue(1);
  std::vector<int> got;
  here(three_putters(queue, got));
  EXPECT_EQ(got, (std::vector{0, 1, 2, 3}));
}

// A putter in line has been given its place but has not run: a newcomer comes after its item.
Task<> newcomer(Queue<int>& queue) {
  co_await queue.put(0);
  co_await with_scope([&](Scope& scope) -> Task<> {
    scope.spawn(queue.put(1));
    scope.spawn(queue.put(2));
    co_await sleep(1ms);
    const int first = co_await queue.get();
    EXPECT_EQ(first, 0);
    EXPECT_FALSE(queue.try_put(9));
    const int second = co_await queue.get();
    const int third = co_await queue.get();
    EXPECT_EQ(second, 1);
    EXPECT_EQ(third, 2);
  });
}

TEST_P(QueueInOrder, contract_33_no_newcomer_overtakes_a_woken_putter) {
  Queue<int> queue(1);
  here(newcomer(queue));
}

Task<> getter_before_newcomer(Queue<int>& queue) {
  co_await with_scope([&](Scope& scope) -> Task<> {
    Log log;
    scope.spawn(noted(queue.get(), log, 1));
    co_await sleep(1ms);
    EXPECT_TRUE(queue.try_put(5));  // The getter is woken, but has not run.
    EXPECT_FALSE(queue.try_get().has_value());
    EXPECT_EQ(queue.size(), 0u);
    co_await sleep(1ms);
    EXPECT_EQ(log.entries(), (std::vector{1}));
  });
}

TEST_P(QueueInOrder, contract_33_no_newcomer_overtakes_a_woken_getter) {
  Queue<int> queue(1);
  here(getter_before_newcomer(queue));
}

Task<> close_soon(Queue<int>& queue, bool now) {
  auto gap = yield();
  co_await std::move(gap);
  if (now) {
    EXPECT_EQ(queue.close_now(), queue.capacity());
  } else {
    queue.close();
  }
}
Task<> putters_meet_close(Queue<int>& queue, bool now) {
  co_await queue.put(0);
  auto ends = co_await gather_outcomes(queue.put(1), queue.reserve(), close_soon(queue, now));
  EXPECT_EQ(std::get<0>(ends).failure().error()->kind(), ErrorKind::closed);
  EXPECT_EQ(std::get<1>(ends).failure().error()->kind(), ErrorKind::closed);
  EXPECT_TRUE(std::get<2>(ends).ok());
}

TEST_P(QueueAnywhere, contract_36_closing_ends_waiting_putters) {
  for (const bool now : {false, true}) {
    Queue<int> queue(1);
    here(putters_meet_close(queue, now));
    EXPECT_EQ(queue.size(), now ? 0u : 1u);
  }
}

Task<> close_empty(Queue<int>& queue, bool now) {
  auto gap = yield();
  co_await std::move(gap);
  if (now) {
    queue.close_now();
  } else {
    queue.close();
  }
}
Task<> getters_meet_close(Queue<int>& queue, bool now) {
  auto ends = co_await gather_outcomes(queue.get(), queue.next(), close_empty(queue, now));
  EXPECT_EQ(std::get<0>(ends).failure().error()->kind(), ErrorKind::closed);
  EXPECT_FALSE(std::get<1>(ends).value().has_value());
}

TEST_P(QueueAnywhere, contract_36_closing_ends_waiting_getters) {
  for (const bool now : {false, true}) {
    Queue<int> queue(1);
    here(getters_meet_close(queue, now));
  }
}

Task<> work_off(Queue<int>& queue, int count, int& done) {
  for (int i = 0; i < count; ++i) {
    const int item = co_await queue.get();
    co_await yield();
    done += item;
    queue.task_done();
  }
}
Task<> wait_for_all(Queue<int>& queue, int& done) {
  co_await queue.put(1);
  co_await queue.put(1);
  co_await queue.join();
  EXPECT_EQ(done, 2);
}

TEST_P(QueueAnywhere, contract_36_join_waits_until_every_item_has_been_dealt_with) {
  Queue<int> queue(2);
  int done = 0;
  here(gather(wait_for_all(queue, done), work_off(queue, 2, done)));
  wait(queue.join());
}

TEST(Queue, contract_36_what_is_discarded_counts_as_dealt_with) {
  Queue<int> queue(3);
  for (int i = 0; i < 3; ++i) wait(queue.put(i));
  wait(queue.get());
  queue.task_done();
  EXPECT_THROW(wait(timeout(0ms, queue.join())), TimeoutError);
  queue.close_now();
  wait(queue.join());
}

Task<> drop_soon(Queue<int>::Slot slot) {
  auto own = std::move(slot);
  co_await yield();
  own.drop();
}
Task<> slot_goes_on(Queue<int>& queue) {
  auto slot = co_await queue.reserve();
  auto both = co_await gather(queue.reserve(), drop_soon(std::move(slot)));
  std::get<0>(both).commit(4);
  const int item = co_await queue.get();
  EXPECT_EQ(item, 4);
}

TEST_P(QueueAnywhere, contract_36_a_dropped_place_goes_to_the_next_in_line) {
  Queue<int> queue(1);
  here(slot_goes_on(queue));
}

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

TEST_P(QueueAnywhere, contract_34_many_cancelled_waiters_leave_it_as_before) {
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

TEST_P(QueueInOrder, contract_07_an_item_handed_over_before_the_cancellation_is_delivered) {
  Queue<int> queue(1);
  Outcome<int> got(0);
  here(get_and_cancel(queue, false, got));
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got.value(), 5);
  EXPECT_EQ(queue.size(), 0u);
}

TEST_P(QueueInOrder, contract_07_a_getter_cancelled_before_the_hand_over_leaves_the_item) {
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

TEST_P(QueueInOrder, contract_07_a_put_says_the_truth_about_its_item) {
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

TEST_P(QueueAnywhere, contract_08_in_a_cancelled_scope_nothing_is_put_or_taken) {
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

TEST_P(QueueAnywhere, contract_19_a_race_of_gets_takes_one_item) {
  Queue<int> one(1);
  Queue<int> other(1);
  wait(one.put(1));
  wait(other.put(2));
  here(both_filled(one, other));
  EXPECT_EQ(one.size() + other.size(), 1u);
}

Task<> fill_both(Queue<int>& one, Queue<int>& other) {
  auto gap = yield();
  co_await std::move(gap);
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

TEST_P(QueueAnywhere, contract_19_a_race_in_two_queues_takes_one_item_when_both_are_filled_at_once) {
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

TEST_P(QueueAnywhere, contract_19_a_race_never_gives_to_itself) {
  Queue<int> queue(1);
  here(put_against_get(queue));
}

// The same queue from threads that block, callbacks and coroutines.
Task<> sum_up(Queue<int>& queue, std::atomic<long>& sum) {
  while (true) {
    auto item = co_await queue.next();
    if (!item.has_value()) break;
    sum += *item;
  }
}
void call_back_again(Pool& pool, Queue<int>& queue, std::atomic<long>& sum, Event& ended) {
  start(queue.next(), on(pool), [&](Outcome<std::optional<int>> item) {
    if (!item.value().has_value()) return ended.set();
    sum += **item;
    call_back_again(pool, queue, sum, ended);
  });
}

TEST(Queue, contract_36_serves_threads_callbacks_and_coroutines_at_once) {
  constexpr int kItems = 2000;
  Queue<int> queue(8);
  std::atomic<long> sum{0};
  Event callbacks_ended;
  Pool pool({.threads = 2});
  auto task = spawn(pool, sum_up(queue, sum));
  call_back_again(pool, queue, sum, callbacks_ended);
  std::thread getter([&] {
    while (auto item = wait(queue.next())) sum += *item;
  });
  std::thread looper([&] { run(sum_up(queue, sum)); });
  auto put = spawn(pool, produce(queue, 0, kItems));
  std::thread putter([&] {
    for (int i = 0; i < kItems; ++i) wait(queue.put(i));
  });
  putter.join();
  put.get();
  queue.close();
  getter.join();
  looper.join();
  task.get();
  wait(callbacks_ended.wait());
  EXPECT_EQ(sum, 2L * kItems * (kItems - 1) / 2);
}

}  // namespace
}  // namespace ringback

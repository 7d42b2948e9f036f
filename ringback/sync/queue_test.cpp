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
    if (queue != nullptr) {
      EXPECT_EQ(queue->size(), 0u);
    }
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
  co_await std::move(work);
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
  co_await yield();
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
  co_await yield();
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

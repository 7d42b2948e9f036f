// Contract 7: whatever completion and cancellation do to each other, no item is lost or doubled.
#include <atomic>
#include <random>
#include <thread>

#include "ringback/sync/places_test.h"
#include "ringback/sync/queue.h"
#include "ringback/sync/semaphore.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define RINGBACK_TEST_SLOWED
#endif
#endif
#if defined(RINGBACK_TEST_SLOWED)
constexpr int kVirtualItems = 30'000;
constexpr int kThreadedItems = 5'000;
constexpr int kCancelRounds = 2'000;
#else
constexpr int kVirtualItems = 1'000'000;
constexpr int kThreadedItems = 100'000;
constexpr int kCancelRounds = 20'000;
#endif

// Each item once, and each consumer's in the order in which they were put.
class Received {
 public:
  explicit Received(int count) : times_(static_cast<std::size_t>(count)) {}
  void add(int item) { times_[static_cast<std::size_t>(item)].fetch_add(1); }
  void expect_each_once() const {
    int wrong = 0;
    for (const auto& times : times_) wrong += times.load() != 1;
    EXPECT_EQ(wrong, 0);
  }

 private:
  std::vector<std::atomic<int>> times_;
};

// Puts in bursts, at moments that often are those at which a getter's limit passes.
Task<> put_in_bursts(Queue<int>& queue, int count, unsigned seed) {
  std::minstd_rand random(seed);
  for (int item = 0; item < count;) {
    for (unsigned burst = random() % 8 + 1; burst != 0 && item < count; --burst, ++item) co_await queue.put(item);
    co_await sleep(1us * (random() % 3));
  }
  queue.close();
}

// Gets under every kind of limit until the queue has ended. Gives how many attempts took nothing.
Task<int> get_under_limits(Queue<int>& queue, Received& received, unsigned seed) {
  std::minstd_rand random(seed);
  int empty_handed = 0;
  int latest = -1;
  while (true) {
    const Duration limit = 1us * (random() % 3);
    std::optional<int> item;
    bool has_item = false;
    if (random() % 2 == 0) {
      auto ended = co_await outcome(timeout(limit, queue.next()));
      has_item = ended.ok();
      if (has_item) item = *ended;
    } else {
      auto first = co_await race(queue.next(), sleep(limit));
      has_item = first.index() == 0;
      if (has_item) item = std::get<0>(first);
    }
    if (!has_item) {
      ++empty_handed;
      continue;
    }
    if (!item.has_value()) break;
    EXPECT_LT(latest, *item);
    latest = *item;
    received.add(*item);
  }
  co_return empty_handed;
}

TEST(QueueRace, slow_contract_07_gets_under_limits_lose_nothing_on_virtual_time) {
  for (const std::size_t capacity : {1, 7}) {
    Queue<int> queue(capacity);
    Received received(kVirtualItems / 2);
    auto ends = run_at(Place::loop, gather(put_in_bursts(queue, kVirtualItems / 2, 1),
                                           get_under_limits(queue, received, 2), get_under_limits(queue, received, 3)));
    received.expect_each_once();
    EXPECT_GT(std::get<1>(ends), kVirtualItems / 100);  // Otherwise it has tried nothing.
  }
}

// Puts each item under a limit, again until it says that it was put.
Task<> put_under_limits(Queue<int>& queue, int first, int step, int end, unsigned seed) {
  std::minstd_rand random(seed);
  for (int item = first; item < end;) {
    auto ended = co_await outcome(timeout(1us * (random() % 30), queue.put(item)));
    if (ended.ok()) item += step;
  }
}
Task<> put_all(Queue<int>& queue, int end) {
  co_await gather(put_under_limits(queue, 0, 2, end, 1), put_under_limits(queue, 1, 2, end, 2));
  queue.close();
}
Task<> get_unordered(Queue<int>& queue, Received& received, unsigned seed) {
  std::minstd_rand random(seed);
  bool ended = false;
  while (!ended) {
    auto first = co_await race(queue.next(), sleep(1us * (random() % 30)));
    if (first.index() != 0) continue;
    if (auto& item = std::get<0>(first)) {
      received.add(*item);
    } else {
      ended = true;
    }
  }
}

TEST(QueueRace, slow_contract_07_gets_and_puts_under_limits_lose_nothing_between_threads) {
  Queue<int> queue(4);
  Received received(kThreadedItems);
  Pool pool({.threads = 2});
  auto put = spawn(pool, put_all(queue, kThreadedItems));
  auto get = spawn(pool, get_unordered(queue, received, 3));
  std::thread loop([&] { run(get_unordered(queue, received, 4)); });
  put.get();
  get.get();
  loop.join();
  received.expect_each_once();
}

// The item is either delivered or still there, and the outcome says which.
void cancel_meets_put(Executor& executor) {
  Queue<int> queue(1);
  int delivered = 0;
  for (int round = 0; round < kCancelRounds; ++round) {
    auto getting = spawn(executor, queue.get());
    auto put = spawn(executor, [&] { return queue.try_put(round); });
    if (round % 2 == 0) std::this_thread::yield();
    getting.cancel();
    EXPECT_TRUE(put.get());
    bool has_item = true;
    try {
      EXPECT_EQ(getting.get(), round);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::aborted);
      has_item = false;
    }
    delivered += has_item;
    ASSERT_EQ(queue.try_get().has_value(), !has_item);
  }
  testing::Test::RecordProperty("delivered", delivered);
}

TEST(QueueRace, slow_contract_12_cancelled_from_another_thread_an_item_is_delivered_or_still_there) {
  Pool pool({.threads = 2});
  cancel_meets_put(pool);
}

struct Inside {
  Inside(std::atomic<int>& sum, std::size_t added) : total(sum), count(static_cast<int>(added)) {
    now = total += count;
  }
  ~Inside() { total -= count; }
  std::atomic<int>& total;
  const int count;
  int now;
};
Task<> use_permits(Semaphore& semaphore, std::atomic<int>& inside, std::atomic<int>& most, std::size_t count) {
  Permit permit = co_await semaphore.acquire(count);
  Inside counted(inside, count);
  if (counted.now > most.load()) most = counted.now;
  co_await yield();
}

TEST(SemaphoreRace, slow_contract_12_permits_add_up_whatever_is_cancelled_from_where) {
  Pool pool({.threads = 2});
  Semaphore semaphore(3);
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  for (int round = 0; round < kCancelRounds / 10; ++round) {
    std::vector<Future<void>> uses;
    for (std::size_t i = 0; i < 10; ++i) uses.push_back(spawn(pool, use_permits(semaphore, inside, most, i % 3 + 1)));
    for (std::size_t i = 0; i < 10; i += 2) uses[(i * 7 + static_cast<std::size_t>(round)) % 10].cancel();
    for (auto& used : uses) {
      try {
        used.get();
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::aborted);
      }
    }
    ASSERT_EQ(semaphore.available(), 3u);
  }
  EXPECT_LE(most.load(), 3);
}

}  // namespace
}  // namespace ringback

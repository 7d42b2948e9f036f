// What an operation does that has lost its race before it was served: it takes nothing, and whoever
// stands behind it is served in its place. (A race decides that at a moment no test can hit.)
#include "ringback/sync/capacity_limiter.h"
#include "ringback/sync/condition.h"
#include "ringback/sync/event.h"
#include "ringback/sync/places_test.h"
#include "ringback/sync/queue.h"
#include "ringback/sync/rate_limiter.h"

namespace ringback {

using namespace runtime;

namespace {

using namespace std::chrono_literals;

// An operation in a race that somebody else has won: its claims fail. It ends by cancellation.
template <Operation Op>
class [[nodiscard]] Losing final : public Waiter {
 public:
  using value_type = typename Op::value_type;
  explicit Losing(Op&& op) noexcept : op_(std::move(op)) {}
  Losing(Losing&& other) noexcept : op_(std::move(other.op_)) {}

  bool begin(Waiter& outer) noexcept {
    outer_ = &outer;
    raced_.begin_child(outer.context(), Context::raced);
    context_ = &raced_;
    if (!op_.begin(*this)) return false;
    raced_.end();
    return true;
  }
  Outcome<value_type> take() { return op_.take(); }
  void complete() noexcept override {
    raced_.end();
    outer_->complete();
  }
  bool try_claim() noexcept override { return false; }

 private:
  Op op_;
  Waiter* outer_ = nullptr;
  Context raced_;
};
template <Operation Op>
auto losing(Op op) {
  return outcome(timeout(5ms, Losing<Op>(std::move(op))));
}

class Loser : public InEveryPlace {};
INSTANTIATE_TEST_SUITE_P(Places, Loser, kPlacesInOrder, kPlaceName);

template <typename Op>
Task<> gets_nothing(Op op) {
  auto ended = co_await losing(std::move(op));
  EXPECT_FALSE(ended.ok());
}

template <typename Op>
Task<> gets_nothing_past_the_deadline(Op op) {
  auto ended = co_await outcome(timeout(0ms, Losing<Op>(std::move(op))));
  EXPECT_FALSE(ended.ok());
}

TEST_P(Loser, contract_19_takes_nothing_past_the_deadline_either) {
  Semaphore semaphore(1);
  here(gets_nothing_past_the_deadline(semaphore.acquire()));
  EXPECT_EQ(semaphore.available(), 1u);
  Event event;
  event.set();
  here(gets_nothing_past_the_deadline(event.wait()));
  Queue<int> queue(1);
  EXPECT_TRUE(queue.try_put(1));
  here(gets_nothing_past_the_deadline(queue.get()));
  EXPECT_EQ(queue.size(), 1u);
}

// Tells whether it may take without asking; what decides which way the operations above go.
class AsksWhether {
 public:
  using value_type = bool;
  bool begin(Waiter& waiter) noexcept {
    is_free_ = waiter.context().takes_freely();
    return true;
  }
  Outcome<bool> take() { return is_free_; }

 private:
  bool is_free_ = false;
};
Task<bool> asks() { co_return co_await AsksWhether(); }
Task<> ask_everywhere() {
  const bool alone = co_await timeout(1s, asks());
  auto raced = co_await race(AsksWhether(), sleep(1h));
  auto raced_below = co_await race(timeout(1s, shield(AsksWhether())), sleep(1h));
  EXPECT_TRUE(alone);
  EXPECT_FALSE(std::get<0>(raced));
  EXPECT_FALSE(std::get<0>(raced_below));
}

TEST_P(Loser, contract_19_in_a_race_however_deep_an_operation_asks_before_it_takes) { here(ask_everywhere()); }

TEST_P(Loser, contract_19_takes_nothing_of_a_rate_or_a_capacity) {
  RateLimiter rate({.permits = 1, .per = 1h});
  here(gets_nothing(rate.acquire()));
  here(gets_nothing_past_the_deadline(rate.acquire()));
  EXPECT_TRUE(rate.try_acquire());
  CapacityLimiter capacity(1);
  here(gets_nothing(capacity.acquire()));
  here(gets_nothing_past_the_deadline(capacity.acquire()));
  EXPECT_EQ(capacity.usage().in_use, 0U);
  EXPECT_EQ(capacity.usage().waiting, 0U);
}

TEST_P(Loser, contract_19_takes_nothing_of_what_is_there) {
  Semaphore semaphore(1);
  here(gets_nothing(semaphore.acquire()));
  EXPECT_EQ(semaphore.available(), 1u);
  Event event;
  event.set();
  here(gets_nothing(event.wait()));
  Queue<int> queue(2);
  here(gets_nothing(queue.join()));
  here(gets_nothing(queue.put(1)));
  EXPECT_EQ(queue.size(), 0u);
  here(gets_nothing(queue.reserve()));
  EXPECT_TRUE(queue.try_put(1));
  EXPECT_TRUE(queue.try_put(2));
  here(gets_nothing(queue.get()));
  EXPECT_EQ(queue.size(), 2u);
}

Task<> soon(Task<> work) {
  auto own = std::move(work);
  co_await sleep(1ms);
  co_await std::move(own);
}

Task<> release_one(Semaphore& semaphore) {
  semaphore.add_permits(1);
  co_return;
}
Task<> permit_goes_to_the_next(Semaphore& semaphore) {
  auto loser = losing(semaphore.acquire());
  auto next = timeout(4ms, semaphore.acquire());  // Earlier than the loser's end.
  auto all = co_await gather(std::move(loser), std::move(next), soon(release_one(semaphore)));
  EXPECT_FALSE(std::get<0>(all).ok());
}

TEST_P(Loser, contract_34_its_permit_goes_to_the_next_in_line) {
  Semaphore semaphore(0);
  here(permit_goes_to_the_next(semaphore));
  EXPECT_EQ(semaphore.available(), 1u);
}

Task<> put_one(Queue<int>& queue) { co_await queue.put(7); }
Task<> item_goes_to_the_next(Queue<int>& queue) {
  auto loser = losing(queue.get());
  auto next = timeout(4ms, queue.get());
  auto all = co_await gather(std::move(loser), std::move(next), soon(put_one(queue)));
  EXPECT_FALSE(std::get<0>(all).ok());
  EXPECT_EQ(std::get<1>(all), 7);
}
Task<> item_stays(Queue<int>& queue) {
  auto all = co_await gather(losing(queue.get()), soon(put_one(queue)));
  EXPECT_FALSE(std::get<0>(all).ok());
}

TEST_P(Loser, contract_34_its_item_goes_to_the_next_in_line_or_stays) {
  Queue<int> queue(1);
  here(item_goes_to_the_next(queue));
  EXPECT_EQ(queue.size(), 0u);
  here(item_stays(queue));
  EXPECT_EQ(queue.size(), 1u);
}

Task<> get_one(Queue<int>& queue, int expected) {
  const int item = co_await queue.get();
  EXPECT_EQ(item, expected);
}
Task<> place_goes_to_the_next(Queue<int>& queue) {
  co_await queue.put(1);
  auto loser = losing(queue.put(2));
  auto other = losing(queue.reserve());
  auto next = timeout(4ms, queue.put(3));
  auto all = co_await gather(std::move(loser), std::move(other), std::move(next), soon(get_one(queue, 1)));
  EXPECT_FALSE(std::get<0>(all).ok());
  EXPECT_FALSE(std::get<1>(all).ok());
  co_await get_one(queue, 3);
}

TEST_P(Loser, contract_34_its_place_goes_to_the_next_in_line) {
  Queue<int> queue(1);
  here(place_goes_to_the_next(queue));
  EXPECT_EQ(queue.size(), 0u);
}

Task<> set_event(Event& event) {
  event.set();
  co_return;
}
Task<> event_comes(Event& event) {
  auto all = co_await gather(losing(event.wait()), timeout(4ms, event.wait()), soon(set_event(event)));
  EXPECT_FALSE(std::get<0>(all).ok());
}

TEST_P(Loser, does_not_see_the_event) {
  Event event;
  here(event_comes(event));
}

Task<> wait_and_lose(Condition& condition, Mutex& mutex) {
  MutexLock lock = co_await mutex.lock();
  auto ended = co_await losing(condition.wait(lock));
  EXPECT_FALSE(ended.ok());
  EXPECT_TRUE(lock.is_held());
}
Task<> wait_behind(Condition& condition, Mutex& mutex) {
  MutexLock lock = co_await mutex.lock();
  co_await timeout(4ms, condition.wait(lock));
}
Task<> notify(Condition& condition) {
  condition.notify_one();
  co_return;
}
Task<> notification_goes_on(Condition& condition, Mutex& mutex) {
  co_await gather(wait_and_lose(condition, mutex), wait_behind(condition, mutex), soon(notify(condition)));
}

TEST_P(Loser, contract_34_its_notification_goes_to_the_next_and_its_lock_comes_back) {
  Condition condition;
  Mutex mutex;
  here(notification_goes_on(condition, mutex));
}

// In a race the way is another one than alone, past the deadline too.
Task<> one_attempt(Semaphore& semaphore, Queue<int>& queue, Event& event) {
  auto permit = co_await race(timeout(0ms, semaphore.acquire()), sleep(1h));
  EXPECT_EQ(permit.index(), 0u);
  auto item = co_await race(timeout(0ms, queue.get()), sleep(1h));
  EXPECT_EQ(item.index(), 0u);
  auto place = co_await race(timeout(0ms, queue.put(2)), sleep(1h));
  EXPECT_EQ(place.index(), 0u);
  auto happened = co_await race(timeout(0ms, event.wait()), sleep(1h));
  EXPECT_EQ(happened.index(), 0u);
}

TEST_P(Loser, contract_10_a_raced_attempt_past_the_deadline_takes_what_is_there) {
  Semaphore semaphore(1);
  Queue<int> queue(1);
  Event event;
  event.set();
  EXPECT_TRUE(queue.try_put(1));
  here(one_attempt(semaphore, queue, event));
  EXPECT_EQ(queue.try_get(), 2);
}

}  // namespace
}  // namespace ringback

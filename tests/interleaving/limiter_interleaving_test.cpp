// What limiters hand out, as it meets those who give up, come later, or change how much there is.
#include <memory>
#include <optional>

#include "ringback/async/future.h"
#include "ringback/async/race.h"
#include "ringback/sync/capacity_limiter.h"
#include "ringback/sync/rate_limiter.h"
#include "tests/interleaving/place_test.h"

namespace ringback::interleaving {
namespace {

using namespace std::chrono_literals;

TEST(CapacityLimiterOrders, a_lease_meets_the_wait_for_it_and_its_cancellation) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    CapacityLimiter limiter(1);
    std::optional<Lease> held = limiter.try_acquire();
    Waiting waiting(pool, limiter.acquire());
    model.thread("give", [&] { held.reset(); });
    model.thread("cancel", [&] { waiting.cancel(); });
    waiting.begin();
    pool.join();
    model.expect(waiting.was_told_once(), "the waiter is told once");
    model.expect(limiter.usage().in_use == (waiting.has_value() ? 1u : 0u), "the lease is given, or free");
    waiting.outcome().reset();
    model.expect(limiter.usage().in_use == 0 && limiter.usage().waiting == 0, "it comes back");
  });
}

TEST(CapacityLimiterOrders, a_lease_that_comes_back_as_somebody_begins_to_wait_is_given) {
  in_every_order({.preemptions = 3}, [](Case& model, HandPool& pool) {
    CapacityLimiter limiter(1);
    std::optional<Lease> held = limiter.try_acquire();
    Waiting waiting(pool, limiter.acquire());
    model.thread("give", [&] { held.reset(); });
    waiting.begin();
    pool.join();
    model.expect(waiting.was_told_once() && waiting.has_value(), "the waiter has it");
  });
}

TEST(CapacityLimiterOrders, a_capacity_that_grows_lets_in_who_has_not_given_up) {
  in_every_order({.preemptions = 3}, [](Case& model, HandPool& pool) {
    CapacityLimiter limiter(0);
    Waiting first(pool, limiter.acquire());
    Waiting second(pool, limiter.acquire());
    first.begin();
    second.begin();
    model.thread("grow", [&] { limiter.set_capacity(1); });
    model.thread("cancel", [&] { first.cancel(); });
    pool.join();
    model.expect(first.was_told_once(), "the first is told once");
    model.expect(second.was_told_once() != first.has_value(), "one of them is in");
    first.outcome().reset();
    pool.work();
    model.expect(second.was_told_once() && second.has_value(), "then the second");
  });
}

TEST(CapacityLimiterOrders, a_capacity_that_shrinks_as_a_lease_comes_back_loses_nobody) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    CapacityLimiter limiter(1);
    std::optional<Lease> held = limiter.try_acquire();
    Waiting waiting(pool, limiter.acquire());
    model.thread("give", [&] { held.reset(); });
    model.thread("shrink", [&] { limiter.set_capacity(0); });
    waiting.begin();
    pool.join();
    const CapacityLimiter::Usage usage = limiter.usage();
    model.expect(usage.in_use + usage.waiting == 1, "who waits is in, or in line");
    model.expect(waiting.was_told_once() == (usage.in_use == 1), "and knows which");
    limiter.set_capacity(1);
    pool.work();
    model.expect(waiting.was_told_once() && waiting.has_value(), "it gets in");
  });
}

TEST(CapacityLimiterOrders, what_comes_to_a_loser_of_a_race_goes_to_who_is_behind_it) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    CapacityLimiter one(1);
    CapacityLimiter two(1);
    std::optional<Lease> of_one = one.try_acquire();
    std::optional<Lease> of_two = two.try_acquire();
    Waiting racing(pool, race(one.acquire(), two.acquire()));
    Waiting behind(pool, one.acquire());
    racing.begin();
    behind.begin();
    pool.worker("one", [&] { of_one.reset(); });
    model.thread("two", [&] { of_two.reset(); });
    pool.join();
    model.expect(racing.was_told_once() && racing.has_value(), "one wins");
    model.expect(one.usage().in_use == 1, "who won has it, or who is behind");
    racing.outcome().reset();
    pool.work();
    model.expect(behind.was_told_once() && behind.has_value(), "who is behind has it in the end");
    model.expect(two.usage().in_use == 0, "nothing is held for nobody");
  });
}

TEST(CapacityLimiterOrders, who_looks_at_the_line_sees_only_who_is_there) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    CapacityLimiter limiter(0);
    Waiting first(pool, limiter.acquire());
    Waiting second(pool, limiter.acquire());
    first.begin();
    pool.worker("cancel", [&] { first.cancel(); });
    model.thread("come", [&] { second.begin(); });
    model.expect(limiter.waiting().size() <= 2, "there were never more");
    pool.join();
    limiter.set_capacity(1);
    pool.work();
    model.expect(second.was_told_once() && second.has_value(), "who stays is served");
  });
}

constexpr Rate kOneEachMillisecond{.permits = 1, .per = 1ms, .burst = 1};

// All that it has saved up.
void use_up(TimedHandPool& pool, RateLimiter& limiter) {
  pool.call([&]() noexcept { RINGBACK_CHECK(limiter.try_acquire(), "it is full at first"); });
}

// The first waits, for a permit that is there in a millisecond.
struct RateLine {
  explicit RateLine(TimedHandPool& pool) : first(pool, limiter.acquire()), second(pool, limiter.acquire()) {
    use_up(pool, limiter);
    first.begin();
  }

  RateLimiter limiter{kOneEachMillisecond};
  Waiting<RateLimiter::Acquire> first;
  Waiting<RateLimiter::Acquire> second;
};

TEST(RateLimiterOrders, a_permit_that_comes_in_time_meets_a_cancellation) {
  in_every_order({.preemptions = 2}, [](Case& model, TimedHandPool& pool) {
    RateLine line(pool);
    line.second.begin();
    pool.pass(1ms);
    pool.worker("time", [&] { pool.expire(); });
    model.thread("cancel", [&] { line.first.cancel(); });
    pool.join();
    model.expect(line.first.was_told_once(), "the first is told once");
    model.expect(line.second.was_told_once() != line.first.has_value(), "one has the permit");
    pool.wait(1ms);
    model.expect(line.second.was_told_once() && line.second.has_value(), "the second has one in the end");
  });
}

TEST(RateLimiterOrders, whoever_lines_up_as_the_one_before_is_served_is_served_in_its_time) {
  in_every_order({.preemptions = 3}, [](Case& model, TimedHandPool& pool) {
    RateLine line(pool);
    pool.pass(1ms);
    pool.worker("time", [&] { pool.expire(); });
    line.second.begin();
    pool.join();
    model.expect(line.first.was_told_once() && line.first.has_value(), "the first has it");
    model.expect(!line.second.was_told_once(), "the second comes later");
    pool.wait(1ms);
    model.expect(line.second.was_told_once() && line.second.has_value(), "and is served");
  });
}

TEST(RateLimiterOrders, whoever_lines_up_as_the_first_gives_up_is_served_in_its_time) {
  in_every_order({.preemptions = 3}, [](Case& model, TimedHandPool& pool) {
    RateLine line(pool);
    model.thread("cancel", [&] { line.first.cancel(); });
    line.second.begin();
    pool.join();
    model.expect(line.first.was_told_once() && !line.first.has_value(), "there was no permit for the first");
    pool.wait(1ms);
    model.expect(line.second.was_told_once() && line.second.has_value(), "there is one for the second");
  });
}

// On a Loop of its own thread, behind somebody on a Pool: who leaves the line has that loop set the alarm.
void a_first_on_another_executor(Case& model, TimedHandPool& pool, bool gives_up) {
  RateLimiter limiter(kOneEachMillisecond);
  use_up(pool, limiter);
  Waiting first(pool, limiter.acquire());
  first.begin();
  auto loop = std::make_unique<Loop>();
  std::optional<Future<void>> second(spawn(*loop, limiter.acquire()));
  model.thread("first", [&] { first.cancel(); });
  if (gives_up) model.thread("second", [&] { second->cancel(); });
  loop->drive([&] { return second->is_done() && loop->owns_nothing(); });
  model.expect(gives_up || second->outcome().ok(), "the second is served");
  loop.reset();
  pool.join();
  second.reset();
  model.expect(first.was_told_once() && !first.has_value(), "there was no permit for the first");
}

TEST(RateLimiterOrders, the_alarm_goes_over_to_the_next_on_another_executor) {
  in_every_order({.preemptions = 2},
                 [](Case& model, TimedHandPool& pool) { a_first_on_another_executor(model, pool, false); });
}

TEST(RateLimiterOrders, the_alarm_goes_over_to_one_who_gives_up) {
  in_every_order({.preemptions = 1, .counts_every_switch = true},
                 [](Case& model, TimedHandPool& pool) { a_first_on_another_executor(model, pool, true); });
}

}  // namespace
}  // namespace ringback::interleaving

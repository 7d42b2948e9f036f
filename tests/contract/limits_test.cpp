// Limits: how many a second, how many at once, and how long one task may have a loop to itself.
#include <algorithm>

#include "ringback/async/gather.h"
#include "ringback/async/scope.h"
#include "ringback/sync/capacity_limiter.h"
#include "ringback/sync/rate_limiter.h"
#include "tests/contract/models.h"

namespace ringback {
namespace {

class Limits : public InEveryModel {};
RINGBACK_IN_EVERY_MODEL(Limits);

constexpr Duration kEach = 500us;  // between two permits

// True where a permit was given within `limit`.
Task<bool> acquire_within(RateLimiter& limiter, Duration limit) {
  const auto end = co_await outcome(timeout(limit, limiter.acquire()));
  co_return end.ok();
}

TEST_P(Limits, of_a_rate_are_kept_whoever_gives_up_contract_37) {
  run_here([this]() -> Task<> {
    RateLimiter limiter({.permits = 2000, .per = 1s, .burst = 1});
    const TimePoint start = now();
    std::vector<Task<bool>> waits;
    // Every other one gives up before its turn.
    for (int i = 0; i < 20; ++i) waits.push_back(acquire_within(limiter, i % 2 == 0 ? 1h : 100us));
    const std::vector<bool> given = co_await gather(std::move(waits));
    const auto count = std::count(given.begin(), given.end(), true);
    EXPECT_GE(count, 10) << "who does not give up is served";
    EXPECT_GE(now() - start, (count - 1) * kEach) << "one at a time";
    if (has_own_time()) {
      EXPECT_EQ(now() - start, (count - 1) * kEach) << "those who gave up have used up nothing";
    }
  });
}

Task<> use(CapacityLimiter& limiter, std::atomic<int>& now_in_use, std::atomic<int>& most) {
  auto lease = co_await limiter.acquire();
  const int in_use = ++now_in_use;
  for (int seen = most; in_use > seen && !most.compare_exchange_weak(seen, in_use);) continue;
  const auto rest = co_await outcome(sleep(50us));
  --now_in_use;
  if (!rest.ok()) rest.value();
}

Task<> use_within(Duration limit, CapacityLimiter& limiter, std::atomic<int>& now_in_use, std::atomic<int>& most) {
  co_await timeout(limit, use(limiter, now_in_use, most));
}

TEST_P(Limits, of_how_many_at_once_are_kept_whoever_gives_up_contract_37) {
  run_here([]() -> Task<> {
    CapacityLimiter limiter(3);
    std::atomic<int> in_use{0};
    std::atomic<int> most{0};
    std::vector<Task<>> users;
    for (int i = 0; i < 40; ++i) users.push_back(use_within(i % 2 == 0 ? 1h : 75us, limiter, in_use, most));
    const auto ends = co_await gather_outcomes(std::move(users));
    const auto served = std::count_if(ends.begin(), ends.end(), [](const auto& end) { return end.ok(); });
    EXPECT_GE(served, 20) << "who does not give up is served";
    EXPECT_EQ(most, 3);
    EXPECT_EQ(in_use, 0);
    std::vector<Lease> all;
    for (int i = 0; i < 3; ++i) all.push_back(*limiter.try_acquire());
    EXPECT_FALSE(limiter.try_acquire().has_value()) << "as many as ever, and no more";
  });
}

TEST_P(Limits, a_task_whose_awaits_all_complete_at_once_lets_others_run_contract_39) {
  run_here([]() -> Task<> {
    const Alone alone;
    Event always;
    always.set();
    bool has_other_run = false;
    const auto note = [](bool& has_run) -> Task<> {
      has_run = true;
      co_return;
    };
    int awaits = 0;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.spawn(note(has_other_run));
      while (!has_other_run && awaits < 10'000) {
        co_await always.wait();
        ++awaits;
      }
    });
    EXPECT_LE(awaits, 257);
  });
}

}  // namespace
}  // namespace ringback

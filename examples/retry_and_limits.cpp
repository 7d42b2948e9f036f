// Trying again; at most so many a second; at most so many at once.
#include <cstdio>
#include <string>
#include <vector>

#include "ringback/async/retry.h"
#include "ringback/async/run.h"
#include "ringback/async/scope.h"
#include "ringback/async/timeout.h"
#include "ringback/driver/virtual_driver.h"
#include "ringback/stream/operators.h"
#include "ringback/sync/capacity_limiter.h"
#include "ringback/sync/rate_limiter.h"

using namespace ringback;
using namespace std::chrono_literals;

double seconds_since(TimePoint start) { return std::chrono::duration<double>(now() - start).count(); }

// Refuses the first two calls.
Task<std::string> call_service(int& calls) {
  co_await sleep(10ms);
  if (++calls <= 2) throw Error(ErrorKind::refused, "connect", "nobody listens");
  co_return "hello";
}

// [retry]
Task<> try_again() {
  int calls = 0;
  RetryOptions options{.attempts = 5, .wait = {.first = 100ms, .factor = 2, .jitter = 0}};
  options.on_retry = [](const Failure& failure, std::size_t attempt, Duration wait) {
    std::printf("attempt %zu: %s; again in %d ms\n", attempt, failure.describe().c_str(), static_cast<int>(wait / 1ms));
  };
  // Each attempt has a limit of its own, and all of it one too.
  auto attempt = [&] { return timeout(1s, call_service(calls)); };
  auto text = co_await timeout(10s, retry(attempt, options));
  std::printf("%s\n", text.c_str());
}
// [/retry]

// [give_up]
Task<> give_up() {
  int calls = -100;
  auto ended = co_await outcome(retry([&] { return call_service(calls); }, {.attempts = 3}));
  for (const Failure& more : ended.failure().error()->suppressed()) std::printf("%s\n", more.describe().c_str());
}
// [/give_up]

// [rate]
Task<int> polite(RateLimiter& limiter, int item) {
  co_await limiter.acquire();
  co_return item;
}

Task<> at_most_ten_a_second() {
  RateLimiter limiter({.permits = 10, .per = 1s, .burst = 2});
  const TimePoint start = now();
  auto items = stream::from(std::vector<int>{1, 2, 3, 4, 5});
  auto calm = stream::map(std::move(items), [&](int item) { return polite(limiter, item); });
  co_await stream::for_each(std::move(calm),
                            [&](int item) { std::printf("%.1f s  %d\n", seconds_since(start), item); });
}
// [/rate]

// [capacity]
Task<> use(CapacityLimiter& connections, int user) {
  auto lease = co_await connections.acquire();  // given back when `lease` dies
  std::printf("user %d is in\n", user);
  co_await sleep(1s);
}

Task<> adapt() {
  CapacityLimiter connections(1);
  co_await with_scope([&](Scope& scope) -> Task<> {
    for (int user = 1; user <= 4; ++user) scope.spawn(use(connections, user));
    co_await sleep(500ms);
    std::printf("%zu wait\n", connections.usage().waiting);
    connections.set_capacity(3);  // the service has recovered
    co_await sleep(100ms);
    std::printf("%zu wait\n", connections.usage().waiting);
  });
}
// [/capacity]

Task<> all() {
  co_await try_again();
  co_await give_up();
  co_await at_most_ten_a_second();
  co_await adapt();
}

int main() { run(all(), {.loop = {.driver = std::make_unique<VirtualDriver>()}}); }

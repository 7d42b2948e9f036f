// Limits on how long something may take; what runs into one is really stopped.
//
// On virtual time, so the seconds printed are exact and take none.
#include <cstdio>

#include "ringback/async/outcome_of.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "ringback/async/wait.h"
#include "ringback/driver/virtual_driver.h"

using namespace ringback;
using namespace std::chrono_literals;

double seconds() {
  static const TimePoint begin = inline_loop().now();
  return std::chrono::duration<double>(inline_loop().now() - begin).count();
}

Task<const char*> slow_operation(Duration length) {
  co_await sleep(length);
  co_return "done";
}

// [catch]
Task<> with_timeout() {
  try {
    auto result = co_await timeout(1s, slow_operation(5s));
    std::printf("result: %s\n", result);
  } catch (const TimeoutError&) {
    std::printf("%.1f s  timed out\n", seconds());
  }
}
// [/catch]

// [value]
// The same without a throw: the end is a value that can be looked at.
Task<> as_a_value() {
  auto result = co_await outcome(timeout(1s, slow_operation(5s)));
  std::printf("%.1f s  %s\n", seconds(), result ? *result : result.failure().describe().c_str());
}
// [/value]

// [nested]
// A limit for each attempt, inside a limit for all of them. Only the inner one is a TimeoutError
// here; when the outer one passes, this task is cancelled, which no `catch` of errors swallows.
Task<> attempts() {
  for (int attempt = 1;; ++attempt) {
    try {
      co_await timeout(2s, slow_operation(5s));
    } catch (const TimeoutError&) {
      std::printf("%.1f s  attempt %d failed\n", seconds(), attempt);
    }
  }
}
// [/nested]

// [deadline]
// One moment for several steps, however long each of them takes.
Task<> until_a_moment() {
  const Deadline at = Deadline::at(inline_loop().now() + 3s);
  auto first = co_await deadline(at, slow_operation(2s));
  std::printf("%.1f s  %s\n", seconds(), first);
  auto second = co_await outcome(deadline(at, slow_operation(2s)));
  std::printf("%.1f s  %s\n", seconds(), second.failure().describe().c_str());
}
// [/deadline]

int main() {
  set_inline_driver(std::make_unique<VirtualDriver>());
  seconds();
  wait(with_timeout());
  wait(as_a_value());
  auto all = wait_outcome(timeout(5s, attempts()));
  std::printf("%.1f s  all attempts: %s\n", seconds(), all.failure().describe().c_str());
  wait(until_a_moment());
}

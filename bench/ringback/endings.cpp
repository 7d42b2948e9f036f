// Ours: callbacks, errors, cancellation and timeouts.
#include "bench/program.h"
#include "ringback/async/run.h"
#include "ringback/async/scope.h"
#include "ringback/async/sleep.h"
#include "ringback/async/start.h"
#include "ringback/async/timeout.h"
#include "ringback/sync/event.h"

using namespace ringback;
using namespace std::chrono_literals;

namespace {

// A function the compiler cannot see through, as a user's callback in another file.
[[gnu::noinline]] std::uint64_t work(std::uint64_t x) {
  asm volatile("" : "+r"(x));
  return x;
}
const bench::Workload kCallback("callback", [](std::uint64_t count) {
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    start([i] { return work(i); }, on(Inline{}), [&sum](const Outcome<std::uint64_t>& value) { sum += *value; });
  }
  return sum;
});

Task<std::uint64_t> fail_below(std::uint64_t depth) {
  if (depth == 0) throw Error(ErrorKind::refused, "bench", "no one is there");
  co_return co_await fail_below(depth - 1);
}
Task<std::uint64_t> catch_all(std::uint64_t count) {
  std::uint64_t caught = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    try {
      co_await fail_below(bench::kErrorDepth - 1);
    } catch (const Error& error) {
      caught += error.kind() == ErrorKind::refused ? 1 : 0;
    }
  }
  co_return caught;
}
const bench::Workload kError("error", [](std::uint64_t count) { return run(catch_all(count)); });

// Counts the tasks that end.
struct EndCounter {
  std::uint64_t& ended;
  ~EndCounter() { ++ended; }
};
Task<> wait_until_cancelled(Event& event, std::uint64_t& ended) {
  const EndCounter counter{ended};
  co_await event.wait();
}
const bench::Workload kCancel("cancel", [](std::uint64_t count) {
  Event never;
  std::uint64_t ended = 0;
  run(with_scope([&never, &ended, count](Scope& scope) -> Task<> {
    for (std::uint64_t i = 0; i < count; ++i) scope.spawn(wait_until_cancelled(never, ended));
    co_await yield();  // now all wait
    scope.cancel();
  }));
  return ended;
});

template <typename MakeOperation>
Task<std::uint64_t> time_out(std::uint64_t count, MakeOperation make) {
  std::uint64_t done = 0;
  for (; done < count; ++done) co_await timeout(1s, make());
  co_return done;
}
const bench::Workload kTimeout("timeout", [](std::uint64_t count) {
  Event happened;
  happened.set();
  return run(time_out(count, [&happened] { return happened.wait(); }));
});
const bench::Workload kTimeoutYield("timeout_yield", [](std::uint64_t count) { return run(time_out(count, yield)); });

}  // namespace

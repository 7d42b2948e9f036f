// Ours: tasks that sleep, all at once.
#include "bench/program.h"
#include "ringback/async/run.h"
#include "ringback/async/scope.h"
#include "ringback/async/sleep.h"

using namespace ringback;

namespace {

Task<> sleeper(std::uint64_t& sum, std::uint64_t i, Duration length) {
  co_await sleep(length);
  sum += i;
}

template <typename Length>
std::uint64_t sleep_all(std::uint64_t count, Length length) {
  std::uint64_t sum = 0;
  run(with_scope([count, &sum, length](Scope& scope) -> Task<> {
    for (std::uint64_t i = 0; i < count; ++i) scope.spawn(sleeper(sum, i, length(i)));
    co_return;
  }));
  return sum;
}

const bench::Workload kSleepers("sleepers", [](std::uint64_t count) {
  return sleep_all(count, [](std::uint64_t) { return bench::kSleep; });
});
const bench::Workload kSpread("sleepers_spread",
                              [](std::uint64_t count) { return sleep_all(count, bench::spread_sleep); });

}  // namespace

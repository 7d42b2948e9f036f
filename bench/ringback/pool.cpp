// Ours: a pool of two workers.
#include <atomic>
#include <semaphore>

#include "bench/program.h"
#include "ringback/async/on.h"
#include "ringback/async/run.h"
#include "ringback/async/scope.h"
#include "ringback/exec/pool.h"

using namespace ringback;

namespace {

PoolOptions two_workers(std::uint64_t count) {
  PoolOptions options;
  options.threads = 2;
  options.queue_max = count;  // as unbounded as the others
  return options;
}

Task<> count_one(std::atomic<std::uint64_t>& done) {
  done.fetch_add(1, std::memory_order_relaxed);
  co_return;
}
const bench::Workload kInside("pool_inside", [](std::uint64_t count) {
  std::atomic<std::uint64_t> done = 0;
  Pool pool(two_workers(count));
  spawn(pool, with_scope([&done, count](Scope& scope) -> Task<> {
          for (std::uint64_t i = 0; i < count; ++i) scope.spawn(count_one(done));
          co_return;
        }))
      .get();
  return done.load();
});

const bench::Workload kOutside("pool_outside", [](std::uint64_t count) {
  std::atomic<std::uint64_t> done = 0;
  std::binary_semaphore all(0);
  Pool pool(two_workers(count));
  for (std::uint64_t i = 0; i < count; ++i) {
    spawn(pool, [&done, &all, count] {
      if (done.fetch_add(1, std::memory_order_relaxed) + 1 == count) all.release();
    });
  }
  all.acquire();
  return done.load();
});

Task<std::uint64_t> there_and_back(std::uint64_t count) {
  Pool pool(two_workers(64));
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t value = co_await on(pool, [i] { return i; });
    sum += value;
  }
  co_return sum;
}
const bench::Workload kRoundTrip("pool_round_trip", [](std::uint64_t count) { return run(there_and_back(count)); });

}  // namespace

// Asio with callbacks: what is posted, and timers.
#include <asio.hpp>
#include <deque>
#include <future>

#include "bench/program.h"

namespace {

class SpawnBatches {
 public:
  SpawnBatches(asio::io_context& context, std::uint64_t count) : context_(context), count_(count) {}

  void next() {
    left_ = bench::kBatch;
    for (std::uint64_t i = at_; i < at_ + bench::kBatch; ++i) asio::post(context_, [this, i] { add(i); });
    at_ += bench::kBatch;
  }
  std::uint64_t sum() const { return sum_; }

 private:
  void add(std::uint64_t i) {
    sum_ += i;
    if (--left_ == 0 && at_ < count_) next();
  }

  asio::io_context& context_;
  std::uint64_t count_;
  std::uint64_t at_ = 0;
  std::uint64_t left_ = 0;
  std::uint64_t sum_ = 0;
};
const bench::Workload kSpawn("spawn", [](std::uint64_t count) {
  asio::io_context context(1);
  SpawnBatches batches(context, count);
  batches.next();
  context.run();
  return batches.sum();
});

struct Yielder {
  asio::io_context& context;
  std::uint64_t left;
  std::uint64_t& done;
  void go() {
    ++done;
    if (--left != 0) asio::post(context, [this] { go(); });
  }
};
const bench::Workload kYield("yield", [](std::uint64_t count) {
  asio::io_context context(1);
  std::uint64_t done = 0;
  std::deque<Yielder> yielders;
  for (std::uint64_t i = 0; i < bench::kYielders; ++i) {
    Yielder& yielder = yielders.emplace_back(Yielder{context, count / bench::kYielders, done});
    asio::post(context, [&yielder] { yielder.go(); });
  }
  context.run();
  return done;
});

template <typename Length>
std::uint64_t sleep_all(std::uint64_t count, Length length) {
  asio::io_context context(1);
  std::uint64_t sum = 0;
  std::deque<asio::steady_timer> timers;
  for (std::uint64_t i = 0; i < count; ++i) {
    timers.emplace_back(context, length(i)).async_wait([&sum, i](asio::error_code) { sum += i; });
  }
  context.run();
  return sum;
}
const bench::Workload kSleepers("sleepers", [](std::uint64_t count) {
  return sleep_all(count, [](std::uint64_t) { return bench::kSleep; });
});
const bench::Workload kSpread("sleepers_spread",
                              [](std::uint64_t count) { return sleep_all(count, bench::spread_sleep); });

const bench::Workload kOutside("pool_outside", [](std::uint64_t count) {
  std::atomic<std::uint64_t> done = 0;
  asio::thread_pool pool(2);
  for (std::uint64_t i = 0; i < count; ++i) {
    asio::post(pool, [&done] { done.fetch_add(1, std::memory_order_relaxed); });
  }
  pool.join();
  return done.load();
});
const bench::Workload kInside("pool_inside", [](std::uint64_t count) {
  std::atomic<std::uint64_t> done = 0;
  asio::thread_pool pool(2);
  asio::post(pool, [&] {
    for (std::uint64_t i = 0; i < count; ++i) {
      asio::post(pool, [&done] { done.fetch_add(1, std::memory_order_relaxed); });
    }
  });
  pool.join();
  return done.load();
});

// From the loop to a worker and back.
class RoundTrips {
 public:
  RoundTrips(asio::io_context& context, asio::thread_pool& pool, std::uint64_t count)
      : context_(context), pool_(pool), count_(count) {}
  void next() {
    asio::post(pool_, [this, work = asio::make_work_guard(context_)] {
      const std::uint64_t value = i_;
      asio::post(context_, [this, value] {
        sum_ += value;
        if (++i_ < count_) next();
      });
    });
  }
  std::uint64_t sum() const { return sum_; }

 private:
  asio::io_context& context_;
  asio::thread_pool& pool_;
  std::uint64_t count_;
  std::uint64_t i_ = 0;
  std::uint64_t sum_ = 0;
};
const bench::Workload kRoundTrip("pool_round_trip", [](std::uint64_t count) {
  asio::io_context context(1);
  asio::thread_pool pool(2);
  RoundTrips trips(context, pool, count);
  trips.next();
  context.run();
  return trips.sum();
});

}  // namespace

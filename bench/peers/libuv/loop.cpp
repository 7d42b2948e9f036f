// libuv: timers, and its pool of threads.
#include <uv.h>

#include <atomic>
#include <cstdlib>
#include <deque>

#include "bench/program.h"

namespace {

struct Sleeper {
  uv_timer_t timer;
  std::uint64_t value;
  std::uint64_t* sum;
};

template <typename Length>
std::uint64_t sleep_all(std::uint64_t count, Length length) {
  uv_loop_t loop;
  uv_loop_init(&loop);
  std::uint64_t sum = 0;
  std::deque<Sleeper> sleepers(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    Sleeper& sleeper = sleepers[i];
    sleeper.value = i;
    sleeper.sum = &sum;
    sleeper.timer.data = &sleeper;
    uv_timer_init(&loop, &sleeper.timer);
    const auto woken = [](uv_timer_t* timer) {
      const Sleeper& self = *static_cast<Sleeper*>(timer->data);
      *self.sum += self.value;
      uv_close(reinterpret_cast<uv_handle_t*>(timer), nullptr);
    };
    uv_timer_start(&sleeper.timer, woken, length(i), 0);
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_loop_close(&loop);
  return sum;
}
const bench::Workload kSleepers("sleepers", [](std::uint64_t count) {
  return sleep_all(count, [](std::uint64_t) { return std::uint64_t{100}; });
});
// Its timers have milliseconds only.
const bench::Workload kSpread("sleepers_spread", [](std::uint64_t count) {
  return sleep_all(count, [](std::uint64_t i) {
    return static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::milliseconds>(bench::spread_sleep(i)).count());
  });
});

void two_workers() { setenv("UV_THREADPOOL_SIZE", "2", 1); }

std::atomic<std::uint64_t> done = 0;
void count_one(uv_work_t*) { done.fetch_add(1, std::memory_order_relaxed); }

// Work can be queued from the loop's thread only.
const bench::Workload kOutside("pool_outside", [](std::uint64_t count) {
  two_workers();
  uv_loop_t loop;
  uv_loop_init(&loop);
  std::deque<uv_work_t> jobs(count);
  for (uv_work_t& job : jobs) uv_queue_work(&loop, &job, count_one, [](uv_work_t*, int) {});
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_loop_close(&loop);
  return done.load();
});

struct Trip {
  uv_work_t work;
  uv_loop_t loop;
  std::uint64_t count;
  std::uint64_t i;
  std::uint64_t value;
  std::uint64_t sum;
};
void next(Trip& trip) {
  uv_queue_work(
      &trip.loop, &trip.work,
      [](uv_work_t* work) {
        Trip& self = *static_cast<Trip*>(work->data);
        self.value = self.i;
      },
      [](uv_work_t* work, int) {
        Trip& self = *static_cast<Trip*>(work->data);
        self.sum += self.value;
        if (++self.i < self.count) next(self);
      });
}
const bench::Workload kRoundTrip("pool_round_trip", [](std::uint64_t count) {
  two_workers();
  Trip trip{};
  trip.count = count;
  trip.work.data = &trip;
  uv_loop_init(&trip.loop);
  next(trip);
  uv_run(&trip.loop, UV_RUN_DEFAULT);
  uv_loop_close(&trip.loop);
  return trip.sum;
});

}  // namespace

// oneTBB: its tasks as a pool, and its bounded queue between two threads.
#include <tbb/concurrent_queue.h>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include <atomic>
#include <thread>

#include "bench/program.h"

namespace {

// One thread: the caller runs the tasks itself, in wait().
const bench::Workload kSpawn("spawn", [](std::uint64_t count) {
  tbb::task_arena arena(1);
  std::uint64_t sum = 0;
  arena.execute([&] {
    tbb::task_group children;
    for (std::uint64_t at = 0; at < count; at += bench::kBatch) {
      for (std::uint64_t i = at; i < at + bench::kBatch; ++i) children.run([&sum, i] { sum += i; });
      children.wait();
    }
  });
  return sum;
});

// Two workers beside the thread that submits, which does not help while it does.
const bench::Workload kOutside("pool_outside", [](std::uint64_t count) {
  const tbb::global_control threads(tbb::global_control::max_allowed_parallelism, 3);
  tbb::task_arena arena(2, 0);
  std::atomic<std::uint64_t> done = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    arena.enqueue([&done, count] {
      if (done.fetch_add(1, std::memory_order_relaxed) + 1 == count) done.notify_one();
    });
  }
  for (std::uint64_t seen = done; seen != count; seen = done) done.wait(seen);
  return done.load();
});

const bench::Workload kInside("pool_inside", [](std::uint64_t count) {
  tbb::task_arena arena(2);
  std::atomic<std::uint64_t> done = 0;
  arena.execute([&] {
    tbb::task_group jobs;
    for (std::uint64_t i = 0; i < count; ++i) jobs.run([&done] { done.fetch_add(1, std::memory_order_relaxed); });
    jobs.wait();
  });
  return done.load();
});

// The caller waits in the arena, as an arena's users do.
const bench::Workload kRoundTrip("pool_round_trip", [](std::uint64_t count) {
  const tbb::global_control threads(tbb::global_control::max_allowed_parallelism, 2);
  tbb::task_arena arena(1, 0);
  std::uint64_t sum = 0;
  std::atomic<std::uint64_t> answer = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    arena.enqueue([&answer, i] {
      answer.store(i + 1, std::memory_order_release);
      answer.notify_one();
    });
    answer.wait(i);
    sum += answer.load(std::memory_order_acquire) - 1;
  }
  return sum;
});

const bench::Workload kQueueThreads("queue_threads", [](std::uint64_t count) {
  tbb::concurrent_bounded_queue<std::uint64_t> queue;
  queue.set_capacity(bench::kQueue);
  std::thread producer([&] {
    bench::pin_thread(1);
    for (std::uint64_t i = 0; i < count; ++i) queue.push(i);
  });
  bench::pin_thread(0);
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::uint64_t item = 0;
    queue.pop(item);
    sum += item;
  }
  producer.join();
  return sum;
});

}  // namespace

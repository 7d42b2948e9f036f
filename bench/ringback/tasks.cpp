// Ours: tasks and queues of one loop, and a queue between two.
#include <thread>

#include "bench/program.h"
#include "ringback/async/future.h"
#include "ringback/async/gather.h"
#include "ringback/async/run.h"
#include "ringback/async/scope.h"
#include "ringback/async/sleep.h"
#include "ringback/sync/queue.h"

using namespace ringback;

namespace {

Task<> add(std::uint64_t& sum, std::uint64_t i) {
  sum += i;
  co_return;
}

Task<> spawn_all(std::uint64_t count, std::uint64_t& sum) {
  for (std::uint64_t at = 0; at < count; at += bench::kBatch) {
    co_await with_scope([&sum, at](Scope& scope) -> Task<> {
      for (std::uint64_t i = at; i < at + bench::kBatch; ++i) scope.spawn(add(sum, i));
      co_return;
    });
  }
}
const bench::Workload kSpawn("spawn", [](std::uint64_t count) {
  std::uint64_t sum = 0;
  run(spawn_all(count, sum));
  return sum;
});

Task<std::uint64_t> give(std::uint64_t i) { co_return i; }

Task<std::uint64_t> spawn_futures(std::uint64_t count) {
  Executor& here = *internal::this_thread.executor;
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t value = co_await spawn(here, give(i));
    sum += value;
  }
  co_return sum;
}
const bench::Workload kSpawnFuture("spawn_future", [](std::uint64_t count) { return run(spawn_futures(count)); });

Task<std::uint64_t> yields(std::uint64_t count) {
  std::uint64_t done = 0;
  for (; done < count; ++done) co_await yield();
  co_return done;
}
Task<std::uint64_t> all_yield(std::uint64_t count) {
  std::vector<Task<std::uint64_t>> tasks;
  for (std::uint64_t i = 0; i < bench::kYielders; ++i) tasks.push_back(yields(count / bench::kYielders));
  const std::vector<std::uint64_t> done = co_await gather(std::move(tasks));
  std::uint64_t sum = 0;
  for (const std::uint64_t one : done) sum += one;
  co_return sum;
}
const bench::Workload kYield("yield", [](std::uint64_t count) { return run(all_yield(count)); });

Task<std::uint64_t> ping(std::uint64_t rounds, Queue<std::uint64_t>& there, Queue<std::uint64_t>& back) {
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < rounds; ++i) {
    co_await there.put(i);
    const std::uint64_t item = co_await back.get();
    sum += item;
  }
  co_return sum;
}
Task<> pong(std::uint64_t rounds, Queue<std::uint64_t>& there, Queue<std::uint64_t>& back) {
  for (std::uint64_t i = 0; i < rounds; ++i) {
    const std::uint64_t item = co_await there.get();
    co_await back.put(item);
  }
}
Task<std::uint64_t> ping_pong(std::uint64_t count) {
  Queue<std::uint64_t> there(1);
  Queue<std::uint64_t> back(1);
  auto [sum, ended] = co_await gather(ping(count / 2, there, back), pong(count / 2, there, back));
  co_return sum;
}
const bench::Workload kPingPong("ping_pong", [](std::uint64_t count) { return run(ping_pong(count)); });

Task<> produce(std::uint64_t count, Queue<std::uint64_t>& queue) {
  for (std::uint64_t i = 0; i < count; ++i) co_await queue.put(i);
  queue.close();
}
Task<std::uint64_t> consume(Queue<std::uint64_t>& queue) {
  std::uint64_t sum = 0;
  for (;;) {
    const std::optional<std::uint64_t> item = co_await queue.next();
    if (!item.has_value()) co_return sum;
    sum += *item;
  }
}
Task<std::uint64_t> through_queue(std::uint64_t count) {
  Queue<std::uint64_t> queue(bench::kQueue);
  auto [ended, sum] = co_await gather(produce(count, queue), consume(queue));
  co_return sum;
}
const bench::Workload kQueue("queue", [](std::uint64_t count) { return run(through_queue(count)); });

const bench::Workload kQueueThreads("queue_threads", [](std::uint64_t count) {
  Queue<std::uint64_t> queue(bench::kQueue);
  std::thread producer([&] {
    bench::pin_thread(1);
    run(produce(count, queue));
  });
  bench::pin_thread(0);
  const std::uint64_t sum = run(consume(queue));
  producer.join();
  return sum;
});

}  // namespace

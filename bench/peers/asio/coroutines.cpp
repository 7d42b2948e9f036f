// Asio with C++20 coroutines.
#include <asio.hpp>
#include <asio/experimental/channel.hpp>
#include <asio/experimental/concurrent_channel.hpp>
#include <thread>

#include "bench/program.h"

namespace {

using asio::awaitable;
using asio::use_awaitable;

using Channel = asio::experimental::channel<void(asio::error_code, std::uint64_t)>;
using ConcurrentChannel = asio::experimental::concurrent_channel<void(asio::error_code, std::uint64_t)>;

template <typename T>
T run(asio::io_context& context, awaitable<T> task) {
  T value{};
  asio::co_spawn(context, std::move(task), [&value](std::exception_ptr error, T result) {
    if (error) std::rethrow_exception(error);
    value = result;
  });
  context.run();
  return value;
}

// A child runs as far as it can when it is spawned; posting once lets all of them end.
awaitable<void> add(std::uint64_t& sum, std::uint64_t i) {
  sum += i;
  co_return;
}
awaitable<std::uint64_t> spawn_all(std::uint64_t count) {
  const auto here = co_await asio::this_coro::executor;
  std::uint64_t sum = 0;
  for (std::uint64_t at = 0; at < count; at += bench::kBatch) {
    for (std::uint64_t i = at; i < at + bench::kBatch; ++i) asio::co_spawn(here, add(sum, i), asio::detached);
    co_await asio::post(here, use_awaitable);
  }
  co_return sum;
}
const bench::Workload kSpawn("spawn", [](std::uint64_t count) {
  asio::io_context context(1);
  return run(context, spawn_all(count));
});

awaitable<std::uint64_t> give(std::uint64_t i) { co_return i; }
awaitable<std::uint64_t> spawn_values(std::uint64_t count) {
  const auto here = co_await asio::this_coro::executor;
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t value = co_await asio::co_spawn(here, give(i), use_awaitable);
    sum += value;
  }
  co_return sum;
}
const bench::Workload kSpawnFuture("spawn_future", [](std::uint64_t count) {
  asio::io_context context(1);
  return run(context, spawn_values(count));
});

awaitable<void> yields(std::uint64_t count, std::uint64_t& done) {
  for (std::uint64_t i = 0; i < count; ++i) {
    co_await asio::post(use_awaitable);
    ++done;
  }
}
const bench::Workload kYield("yield", [](std::uint64_t count) {
  asio::io_context context(1);
  std::uint64_t done = 0;
  for (std::uint64_t i = 0; i < bench::kYielders; ++i) {
    asio::co_spawn(context, yields(count / bench::kYielders, done), asio::detached);
  }
  context.run();
  return done;
});

awaitable<std::uint64_t> ping(std::uint64_t rounds, Channel& there, Channel& back) {
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < rounds; ++i) {
    co_await there.async_send(asio::error_code(), i, use_awaitable);
    const std::uint64_t item = co_await back.async_receive(use_awaitable);
    sum += item;
  }
  co_return sum;
}
awaitable<void> pong(std::uint64_t rounds, Channel& there, Channel& back) {
  for (std::uint64_t i = 0; i < rounds; ++i) {
    const std::uint64_t item = co_await there.async_receive(use_awaitable);
    co_await back.async_send(asio::error_code(), item, use_awaitable);
  }
}
const bench::Workload kPingPong("ping_pong", [](std::uint64_t count) {
  asio::io_context context(1);
  Channel there(context, 1);
  Channel back(context, 1);
  asio::co_spawn(context, pong(count / 2, there, back), asio::detached);
  return run(context, ping(count / 2, there, back));
});

template <typename AnyChannel>
awaitable<void> produce(std::uint64_t count, AnyChannel& channel) {
  for (std::uint64_t i = 0; i < count; ++i) co_await channel.async_send(asio::error_code(), i, use_awaitable);
}
template <typename AnyChannel>
awaitable<std::uint64_t> consume(std::uint64_t count, AnyChannel& channel) {
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t item = co_await channel.async_receive(use_awaitable);
    sum += item;
  }
  co_return sum;
}
const bench::Workload kQueue("queue", [](std::uint64_t count) {
  asio::io_context context(1);
  Channel channel(context, bench::kQueue);
  asio::co_spawn(context, produce(count, channel), asio::detached);
  return run(context, consume(count, channel));
});

const bench::Workload kQueueThreads("queue_threads", [](std::uint64_t count) {
  asio::io_context there(1);
  asio::io_context here(1);
  ConcurrentChannel channel(here, bench::kQueue);
  auto more_to_send = asio::make_work_guard(there);
  auto more_to_come = asio::make_work_guard(here);
  asio::co_spawn(there, produce(count, channel), asio::detached);
  std::thread producer([&] {
    bench::pin_thread(1);
    there.run();
  });
  bench::pin_thread(0);
  std::uint64_t sum = 0;
  asio::co_spawn(here, consume(count, channel), [&](std::exception_ptr, std::uint64_t result) {
    sum = result;
    more_to_send.reset();
    more_to_come.reset();
  });
  here.run();
  producer.join();
  return sum;
});

awaitable<void> sleeper(std::uint64_t i, std::chrono::microseconds length, std::uint64_t& sum) {
  const auto here = co_await asio::this_coro::executor;
  asio::steady_timer timer(here, length);
  co_await timer.async_wait(use_awaitable);
  sum += i;
}
template <typename Length>
std::uint64_t sleep_all(std::uint64_t count, Length length) {
  asio::io_context context(1);
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < count; ++i) asio::co_spawn(context, sleeper(i, length(i), sum), asio::detached);
  context.run();
  return sum;
}
const bench::Workload kSleepers("sleepers", [](std::uint64_t count) {
  return sleep_all(count, [](std::uint64_t) { return bench::kSleep; });
});
const bench::Workload kSpread("sleepers_spread",
                              [](std::uint64_t count) { return sleep_all(count, bench::spread_sleep); });

}  // namespace

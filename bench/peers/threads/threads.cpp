// Plain threads: one for everything that waits.
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include <sys/socket.h>
#include <unistd.h>

#include "bench/program.h"
#include "bench/sockets.h"

namespace {

const bench::Workload kSpawn("spawn", [](std::uint64_t count) {
  std::atomic<std::uint64_t> sum = 0;
  for (std::uint64_t at = 0; at < count; at += bench::kBatch) {
    std::vector<std::thread> children;
    for (std::uint64_t i = at; i < at + bench::kBatch; ++i) children.emplace_back([&sum, i] { sum += i; });
    for (std::thread& child : children) child.join();
  }
  return sum.load();
});

const bench::Workload kSpawnFuture("spawn_future", [](std::uint64_t count) {
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < count; ++i) sum += std::async(std::launch::async, [i] { return i; }).get();
  return sum;
});

class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

  void put(std::uint64_t item) {
    std::unique_lock lock(mutex_);
    has_room_.wait(lock, [this] { return items_.size() < capacity_; });
    items_.push_back(item);
    has_items_.notify_one();
  }
  std::uint64_t get() {
    std::unique_lock lock(mutex_);
    has_items_.wait(lock, [this] { return !items_.empty(); });
    const std::uint64_t item = items_.front();
    items_.pop_front();
    has_room_.notify_one();
    return item;
  }

 private:
  std::mutex mutex_;
  std::condition_variable has_room_;
  std::condition_variable has_items_;
  std::deque<std::uint64_t> items_;
  std::size_t capacity_;
};

const bench::Workload kPingPong("ping_pong", [](std::uint64_t count) {
  BoundedQueue there(1);
  BoundedQueue back(1);
  std::thread pong([&] {
    for (std::uint64_t i = 0; i < count / 2; ++i) back.put(there.get());
  });
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < count / 2; ++i) {
    there.put(i);
    sum += back.get();
  }
  pong.join();
  return sum;
});

const bench::Workload kQueueThreads("queue_threads", [](std::uint64_t count) {
  BoundedQueue queue(bench::kQueue);
  std::thread producer([&] {
    bench::pin_thread(1);
    for (std::uint64_t i = 0; i < count; ++i) queue.put(i);
  });
  bench::pin_thread(0);
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < count; ++i) sum += queue.get();
  producer.join();
  return sum;
});

void serve(int peer, std::atomic<std::uint64_t>& ended) {
  char bytes[4096];
  for (;;) {
    const ssize_t got = read(peer, bytes, sizeof(bytes));
    if (got <= 0) break;
    if (write(peer, bytes, static_cast<std::size_t>(got)) != got) bench::die("write");
  }
  close(peer);
  ++ended;
}

// Serves until `count` connections have ended, a thread each.
const bench::Workload kEcho("echo", [](std::uint64_t count) {
  const int listener = bench::listen_somewhere();
  bench::set_blocking(listener);
  bench::tell_port(bench::port_of(listener));
  std::atomic<std::uint64_t> ended = 0;
  std::vector<std::thread> peers;
  for (std::uint64_t i = 0; i < count; ++i) {
    const int peer = accept(listener, nullptr, nullptr);
    if (peer < 0) bench::die("accept");
    peers.emplace_back([peer, &ended] { serve(peer, ended); });
  }
  for (std::thread& peer : peers) peer.join();
  return ended.load();
});

std::uint64_t call(std::uint16_t port, std::uint64_t i) {
  const int socket = bench::connect_to(port, true);
  bench::set_blocking(socket);
  std::uint64_t value = 0;
  if (write(socket, &i, sizeof(i)) != sizeof(i)) bench::die("write");
  if (read(socket, &value, sizeof(value)) != sizeof(value)) bench::die("read");
  close(socket);
  return value;
}
const bench::Workload kFanOut("fan_out", [](std::uint64_t count) {
  std::atomic<std::uint64_t> sum = 0;
  std::vector<std::thread> calls;
  const std::uint16_t port = bench::server_port();
  for (std::uint64_t i = 0; i < count; ++i) calls.emplace_back([&sum, port, i] { sum += call(port, i); });
  for (std::thread& each : calls) each.join();
  return sum.load();
});

}  // namespace

// The floor for tasks and queues: what a hand-written state machine does, with no runtime at all.
#include <array>
#include <atomic>
#include <thread>

#include <immintrin.h>

#include "bench/program.h"

namespace {

// A job is a function and its argument; calls are kept from being seen through.
struct Job {
  void (*run)(void* self);
};

struct Add : Job {
  std::uint64_t* sum;
  std::uint64_t value;
};
void add(void* self) {
  const Add& job = *static_cast<Add*>(self);
  *job.sum += job.value;
}
const bench::Workload kSpawn("spawn", [](std::uint64_t count) {
  std::uint64_t sum = 0;
  std::array<Add, bench::kBatch> jobs;
  for (std::uint64_t at = 0; at < count; at += bench::kBatch) {
    for (std::uint64_t i = 0; i < bench::kBatch; ++i) jobs[i] = Add{{add}, &sum, at + i};
    asm volatile("" ::"r"(jobs.data()) : "memory");
    for (Add& job : jobs) job.run(&job);
  }
  return sum;
});

// Ready jobs in a ring: whoever runs may put itself at the end again.
class Ring {
 public:
  void push(Job* job) noexcept { jobs_[tail_++ % jobs_.size()] = job; }
  void run() noexcept {
    while (head_ != tail_) {
      Job* job = jobs_[head_++ % jobs_.size()];
      job->run(job);
    }
  }

 private:
  std::array<Job*, 8> jobs_ = {};
  std::size_t head_ = 0;
  std::size_t tail_ = 0;
};

struct Yielder : Job {
  Ring* ring = nullptr;
  std::uint64_t left = 0;
  std::uint64_t done = 0;
};
void yield_once(void* self) {
  Yielder& yielder = *static_cast<Yielder*>(self);
  ++yielder.done;
  if (--yielder.left != 0) yielder.ring->push(&yielder);
}
const bench::Workload kYield("yield", [](std::uint64_t count) {
  Ring ring;
  std::array<Yielder, bench::kYielders> yielders;
  for (Yielder& yielder : yielders) {
    yielder.run = yield_once;
    yielder.ring = &ring;
    yielder.left = count / bench::kYielders;
    ring.push(&yielder);
  }
  ring.run();
  std::uint64_t sum = 0;
  for (const Yielder& yielder : yielders) sum += yielder.done;
  return sum;
});

// Two machines, each with a letter box for one item; who fills the other's makes it ready.
struct Player : Job {
  Ring* ring = nullptr;
  Player* other = nullptr;
  std::uint64_t box = 0;
  std::uint64_t rounds = 0;
  std::uint64_t sum = 0;
};
void send(Player& from, std::uint64_t item) {
  from.other->box = item;
  from.ring->push(from.other);
}
void ping(void* self) {
  Player& player = *static_cast<Player*>(self);
  player.sum += player.box;
  if (++player.rounds != player.other->rounds) send(player, player.rounds);
}
void pong(void* self) {
  Player& player = *static_cast<Player*>(self);
  send(player, player.box);
}
const bench::Workload kPingPong("ping_pong", [](std::uint64_t count) {
  Ring ring;
  Player one;
  Player two;
  one.run = ping;
  two.run = pong;
  one.ring = two.ring = &ring;
  one.other = &two;
  two.other = &one;
  two.rounds = count / 2;  // where to stop
  send(one, 0);
  ring.run();
  return one.sum;
});

struct End : Job {
  Ring* ring = nullptr;
  End* other = nullptr;
  std::array<std::uint64_t, bench::kQueue>* items = nullptr;
  std::size_t* used = nullptr;
  std::uint64_t next = 0;
  std::uint64_t count = 0;
  std::uint64_t sum = 0;
};
void produce(void* self) {
  End& end = *static_cast<End*>(self);
  while (*end.used < end.items->size() && end.next < end.count) (*end.items)[(*end.used)++] = end.next++;
  if (*end.used != 0) end.ring->push(end.other);
}
void consume(void* self) {
  End& end = *static_cast<End*>(self);
  for (std::size_t i = 0; i < *end.used; ++i) end.sum += (*end.items)[i];
  *end.used = 0;
  end.ring->push(end.other);
}
const bench::Workload kQueue("queue", [](std::uint64_t count) {
  Ring ring;
  std::array<std::uint64_t, bench::kQueue> items;
  std::size_t used = 0;
  End producer;
  End consumer;
  producer.run = produce;
  consumer.run = consume;
  for (End* end : {&producer, &consumer}) {
    end->ring = &ring;
    end->items = &items;
    end->used = &used;
    end->count = count;
  }
  producer.other = &consumer;
  consumer.other = &producer;
  ring.push(&producer);
  ring.run();
  return consumer.sum;
});

// One writer, one reader, each on a core of its own, both spinning. Each side remembers how far it
// last saw the other.
struct Shared {
  std::array<std::uint64_t, bench::kQueue> items;
  alignas(64) std::atomic<std::uint64_t> written{0};
  alignas(64) std::atomic<std::uint64_t> read{0};
};
void write_all(Shared& shared, std::uint64_t count) {
  std::uint64_t seen = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    while (i - seen == shared.items.size()) {
      seen = shared.read.load(std::memory_order_acquire);
      if (i - seen == shared.items.size()) _mm_pause();
    }
    shared.items[i % shared.items.size()] = i;
    shared.written.store(i + 1, std::memory_order_release);
  }
}
const bench::Workload kQueueThreads("queue_threads", [](std::uint64_t count) {
  Shared shared;
  std::thread writer([&] {
    bench::pin_thread(1);
    write_all(shared, count);
  });
  bench::pin_thread(0);
  std::uint64_t sum = 0;
  std::uint64_t seen = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    while (i == seen) {
      seen = shared.written.load(std::memory_order_acquire);
      if (i == seen) _mm_pause();
    }
    sum += shared.items[i % shared.items.size()];
    shared.read.store(i + 1, std::memory_order_release);
  }
  writer.join();
  return sum;
});

}  // namespace

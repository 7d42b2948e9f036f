// The floor for pools: jobs in one list behind a mutex, two workers asleep on a condition.
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "bench/program.h"

namespace {

struct Job {
  void (*run)(void* argument);
  void* argument;
};

class Workers {
 public:
  Workers() {
    for (std::thread& thread : threads_) thread = std::thread([this] { work(); });
  }
  ~Workers() {
    {
      const std::lock_guard guard(mutex_);
      closed_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  void submit(Job job) {
    {
      const std::lock_guard guard(mutex_);
      jobs_.push_back(job);
    }
    wake_.notify_one();
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return closed_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      const Job job = jobs_.front();
      jobs_.pop_front();
      lock.unlock();
      job.run(job.argument);
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool closed_ = false;
  std::thread threads_[2];
};

void count_one(void* done) { static_cast<std::atomic<std::uint64_t>*>(done)->fetch_add(1, std::memory_order_relaxed); }

const bench::Workload kOutside("pool_outside", [](std::uint64_t count) {
  std::atomic<std::uint64_t> done = 0;
  {
    Workers workers;
    for (std::uint64_t i = 0; i < count; ++i) workers.submit({count_one, &done});
  }
  return done.load();
});

struct Inside {
  Workers* workers;
  std::uint64_t count;
  std::atomic<std::uint64_t> done{0};
  std::atomic<bool> submitted{false};
};
void submit_all(void* argument) {
  Inside& inside = *static_cast<Inside*>(argument);
  for (std::uint64_t i = 0; i < inside.count; ++i) inside.workers->submit({count_one, &inside.done});
  inside.submitted = true;
  inside.submitted.notify_one();
}
const bench::Workload kInside("pool_inside", [](std::uint64_t count) {
  Inside inside{nullptr, count};
  {
    Workers workers;
    inside.workers = &workers;
    workers.submit({submit_all, &inside});
    inside.submitted.wait(false);
  }
  return inside.done.load();
});

struct Trip {
  std::mutex mutex;
  std::condition_variable back;
  std::uint64_t value = 0;
  bool done = false;
};
void answer(void* argument) {
  Trip& trip = *static_cast<Trip*>(argument);
  {
    const std::lock_guard guard(trip.mutex);
    trip.done = true;
  }
  trip.back.notify_one();
}
const bench::Workload kRoundTrip("pool_round_trip", [](std::uint64_t count) {
  Trip trip;
  Workers workers;
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    trip.value = i;
    workers.submit({answer, &trip});
    std::unique_lock lock(trip.mutex);
    trip.back.wait(lock, [&] { return std::exchange(trip.done, false); });
    sum += trip.value;
  }
  return sum;
});

}  // namespace

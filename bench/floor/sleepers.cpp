// The floor for sleepers: a record each, in the order of their deadlines, and one deadline for the kernel.
#include <deque>
#include <queue>
#include <vector>

#include <sys/epoll.h>
#include <unistd.h>

#include "bench/program.h"

namespace {

using Clock = std::chrono::steady_clock;

struct Sleeper {
  Clock::time_point until;
  std::uint64_t value;
  void (*wake)(Sleeper& self, std::uint64_t& sum);
  bool operator<(const Sleeper& other) const noexcept { return other.until < until; }
};
void wake(Sleeper& sleeper, std::uint64_t& sum) { sum += sleeper.value; }

// Sleeps until the earliest; false once there are none left.
template <typename Earliest>
void wait_until(int epoll, Earliest earliest) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(earliest - Clock::now());
  epoll_event event{};
  if (left.count() > 0) epoll_wait(epoll, &event, 1, static_cast<int>(left.count()));
}

const bench::Workload kSleepers("sleepers", [](std::uint64_t count) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  std::uint64_t sum = 0;
  std::deque<Sleeper> line;  // all sleep equally long: who came first wakes first
  for (std::uint64_t i = 0; i < count; ++i) line.push_back({Clock::now() + bench::kSleep, i, wake});
  while (!line.empty()) {
    wait_until(epoll, line.front().until);
    for (const auto now = Clock::now(); !line.empty() && line.front().until <= now; line.pop_front()) {
      line.front().wake(line.front(), sum);
    }
  }
  close(epoll);
  return sum;
});

const bench::Workload kSpread("sleepers_spread", [](std::uint64_t count) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  std::uint64_t sum = 0;
  std::priority_queue<Sleeper> heap;
  for (std::uint64_t i = 0; i < count; ++i) heap.push({Clock::now() + bench::spread_sleep(i), i, wake});
  while (!heap.empty()) {
    wait_until(epoll, heap.top().until);
    for (const auto now = Clock::now(); !heap.empty() && heap.top().until <= now; heap.pop()) {
      Sleeper sleeper = heap.top();
      sleeper.wake(sleeper, sum);
    }
  }
  close(epoll);
  return sum;
});

}  // namespace

// The floor for endings: a call, a throw through as many calls, and waiters in an array.
#include <stdexcept>
#include <vector>

#include "bench/program.h"

namespace {

// A function the compiler cannot see through, as a user's callback in another file.
[[gnu::noinline]] std::uint64_t work(std::uint64_t x) {
  asm volatile("" : "+r"(x));
  return x;
}
const bench::Workload kCallback("callback", [](std::uint64_t count) {
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < count; ++i) sum += work(i);
  return sum;
});

[[gnu::noinline]] std::uint64_t fail_below(std::uint64_t depth) {
  if (depth == 0) throw std::runtime_error("no one is there");
  const std::uint64_t value = fail_below(depth - 1);
  asm volatile("" ::"r"(value));  // no tail call
  return value;
}
const bench::Workload kError("error", [](std::uint64_t count) {
  std::uint64_t caught = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    try {
      fail_below(bench::kErrorDepth - 1);
    } catch (const std::runtime_error&) {
      ++caught;
    }
  }
  return caught;
});

struct Waiter {
  void (*cancelled)(Waiter& self);
  std::uint64_t* ended;
};
const bench::Workload kCancel("cancel", [](std::uint64_t count) {
  std::uint64_t ended = 0;
  std::vector<Waiter> waiters;
  for (std::uint64_t i = 0; i < count; ++i) waiters.push_back({[](Waiter& self) { ++*self.ended; }, &ended});
  asm volatile("" ::"r"(waiters.data()) : "memory");
  for (Waiter& waiter : waiters) waiter.cancelled(waiter);
  return ended;
});

}  // namespace

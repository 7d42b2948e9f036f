// One coroutine computes, and nobody else on its loop gets a turn: who it was, and the remedy.
#include <chrono>
#include <iostream>
#include <string>

#include "ringback/async/gather.h"
#include "ringback/async/on.h"
#include "ringback/async/run.h"
#include "ringback/async/sleep.h"
#include "ringback/async/task.h"
#include "ringback/exec/pool.h"
#include "ringback/trace/stall_detector.h"

using namespace ringback;
using namespace std::chrono_literals;

// [computes]
// 200 ms of arithmetic: nothing in here waits.
[[gnu::noinline]] std::uint64_t price_the_portfolio() {
  const auto end = std::chrono::steady_clock::now() + 200ms;
  std::uint64_t price = 1;
  while (std::chrono::steady_clock::now() < end) price = price * 6364136223846793005u + 1;
  return price;
}

Task<std::uint64_t> report() {
  const std::uint64_t price = price_the_portfolio();
  co_return price;
}
// [/computes]

// [offloaded]
Task<std::uint64_t> report_elsewhere(Pool& pool) {
  const std::uint64_t price = co_await offload(pool, price_the_portfolio);
  co_return price;
}
// [/offloaded]

// A neighbour: what it does takes no time, but it wants its turn every 10 ms.
Task<int> tick() {
  int late = 0;
  for (int i = 0; i < 10; ++i) {
    const TimePoint due = now() + 10ms;
    co_await sleep(10ms);
    if (now() - due > 100ms) ++late;
  }
  co_return late;
}

Task<> main_task(Pool& pool) {
  auto [late, price] = co_await gather(tick(), report());
  std::cout << "computed on the loop: " << (late > 0 ? "the neighbour was late" : "nobody noticed") << "\n";
  auto [late_again, same_price] = co_await gather(tick(), report_elsewhere(pool));
  std::cout << "computed on a pool: " << (late_again > 0 ? "the neighbour was late" : "nobody noticed") << "\n";
}

// [watch]
void name_culprit(const trace::Stall& stall) {
  if (stall.is_over) return;
  std::cout << "the " << stall.executor << " is held up\n";
  std::cout << "  by the task created in " << stall.place.function_name() << "\n";
  for (const trace::StackFrame& frame : stall.stack) {
    if (frame.function.find("portfolio") != std::string::npos) std::cout << "  which is in " << frame.function << "\n";
  }
}

int main() {
  const trace::StallDetector watch({.on_stall = name_culprit});
  Pool pool({.threads = 1});
  run(main_task(pool));
}
// [/watch]

// One coroutine computes, and nobody else on its loop gets a turn: who it was, and the remedy.
#include <atomic>
#include <chrono>
#include <iostream>
#include <string>
#include <tuple>

#include "ringback/async/gather.h"
#include "ringback/async/on.h"
#include "ringback/async/run.h"
#include "ringback/async/sleep.h"
#include "ringback/async/task.h"
#include "ringback/base/function_name.h"
#include "ringback/exec/pool.h"
#include "ringback/trace/stall_detector.h"

using namespace ringback;
using namespace std::chrono_literals;

std::atomic<bool> enough{false};

// [computes]
// Stands for much arithmetic: nothing in here waits.
[[gnu::noinline]] std::uint64_t price_the_portfolio() {
  std::uint64_t price = 1;
  while (!enough) price = price * 6364136223846793005u + 1;
  return price;
}

Task<std::uint64_t> report() { co_return price_the_portfolio(); }
// [/computes]

// [offloaded]
Task<std::uint64_t> report_elsewhere(Pool& pool) { co_return co_await offload(pool, price_the_portfolio); }
// [/offloaded]

// A neighbour: what it does takes no time, but it wants its turn every millisecond.
Task<> tick(int& ticks, const bool& is_reported) {
  while (!is_reported) {
    co_await sleep(1ms);
    if (++ticks >= 3) enough = true;
  }
}

Task<> say_ticks(Task<std::uint64_t> work, const char* where, const int& ticks, bool& is_reported) {
  const std::uint64_t price = co_await std::move(work);
  is_reported = true;
  std::ignore = price;
  std::cout << "computed on the " << where << ": "
            << (ticks == 0 ? "the neighbour stood still" : "the neighbour went on") << "\n";
}

Task<> beside_a_neighbour(Task<std::uint64_t> work, const char* where) {
  enough = false;
  int ticks = 0;
  bool is_reported = false;
  std::ignore = co_await gather(tick(ticks, is_reported), say_ticks(std::move(work), where, ticks, is_reported));
}

Task<> main_task(Pool& pool) {
  co_await beside_a_neighbour(report(), "loop");
  co_await beside_a_neighbour(report_elsewhere(pool), "pool");
}

// [watch]
void name_culprit(const trace::Stall& stall) {
  if (stall.is_over) return;
  std::cout << "the " << stall.executor << " is held up\n";
  std::cout << "  by the task created in " << runtime::FunctionName(stall.place).view() << "\n";
  for (const trace::StackFrame& frame : stall.stack) {
    if (frame.function.find("portfolio") != std::string::npos) std::cout << "  which is in " << frame.function << "\n";
  }
  enough = true;
}

int main() {
  const trace::StallDetector watch({.on_stall = name_culprit});
  Pool pool({.threads = 1});
  run(main_task(pool));
}
// [/watch]

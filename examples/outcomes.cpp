// What went wrong: thrown at an await, or as a value beside the results of the others.
#include <cstdio>
#include <stdexcept>
#include <string>

#include "ringback/async/gather.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/run.h"
#include "ringback/async/sleep.h"
#include "ringback/driver/virtual_driver.h"

using namespace ringback;
using namespace std::chrono_literals;

// [task]
Task<std::string> might_fail(bool should_fail, Duration after = 100ms) {
  co_await sleep(after);
  if (should_fail) throw std::runtime_error("a simulated error");
  co_return "success";
}
// [/task]

Task<> error_handling() {
  // [catch]
  try {
    auto result = co_await might_fail(true);
    std::printf("%s\n", result.c_str());
  } catch (const std::runtime_error& error) {
    std::printf("caught: %s\n", error.what());
  }
  // [/catch]

  // [outcome]
  auto end = co_await outcome(might_fail(true));  // nothing is thrown
  std::printf("as a value: %s\n", end ? end->c_str() : end.failure().describe().c_str());
  // [/outcome]

  // [all]
  std::vector<Task<std::string>> tasks;
  for (bool should_fail : {false, true, false}) tasks.push_back(might_fail(should_fail));
  auto ends = co_await gather_outcomes(std::move(tasks));
  for (std::size_t n = 0; n < ends.size(); ++n) {
    if (ends[n]) {
      std::printf("task %zu succeeded: %s\n", n, ends[n]->c_str());
    } else {
      std::printf("task %zu failed: %s\n", n, ends[n].failure().describe().c_str());
    }
  }
  // [/all]

  // [first]
  // gather() itself stops at the first failure: the others are cancelled, awaited, and it is thrown.
  auto stopped = co_await outcome(gather(might_fail(false, 1h), might_fail(true)));
  std::printf("gather: %s\n", stopped.failure().describe().c_str());
  // [/first]
}

int main() { run(error_handling(), {.loop = {.driver = std::make_unique<VirtualDriver>()}}); }

// Three tasks side by side on one thread, and their results in the order they were asked for.
#include <cstdio>
#include <string>

#include "ringback/async/gather.h"
#include "ringback/async/run.h"
#include "ringback/async/sleep.h"
#include "ringback/driver/virtual_driver.h"

using namespace ringback;
using namespace std::chrono_literals;

// [task]
Task<std::string> task(std::string name, Duration delay) {
  std::printf("%s begins\n", name.c_str());
  co_await sleep(delay);
  std::printf("%s is done\n", name.c_str());
  co_return "the result of " + name;
}
// [/task]

// [gather]
Task<> all_three() {
  auto [a, b, c] = co_await gather(task("A", 1s), task("B", 2s), task("C", 1500ms));
  std::printf("[%s, %s, %s]\n", a.c_str(), b.c_str(), c.c_str());
}
// [/gather]

int main() { run(all_three(), {.loop = {.driver = std::make_unique<VirtualDriver>()}}); }

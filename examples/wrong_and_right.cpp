// A coroutine is not parallel by itself: awaiting one after the other takes the sum of the times.
//
// On virtual time, so the two take no time at all and the seconds are exact.
#include <cstdio>

#include "ringback/async/gather.h"
#include "ringback/async/sleep.h"
#include "ringback/async/wait.h"
#include "ringback/driver/virtual_driver.h"

using namespace ringback;
using namespace std::chrono_literals;

Task<> task(int n) {
  std::printf("Task %d begins\n", n);
  co_await sleep(1s);
  std::printf("Task %d ends\n", n);
}

// [wrong]
Task<> wrong() {
  co_await task(1);  // waits for 1
  co_await task(2);  // only then begins 2
  co_await task(3);
}
// [/wrong]

// [right]
Task<> right() {
  co_await gather(task(1), task(2), task(3));  // all three wait at the same time
}
// [/right]

void measure(const char* name, Task<> work) {
  const TimePoint begin = inline_loop().now();
  wait(std::move(work));
  std::printf("%s: %.1f s\n\n", name, std::chrono::duration<double>(inline_loop().now() - begin).count());
}

int main() {
  set_inline_driver(std::make_unique<VirtualDriver>());
  measure("wrong()", wrong());
  measure("right()", right());
}

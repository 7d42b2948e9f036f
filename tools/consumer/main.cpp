// The smallest program that needs the whole library: it suspends, and the kernel wakes it.

#include <chrono>
#include <cstdio>

#include "ringback/async/run.h"
#include "ringback/async/sleep.h"

static ringback::Task<int> answer() {
  co_await ringback::sleep(std::chrono::milliseconds(1));
  co_return 42;
}

int main() {
  const int given = ringback::run(answer());
  std::printf("%d\n", given);
  return given == 42 ? 0 : 1;
}

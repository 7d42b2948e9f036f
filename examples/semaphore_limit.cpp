// Ten tasks, at most three of them at once.
#include <cstdio>

#include "ringback/async/map.h"
#include "ringback/async/sleep.h"
#include "ringback/async/wait.h"
#include "ringback/driver/virtual_driver.h"
#include "ringback/sync/semaphore.h"

using namespace ringback;
using namespace std::chrono_literals;

// [task]
Task<int> limited_task(Semaphore& at_most, int id) {
  auto permit = co_await at_most.acquire();  // given back when this task ends, whichever way
  std::printf("task %d begins\n", id);
  co_await sleep(300ms);
  std::printf("task %d is done\n", id);
  co_return id;
}
// [/task]

// [limit]
Task<std::vector<int>> limited_concurrency() {
  Semaphore at_most(3);
  std::vector<Task<int>> tasks;
  for (int id = 0; id < 10; ++id) tasks.push_back(limited_task(at_most, id));
  co_return co_await gather(std::move(tasks));
}
// [/limit]

Task<int> unlimited_task(int id) {
  co_await sleep(300ms);
  co_return id;
}

// [map]
// For a limit that only one group of tasks shares, map() says it in one line.
Task<std::vector<int>> the_same_with_map() {
  std::vector<int> ids{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  co_return co_await map(ids, 3, unlimited_task);
}
// [/map]

void measure(Task<std::vector<int>> work) {
  const TimePoint begin = inline_loop().now();
  auto results = wait(std::move(work));
  std::printf("took %.2fs\nresults:", std::chrono::duration<double>(inline_loop().now() - begin).count());
  for (int id : results) std::printf(" %d", id);
  std::printf("\n");
}

int main() {
  set_inline_driver(std::make_unique<VirtualDriver>());
  measure(limited_concurrency());
  measure(the_same_with_map());
}

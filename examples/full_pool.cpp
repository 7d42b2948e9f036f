// A Pool that is full refuses new work; whoever would rather wait asks to be admitted.
#include <cstdio>
#include <latch>

#include "ringback/async/future.h"
#include "ringback/async/wait.h"
#include "ringback/exec/pool.h"

using namespace ringback;

// [admit]
Task<int> add_up(Pool& pool, int pages) {
  std::vector<Future<int>> sizes;
  for (int page = 1; page <= pages; ++page) {
    Admission place = co_await pool.admit();  // waits for its turn while the Pool is full
    sizes.push_back(spawn(std::move(place), [page] { return 10 * page; }));
  }
  int sum = 0;
  for (Future<int>& size : sizes) {
    int bytes = co_await size;
    sum += bytes;
  }
  co_return sum;
}
// [/admit]

int main() {
  Pool pool({.threads = 1, .queue_max = 2});
  std::latch busy(1), go_on(1);
  spawn(pool, [&] {
    busy.count_down();
    go_on.wait();
  });
  busy.wait();
  try {
    for (;;) spawn(pool, [] {});
  } catch (const Error& refused) {
    std::printf("%s\n", refused.what());
  }
  go_on.count_down();
  std::printf("%d\n", wait(add_up(pool, 100)));
}

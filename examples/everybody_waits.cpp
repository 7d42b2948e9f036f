// A test that knows when the others have come as far as they can: no sleep, and no number of yields.
#include <cstdio>
#include <string>

#include "ringback/async/run.h"
#include "ringback/async/scope.h"
#include "ringback/async/sleep.h"
#include "ringback/async/task.h"
#include "ringback/sync/queue.h"
#include "ringback/testing/virtual_time.h"
#include "ringback/testing/wait_all_tasks_blocked.h"

using namespace ringback;
using namespace std::chrono_literals;

// Does some steps with each order, and never says when it is done.
Task<> kitchen(Queue<int>& orders, std::string& cooked) {
  for (;;) {
    const auto order = co_await orders.get();
    for (int step = 0; step < 5; ++step) co_await yield();
    cooked += std::to_string(order) + " ";
  }
}

// [test]
Task<> test_the_kitchen() {
  Queue<int> orders(10);
  std::string cooked;
  co_await with_scope([&](Scope& scope) -> Task<> {
    scope.spawn(kitchen(orders, cooked));
    co_await orders.put(1);
    co_await orders.put(2);
    co_await testing::wait_all_tasks_blocked();  // The kitchen has done all there was to do.
    std::printf("cooked: %s\n", cooked.c_str());
    scope.cancel();
  });
}
// [/test]

int main() { testing::run_virtually(test_the_kitchen()); }

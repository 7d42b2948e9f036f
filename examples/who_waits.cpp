// A program that does not go on: which tasks there are, what each waits for, and whether anything can wake them.
#include <iostream>
#include <string>
#include <thread>
#include <tuple>

#include "ringback/async/future.h"
#include "ringback/async/scope.h"
#include "ringback/async/task.h"
#include "ringback/async/wait.h"
#include "ringback/base/function_name.h"
#include "ringback/exec/pool.h"
#include "ringback/sync/queue.h"
#include "ringback/trace/dump_on_signal.h"
#include "ringback/trace/tasks.h"

using namespace ringback;

// [kitchen]
// Each waits for what the other one would put.
Task<> cook(Queue<std::string>& orders, Queue<std::string>& dishes) {
  const std::string order = co_await orders.get();
  co_await dishes.put("a plate of " + order);
}

Task<> serve(Queue<std::string>& orders, Queue<std::string>& dishes) {
  const std::string dish = co_await dishes.get();
  co_await orders.put("noodles");
  std::cout << "served " << dish << "\n";
}

Task<> kitchen(Queue<std::string>& orders, Queue<std::string>& dishes) {
  co_await with_scope([&](Scope& scope) -> Task<> {
    scope.spawn(cook(orders, dishes));
    scope.spawn(serve(orders, dishes));
    co_return;
  });
}
// [/kitchen]

// [ask]
void say_who_waits() {
  for (const trace::ExecutorTasks& executor : trace::tasks()) {
    std::cout << executor.numbers.kind << ": " << executor.numbers.tasks << " tasks\n";
    for (const trace::TaskInfo& task : executor.tasks) {
      const runtime::FunctionName name(task.place);
      std::cout << std::string(2 * task.depth + 2, ' ') << name.view() << ": " << to_string(task.state);
      if (!task.waits_for.empty()) std::cout << " for " << task.waits_for;
      std::cout << "\n";
    }
  }
}
// [/ask]

// [asleep]
int main() {
  const trace::DumpOnSignal dumps;  // kill -USR1 writes trace::dump() to stderr
  Queue<std::string> orders(1);
  Queue<std::string> dishes(1);
  Pool pool({.threads = 1});
  const auto open = spawn(pool, kitchen(orders, dishes));
  while (!trace::is_everyone_asleep(trace::tasks())) std::this_thread::yield();
  std::cout << "everyone is asleep\n";
  say_who_waits();
  wait(orders.put("rice"));  // Only another thread can wake them.
  open.get();
}
// [/asleep]

// A worker thread, and a queue that passes it results together with the next action.
//
// What is in the queue is a function that already holds what it works on. Each action may put the
// next one; the one that has no next closes the queue, and the worker ends.
#include <cstdio>
#include <string>
#include <thread>

#include "ringback/async/wait.h"
#include "ringback/base/unique_function.h"
#include "ringback/sync/queue.h"

using namespace ringback;

// [queue]
using Action = unique_function<void()>;
using Actions = Queue<Action>;

// A plain thread takes part with wait(); tasks would use co_await on the same queue.
void work(Actions& actions) {
  for (;;) {
    auto action = wait(actions.next());
    if (!action) return;  // closed, and everything has been done
    (*action)();
  }
}
// [/queue]

// [actions]
void finish(Actions& actions, std::string data) {
  std::printf("finish: %s\n", data.c_str());
  actions.close();
}

void parse(Actions& actions, std::string data) {
  std::printf("parse:  %s\n", data.c_str());
  wait(actions.put([&actions, data = data + " -> parsed"] { finish(actions, data); }));
}

void fetch(Actions& actions) {
  std::printf("fetch\n");
  wait(actions.put([&actions, data = std::string("page")] { parse(actions, data); }));
}
// [/actions]

int main() {
  Actions actions(16);
  std::thread worker([&] { work(actions); });
  wait(actions.put([&] { fetch(actions); }));
  worker.join();
  std::printf("the worker has ended\n");
}

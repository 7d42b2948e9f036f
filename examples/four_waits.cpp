// One operation, three places to run it, four ways to wait for it: twelve cells, one result.
#include <cstdio>

#include "ringback/async/completion.h"
#include "ringback/async/future.h"
#include "ringback/async/sleep.h"
#include "ringback/async/start.h"
#include "ringback/exec/pool.h"

using namespace ringback;
using namespace std::chrono_literals;

// [operation]
Task<int> answer() {
  co_await sleep(1ms);
  co_return 42;
}
// [/operation]

// [inline]
void inline_waits() {
  std::printf("inline  block     %d\n", wait(answer()));
  start(answer(), on(Inline{}), [](Outcome<int> result) { std::printf("inline  callback  %d\n", *result); });
  std::printf("inline  future    %d\n", spawn(Inline{}, answer()).get());  // done when spawn returns
}

Task<> inline_await() {
  int awaited = co_await answer();
  std::printf("inline  co_await  %d\n", awaited);
}
// [/inline]

// [callback]
Task<> called_back(Executor& there, const char* name) {
  Completion<void> called;
  start(answer(), on(there), [name, done = called.completer()](Outcome<int> result) {
    std::printf("%s    callback  %d\n", name, *result);
    done.complete();
  });
  co_await called;
}
// [/callback]

// [loop]
Task<> loop_waits(Loop& loop) {
  try {
    wait(sleep(1ms));
  } catch (const Error& refused) {
    std::printf("Loop    block     refused: %s\n", refused.what());
  }
  co_await called_back(loop, "Loop");
  int from_future = co_await spawn(loop, answer());
  std::printf("Loop    future    %d\n", from_future);
  int awaited = co_await answer();  // this task suspends; the loop's thread does not
  std::printf("Loop    co_await  %d\n", awaited);
}
// [/loop]

// [pool]
Task<> pool_waits(Pool& pool) {
  std::printf("Pool    block     %d\n", wait(answer()));  // this task is on a worker, and blocks it
  co_await called_back(pool, "Pool");
  int from_future = co_await spawn(pool, answer());
  std::printf("Pool    future    %d\n", from_future);
  int awaited = co_await answer();  // suspends, resumes on a worker
  std::printf("Pool    co_await  %d\n", awaited);
}
// [/pool]

int main() {
  inline_waits();
  wait(inline_await());
  Loop loop;
  spawn(loop, loop_waits(loop)).on_done([&](const Outcome<void>&) { loop.stop(); });
  loop.run();
  Pool pool({.threads = 2});
  spawn(pool, pool_waits(pool)).get();
}

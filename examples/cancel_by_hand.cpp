// Work that is stopped by hand, and why a retry loop cannot prevent it.
#include <cstdio>

#include "ringback/async/future.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/sleep.h"
#include "ringback/driver/virtual_driver.h"

using namespace ringback;
using namespace std::chrono_literals;

Task<> connect() {
  co_await sleep(1s);
  throw Error(ErrorKind::refused, "connect", "nobody listens");
}

// [retry]
// A cancellation is no Error, so this loop cannot swallow it: it ends the loop, at an await.
Task<> keep_trying() {
  for (;;) {
    try {
      co_await connect();
    } catch (const Error& error) {
      std::printf("%s\n", error.what());
    }
  }
}
// [/retry]

// [future]
Task<> cancel_by_hand(Loop& loop) {
  Future<void> work = spawn(loop, keep_trying());
  co_await sleep(2500ms);
  work.cancel();
  auto end = co_await outcome(work.operation());
  // An Error here, not a Cancelled: it was the work that was cancelled, not this task.
  std::printf("%s\n", end.failure().describe().c_str());
}
// [/future]

int main() {
  set_inline_driver(std::make_unique<VirtualDriver>());
  wait(cancel_by_hand(inline_loop()));
}

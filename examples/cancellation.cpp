// What cancelled work may still do: finish what must not stop halfway, and say goodbye.
#include <cstdio>

#include "ringback/async/scope.h"
#include "ringback/async/shield.h"
#include "ringback/async/sleep.h"
#include "ringback/async/wait.h"
#include "ringback/driver/virtual_driver.h"

using namespace ringback;
using namespace std::chrono_literals;

void say(const char* what) {
  static const TimePoint begin = inline_loop().now();
  std::printf("%4.1f s  %s\n", std::chrono::duration<double>(inline_loop().now() - begin).count(), what);
}

Task<> connect() {
  co_await sleep(1s);
  throw Error(ErrorKind::refused, "connect", "nobody listens");
}

// [on_exit]
// Clean-up that has to wait: it runs when talk() ends, whichever way, shielded and with a limit.
Task<> say_goodbye() {
  co_await sleep(200ms);
  say("goodbye has been sent");
}

Task<> talk() {
  co_await on_exit(say_goodbye());
  co_await sleep(1h);
  say("never printed");
}
// [/on_exit]

// [shield]
Task<> commit() {
  co_await sleep(1500ms);
  say("committed");
}

// What must not stop halfway goes on; the cancellation is felt at the next await.
Task<> pay() {
  co_await shield(commit());
  say("paying has been cancelled, but only after the commit");
  co_await sleep(1s);
  say("never printed");
}
// [/shield]

// [scope]
// A block with children: the first failure stops the others, and leaves when all have ended.
Task<> first_failure() {
  co_await with_scope([](Scope& scope) -> Task<> {
    scope.spawn(talk());
    scope.spawn(pay());
    scope.spawn(connect());
    co_return;
  });
}
// [/scope]

int main() {
  set_inline_driver(std::make_unique<VirtualDriver>());
  say("begin");
  auto end = wait_outcome(first_failure());
  say(end.failure().describe().c_str());
}

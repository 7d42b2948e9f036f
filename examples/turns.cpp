// The event loop at work: who runs when, who gives way, and who is woken.
#include <cstdio>

#include "ringback/async/gather.h"
#include "ringback/async/run.h"
#include "ringback/async/sleep.h"
#include "ringback/async/start.h"
#include "ringback/driver/virtual_driver.h"
#include "ringback/exec/loop.h"

using namespace ringback;
using namespace std::chrono_literals;

// [tasks]
Task<> task(int n, Duration length) {
  std::printf("  Task %d begins\n", n);
  co_await sleep(length);  // gives way; the loop notes when to wake it
  std::printf("  Task %d ends\n", n);
}

Task<> both() { co_await gather(task(1, 1s), task(2, 500ms)); }
// [/tasks]

// [turn]
// A turn: timers that have expired, by deadline; then what was ready when it began. What is posted meanwhile is the
// next turn's.
void one_turn() {
  Loop loop({.driver = std::make_unique<VirtualDriver>()});
  const auto say = [](const char* what) { return [what](const Outcome<void>&) { std::printf("  %s\n", what); }; };
  const auto post = [&loop, say](const char* what) { start([] {}, on(loop), say(what)); };

  start(sleep(2ms), on(loop), say("a timer of 2 ms"));
  start(sleep(1ms), on(loop), say("a timer of 1 ms, set later"));
  start(sleep(1ms), on(loop), say("another of 1 ms, set after that"));
  start([] {}, on(loop),
        [post](const Outcome<void>&) {
          std::printf("  ready first\n");
          post("posted by the first: in the next turn");
        });
  post("ready second");
  loop.run_until(Deadline::at(loop.now() + 10ms));
}
// [/turn]

int main() {
  std::printf("two tasks on one thread\n");
  run(both(), {.loop = {.driver = std::make_unique<VirtualDriver>()}});
  std::printf("the order of a turn\n");
  one_turn();
}

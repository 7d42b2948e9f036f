// One meal, ordered in three restaurants: "in which execution model is the callback called?"
#include <cstdio>
#include <latch>
#include <string>

#include "ringback/async/sleep.h"
#include "ringback/async/start.h"
#include "ringback/exec/pool.h"

using namespace ringback;
using namespace std::chrono_literals;

// [inline]
// You order, and stand at the counter until the meal is there.
void at_the_counter() {
  std::printf("1. you call the kitchen and hand over a callback\n");
  start(
      [] {
        std::printf("2. you stand at the counter: this line runs inside your call\n");
        std::printf("3. the kitchen begins\n");
        std::printf("4. the kitchen calls you back\n");
        return std::string("noodles");
      },
      on(Inline{}), [](Outcome<std::string> meal) { std::printf("5. you take the %s\n", meal->c_str()); });
  std::printf("6. the call returns\n");
  std::printf("7. only now you do something else\n");
}
// [/inline]

// [loop]
Task<std::string> kitchen() {
  std::printf("2. the kitchen puts the pot on, and gives control back\n");
  co_await sleep(5ms);
  std::printf("4. the pot is done; the loop goes on with the kitchen\n");
  co_return "noodles";
}

// You get a pager, and the one thread goes on with whatever is ready.
void with_a_pager() {
  Loop loop;
  start(kitchen(), on(loop), [&loop](Outcome<std::string> meal) {
    std::printf("5. the pager calls: %s\n", meal->c_str());
    loop.stop();
  });
  std::printf("1. you order; the call returns at once\n");
  start(sleep(1ms), on(loop), [](const Outcome<void>&) { std::printf("3. the loop is free: you read the news\n"); });
  loop.run();
}
// [/loop]

// [pool]
// You send somebody else, who waits for you.
void with_a_waiter() {
  std::latch you_went_on(1);
  Pool staff({.threads = 1, .name = "waiter"});
  std::printf("1. you have a waiter: another thread\n");
  start(
      [&] {
        you_went_on.wait();  // The waiter is blocked here; you are not.
        std::printf("3. the waiter has stood at the kitchen door, and has your meal\n");
        return std::string("noodles");
      },
      on(staff), [](Outcome<std::string> meal) { std::printf("4. the waiter calls you back: %s\n", meal->c_str()); });
  std::printf("2. you tell him where to bring it, and go on with your work\n");
  you_went_on.count_down();
}  // The Pool's block ends when its last callback has.
// [/pool]

int main() {
  std::printf("== inline: one thread, which waits\n");
  at_the_counter();
  std::printf("== Loop: one thread, which does not\n");
  with_a_pager();
  std::printf("== Pool: two threads, of which one waits\n");
  with_a_waiter();
}

// A stream: many values, with waiting between them; operators in a chain; clean-up when it is left.
#include <cstdio>
#include <string>

#include "ringback/async/run.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "ringback/driver/virtual_driver.h"
#include "ringback/stream/operators.h"

using namespace ringback;
using namespace std::chrono_literals;

// [producer]
Task<> hang_up() {
  co_await sleep(10ms);
  std::printf("  (the sensor has been switched off)\n");
}

Stream<int> readings() {
  co_await on_exit(hang_up());  // runs when nobody wants any more
  for (int value = 1;; ++value) {
    co_await sleep(100ms);
    co_yield value;
  }
}
// [/producer]

bool is_even(int value) { return value % 2 == 0; }
int square(int value) { return value * value; }

// [chain]
Task<> chain() {
  co_await (readings() | stream::filter(is_even) | stream::map(square) | stream::take(3) |
            stream::for_each([](int value) { std::printf("%d\n", value); }));
  std::printf("done\n");
}
// [/chain]

// [ask]
Task<std::string> ask_service(int value) {  // a function of a chain may wait
  co_await sleep(20ms);
  co_return "answer " + std::to_string(value);
}

Task<> ask() {
  auto answers = co_await stream::collect(readings() | stream::map(ask_service) | stream::take(2));
  for (const std::string& answer : answers) std::printf("%s\n", answer.c_str());
}
// [/ask]

// [merge]
Stream<std::string> ticks(std::string name, Duration every, int count) {
  for (int tick = 1; tick <= count; ++tick) {
    co_await sleep(every);
    co_yield name + std::to_string(tick);
  }
}

Task<> merge_two() {
  auto both = stream::merge(ticks("a", 30ms, 3), ticks("b", 50ms, 2));
  co_await stream::for_each(std::move(both), [](std::string tick) { std::printf("%s ", tick.c_str()); });
  std::printf("\n");
}
// [/merge]

// [by_hand]
Task<> by_hand() {
  Stream<int> numbers = readings();
  co_await on_exit(numbers.close());  // whichever way this task ends
  for (int patience = 0; patience < 3;) {
    auto number = co_await outcome(timeout(60ms, numbers.next()));
    if (number.ok()) {
      std::printf("got %d\n", **number);
    } else {
      std::printf("not yet\n");  // nothing was lost: the next call gives it
      ++patience;
    }
  }
}
// [/by_hand]

Task<> all() {
  co_await chain();
  co_await ask();
  co_await merge_two();
  co_await by_hand();
}

int main() { run(all(), {.loop = {.driver = std::make_unique<VirtualDriver>()}}); }

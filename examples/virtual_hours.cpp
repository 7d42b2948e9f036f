// A program that sleeps for hours, tested in no time.
#include <cstdio>

#include "ringback/async/sleep.h"
#include "ringback/testing/virtual_time.h"

using namespace ringback;
using namespace std::chrono_literals;

// [program]
Task<int> alarms_until_morning() {
  int alarms = 0;
  for (const TimePoint morning = now() + 8h; now() < morning; ++alarms) co_await sleep(10min);
  co_return alarms;
}
// [/program]

int main() {
  // [run]
  int alarms = testing::run_virtually(alarms_until_morning());  // eight hours, in an instant
  // [/run]
  std::printf("%d\n", alarms);
  // [inline]
  const testing::VirtualInline no_time_passes;  // for wait(), start() and spawn() on this thread
  alarms = wait(alarms_until_morning());
  // [/inline]
  std::printf("%d\n", alarms);
}

// The first things to hold: one task awaits another, a gather, a timeout, an error.
#include <gtest/gtest.h>

#include "ringback/async/gather.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/run.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "ringback/driver/virtual_driver.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;

RunOptions on_virtual_time() {
  RunOptions options;
  options.loop.driver = std::make_unique<VirtualDriver>();
  return options;
}

Task<int> after(Duration delay, int value) {
  co_await sleep(delay);
  co_return value;
}

Task<int> sum_of_two() {
  const int first = co_await after(10ms, 1);
  co_return first + co_await after(20ms, 2);
}

TEST(Smoke, one_task_awaits_another) { EXPECT_EQ(run(sum_of_two(), on_virtual_time()), 3); }

Task<int> gathers() {
  std::vector<Task<int>> tasks;
  tasks.push_back(after(20ms, 1));
  tasks.push_back(after(10ms, 2));
  std::vector<int> values = co_await gather(std::move(tasks));
  co_return values[0] * 10 + values[1];
}

TEST(Smoke, gather_keeps_the_order_of_its_arguments) { EXPECT_EQ(run(gathers(), on_virtual_time()), 12); }

Task<bool> stops_in_time() {
  Outcome<int> ended = co_await outcome(timeout(10ms, after(1h, 1)));
  const Error* error = ended.failure().error();
  co_return error != nullptr && error->kind() == ErrorKind::timed_out;
}

TEST(Smoke, a_timeout_stops_what_takes_too_long) { EXPECT_TRUE(run(stops_in_time(), on_virtual_time())); }

Task<int> fails() {
  co_await yield();
  throw Error(ErrorKind::refused, "connect", "nobody listens");
}

TEST(Smoke, an_error_reaches_whoever_waits) {
  try {
    run(fails(), on_virtual_time());
    FAIL() << "the error was lost";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::refused);
  }
}

}  // namespace
}  // namespace ringback

#include "ringback/async/on.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

#include "ringback/async/run.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "ringback/driver/virtual_driver.h"
#include "ringback/exec/pool.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;

RunOptions on_virtual_time() { return {.loop = {.driver = std::make_unique<VirtualDriver>()}}; }

Task<> set_later(bool& flag) {
  co_await sleep(1s);
  flag = true;
}

Task<> detach_and_wait(bool& flag) {
  detach(set_later(flag));
  co_await sleep(2s);
}

TEST(Detach, work_runs_on_while_the_task_that_detached_it_goes_on) {
  bool flag = false;
  run(detach_and_wait(flag), on_virtual_time());
  EXPECT_TRUE(flag);
}

TEST(Detach, is_refused_inside_wait_which_could_not_return_before_it) {
  const auto detaching = [] { detach(sleep(1s)); };
  try {
    wait(detaching);
    FAIL() << "it was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::would_deadlock);
  }
}

TEST(Offload, a_deadline_reaches_a_function_that_keeps_the_only_worker_busy) {
  Pool pool({.threads = 1});
  const auto until_stopped = [](std::stop_token stop) {
    while (!stop.stop_requested()) std::this_thread::yield();
    return 1;
  };
  EXPECT_EQ(wait(timeout(1ms, offload(pool, until_stopped))), 1);
}

TEST(Offload, is_waited_for_past_its_deadline_and_gives_its_value) {
  Pool pool({.threads = 1});
  const auto slow = [] {
    std::this_thread::sleep_for(20ms);
    return 1;
  };
  EXPECT_EQ(wait(timeout(1ms, offload(pool, slow))), 1);
}

TEST(OffloadAbandonable, gives_the_result_of_a_function_that_is_in_time) {
  Pool pool({.threads = 1});
  const auto joined = [](std::string left, std::string right) { return left + right; };
  EXPECT_EQ(wait(offload_abandonable(pool, joined, std::string("ring"), std::string("back"))), "ringback");
}

TEST(OffloadAbandonable, stops_waiting_at_the_deadline_while_the_function_runs_on) {
  static std::atomic<bool> may_end;
  may_end = false;
  Pool pool({.threads = 1});
  const auto stubborn = [] {
    while (!may_end) std::this_thread::yield();
    return 1;
  };
  EXPECT_THROW(wait(timeout(1ms, offload_abandonable(pool, stubborn))), TimeoutError);
  may_end = true;
}

}  // namespace
}  // namespace ringback

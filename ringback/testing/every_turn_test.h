// A program that is cancelled before every turn of its Loop, as a test: each await is met, in the body and in
// the clean-up, and nothing is left behind.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "ringback/async/future.h"
#include "ringback/exec/loop.h"
#include "ringback/io/places_test.h"
#include "ringback/testing/unhandled_log.h"

namespace ringback::testing_turns {

// How a program that was cancelled before some turn has ended, and how many turns there were.
struct Ended {
  Outcome<std::string> outcome;
  int turns = 0;
};

// Not cancelled at all: before turn -1.
inline Ended cancelled_before(int at, std::unique_ptr<runtime::Driver> driver, Task<std::string> program) {
  int turns = 0;
  LoopOptions options;
  options.driver = std::move(driver);
  Loop loop(std::move(options));
  loop.begin_run();
  const Future<std::string> future = spawn(loop, std::move(program));
  loop.drive([&] {
    if (turns++ == at) future.cancel(Reason::overload);
    return future.is_done();
  });
  loop.shut_down();
  EXPECT_EQ(loop.driver().in_flight(), 0U);
  return {future.outcome(), turns};
}

// `run_once(at)` judges one such run and gives its turns; there are more than `turns_min`.
template <typename RunOnce>
void cancel_before_every_turn(int turns_min, RunOnce run_once) {
  const ringback::testing::UnhandledLog log;
  EXPECT_GT(run_once(-1), turns_min);
  const std::size_t before = testing_places::open_descriptor_count();
  for (int at = 0; run_once(at) > at; ++at) {
    ASSERT_FALSE(::testing::Test::HasFailure()) << "cancelled before turn " << at;
    ASSERT_EQ(testing_places::open_descriptor_count(), before) << "cancelled before turn " << at;
  }
  EXPECT_TRUE(log.empty()) << log.text();
}

}  // namespace ringback::testing_turns

#include "ringback/async/call.h"

#include <gtest/gtest.h>

#include "ringback/async/future.h"
#include "ringback/async/start.h"
#include "ringback/async/wait.h"
#include "ringback/driver/virtual_driver.h"

namespace ringback {
namespace {

int forty_two() { return 42; }
Task<int> forty_three() { co_return 43; }

class FunctionAsWork : public testing::Test {
 protected:
  void SetUp() override { set_inline_driver(std::make_unique<VirtualDriver>()); }
  void TearDown() override { set_inline_driver(nullptr); }
};

TEST_F(FunctionAsWork, a_function_given_by_name_is_work) { EXPECT_EQ(wait(forty_two), 42); }

TEST_F(FunctionAsWork, a_coroutine_function_given_by_name_is_work) { EXPECT_EQ(wait(forty_three), 43); }

TEST_F(FunctionAsWork, a_function_given_by_name_can_be_spawned) { EXPECT_EQ(spawn(Inline{}, forty_two).get(), 42); }

TEST_F(FunctionAsWork, a_function_given_by_name_can_be_started_inline) {
  int result = 0;
  start(forty_two, on(Inline{}), [&](Outcome<int> outcome) { result = *outcome; });
  EXPECT_EQ(result, 42);
}

}  // namespace
}  // namespace ringback

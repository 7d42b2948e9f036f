#include "ringback/trace/internal/last_run.h"

#include <gtest/gtest.h>

#include <chrono>

#include "ringback/async/context.h"
#include "ringback/exec/loop.h"

namespace ringback::trace::internal {

using namespace runtime;

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

void let_time_pass() {
  const auto until = Clock::now() + 2ms;
  while (Clock::now() < until) {
  }
}

// A limit's context, say, lies where an earlier one lay, of which a note is left.
TEST(LastRun, is_the_latest_of_a_context_and_of_those_it_lies_in) {
  Loop loop;
  Context own;
  own.begin_root(loop);
  Context inner;
  inner.begin_child(own);
  want_last_run(1);
  note_run(&inner);
  let_time_pass();
  const auto before = Clock::now();
  note_run(&own);
  const auto since_inner = since_last_run(inner);
  const auto since_own = since_last_run(own);
  const auto most = Clock::now() - before;
  let_time_pass();
  note_run(&inner);
  const auto anew = since_last_run(inner);
  want_last_run(-1);
  inner.end();
  own.end();
  ASSERT_TRUE(since_inner.has_value() && since_own.has_value() && anew.has_value());
  EXPECT_LE(*since_inner, most);
  EXPECT_LE(*since_own, most);
  EXPECT_LT(*anew, Clock::now() - before - 1ms);
}

TEST(LastRun, is_not_known_where_nobody_noted_it) {
  Loop loop;
  Context own;
  own.begin_root(loop);
  EXPECT_FALSE(since_last_run(own).has_value());
  want_last_run(1);
  EXPECT_FALSE(since_last_run(own).has_value());
  want_last_run(-1);
  own.end();
}

}  // namespace
}  // namespace ringback::trace::internal

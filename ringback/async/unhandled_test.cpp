#include "ringback/async/unhandled.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "ringback/testing/unhandled_log.h"

namespace ringback {

using namespace runtime;
namespace {

using ::testing::HasSubstr;
using testing::UnhandledLog;

std::string told(const Unhandled& unhandled) {
  ::testing::internal::CaptureStderr();
  report_unhandled(unhandled);
  return ::testing::internal::GetCapturedStderr();
}

TEST(Unhandled, without_a_hook_it_is_a_block_on_stderr) {
  const std::source_location place = std::source_location::current();
  const std::string text = told({Failure(Error(ErrorKind::io, "read", "no luck")), place, "a callback threw"});
  EXPECT_THAT(text, HasSubstr("ringback: a callback threw\n  read: no luck\n  created at "));
  EXPECT_THAT(text, HasSubstr("unhandled_test.cpp:" + std::to_string(place.line())));
}

TEST(Unhandled, what_there_is_not_is_not_said) {
  const std::string text = told({Failure(), std::source_location(), "a task was never awaited"});
  EXPECT_EQ(text, "ringback: a task was never awaited\n");
}

TEST(Unhandled, a_cancellation_is_not_told) {
  EXPECT_EQ(told({Failure(Cancelled{Reason::shutdown}), std::source_location(), "it was cancelled"}), "");
}

TEST(Unhandled, a_hook_replaces_another_and_null_the_default) {
  static int calls = 0;
  const UnhandledHook count = [](const Unhandled&) noexcept { ++calls; };
  const UnhandledHook before = set_unhandled_hook(count);
  const Unhandled something{Failure(std::make_exception_ptr(std::logic_error("odd"))), {}, "it failed"};
  EXPECT_EQ(told(something), "");
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(set_unhandled_hook(nullptr), count);
  EXPECT_THAT(told(something), HasSubstr("it failed\n  odd\n"));
  EXPECT_EQ(calls, 1);
  set_unhandled_hook(before);
}

TEST(Unhandled, a_later_failure_hangs_on_an_error_and_else_is_told) {
  UnhandledLog log;
  const Error first(ErrorKind::io, "first", "");
  const Failure later(Error(ErrorKind::denied, "later", ""));
  internal::suppress(Failure(first), later, {}, "it was suppressed");
  EXPECT_TRUE(log.empty());
  ASSERT_EQ(first.suppressed().size(), 1u);
  EXPECT_EQ(first.suppressed().front().error()->kind(), ErrorKind::denied);

  const Failure foreign(std::make_exception_ptr(std::logic_error("odd")));
  internal::suppress(foreign, later, {}, "it was suppressed");
  const auto entries = log.take();
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries.front().what, "it was suppressed");
  EXPECT_EQ(entries.front().failure.error()->kind(), ErrorKind::denied);
}

TEST(Unhandled, tasks_may_be_dropped_quietly_however_deep) {
  EXPECT_FALSE(internal::QuietDrop::is_on());
  {
    const internal::QuietDrop outer;
    {
      const internal::QuietDrop inner;
      EXPECT_TRUE(internal::QuietDrop::is_on());
    }
    EXPECT_TRUE(internal::QuietDrop::is_on());
  }
  EXPECT_FALSE(internal::QuietDrop::is_on());
}

}  // namespace
}  // namespace ringback

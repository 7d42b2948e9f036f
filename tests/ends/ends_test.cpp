// How a program ends whose main() is a call of run(): each test begins one and looks at what is left of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <csignal>
#include <string>

#include "ringback/async/wait.h"
#include "ringback/io/run_process.h"

namespace ringback {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

ProcessOutput ended_as(std::string way, int signal = 0) {
  RunProcessOptions options;
  options.environment = {"ENDS_SIGNAL=" + std::to_string(signal)};
  return wait(run_process({RINGBACK_ENDS_PROGRAM, std::move(way)}, std::move(options)));
}

TEST(ProgramEnds, with_the_value_of_its_task) {
  const ProcessOutput program = ended_as("value");
  EXPECT_EQ(program.end.exit_status(), 3);
  EXPECT_THAT(program.error, IsEmpty());
}

TEST(ProgramEnds, with_the_sentence_of_an_error_and_status_1) {
  for (const char* way : {"error", "error_with_value", "other_catch"}) {
    const ProcessOutput program = ended_as(way);
    EXPECT_EQ(program.end.exit_status(), 1) << way;
    EXPECT_EQ(program.error, "ends_program: error: connect 127.0.0.1:80: Connection refused\n") << way;
  }
}

TEST(ProgramEnds, with_the_sentence_of_an_exception_that_is_not_ours) {
  const ProcessOutput program = ended_as("other_exception");
  EXPECT_EQ(program.end.exit_status(), 1);
  EXPECT_EQ(program.error, "ends_program: error: not one of ours\n");
}

TEST(ProgramEnds, with_a_sentence_where_its_task_says_that_it_was_cancelled) {
  const ProcessOutput program = ended_as("cancelled");
  EXPECT_EQ(program.end.exit_status(), 1);
  EXPECT_EQ(program.error, "ends_program: error: run: what was waited for was cancelled: requested\n");
}

TEST(ProgramEnds, with_all_that_it_had_printed) {
  EXPECT_EQ(ended_as("printed").output, "printed by printf\n");
  EXPECT_EQ(ended_as("printed_by_cout").output, "printed by cout\n");
}

TEST(ProgramEnds, as_it_says_where_it_catches_the_error) {
  const ProcessOutput program = ended_as("caught");
  EXPECT_EQ(program.end.exit_status(), 4);
  EXPECT_EQ(program.output, "caught connect 127.0.0.1:80: Connection refused\n");
  EXPECT_THAT(program.error, IsEmpty());
}

TEST(ProgramEnds, by_abort_for_every_exception_that_did_not_just_leave_run_in_main) {
  for (const char* way : {"abort_after_caught", "noexcept", "thread"}) {
    EXPECT_EQ(ended_as(way).end.signal(), SIGABRT) << way;
  }
  EXPECT_THAT(ended_as("abort_after_caught").error, HasSubstr("an error of main's own"));
}

TEST(ProgramEnds, by_its_own_terminate_handler_where_it_has_one) {
  const ProcessOutput program = ended_as("own_handler");
  EXPECT_EQ(program.end.exit_status(), 5);
  EXPECT_EQ(program.error, "a handler of its own\n");
}

TEST(ProgramEnds, by_a_signal_with_all_that_it_had_printed) {
  for (const int signal : {SIGINT, SIGTERM}) {
    for (const char* way : {"signal", "signal_in_pool"}) {
      const ProcessOutput program = ended_as(way, signal);
      EXPECT_EQ(program.end.signal(), signal) << way;
      EXPECT_EQ(program.output, "printed before\ncleaned up\n") << way;
    }
  }
}

TEST(ProgramEnds, by_a_signal_that_came_too_late_to_cancel_with_all_that_it_had_printed) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const ProcessOutput program = ended_as("late_signal", signal);
    EXPECT_EQ(program.end.signal(), signal);
    EXPECT_EQ(program.output, "printed before\n");
  }
}

TEST(ProgramEnds, by_a_second_signal_at_once_with_all_that_it_had_printed_before_the_first) {
  for (const int signal : {SIGINT, SIGTERM}) {
    for (const char* way : {"second_signal", "second_signal_in_pool"}) {
      const ProcessOutput program = ended_as(way, signal);
      EXPECT_EQ(program.end.signal(), signal) << way;
      EXPECT_EQ(program.output, "printed before\n") << way;
    }
  }
}

}  // namespace
}  // namespace ringback

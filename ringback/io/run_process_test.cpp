#include "ringback/io/run_process.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <tuple>

#include "ringback/async/outcome_of.h"
#include "ringback/async/timeout.h"
#include "ringback/driver/virtual_driver.h"
#include "ringback/io/places_test.h"
#include "ringback/testing/temporary_folder.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using namespace testing_places;

bool has_children() {
  siginfo_t info = {};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

class RunProcess : public PlaceTest {
 protected:
  ~RunProcess() override { EXPECT_FALSE(has_children()); }
};

TEST_P(RunProcess, gives_the_end_and_all_that_was_said) {
  const ProcessOutput said = in_place(run_process({"sh", "-c", "cat; echo wrong >&2; exit 4"}, {.input = "in"}));
  EXPECT_EQ(said.end.exit_status(), 4);
  EXPECT_EQ(said.output, "in");
  EXPECT_EQ(said.error, "wrong\n");
}

TEST_P(RunProcess, much_goes_both_ways_at_once) {
  std::string much(10'000'000, 'm');
  much[7'777'777] = 'x';
  const ProcessOutput said = in_place(run_process({"sh", "-c", "tee /dev/stderr"}, {.input = much}));
  EXPECT_TRUE(said.output == much);
  EXPECT_TRUE(said.error == much);
}

TEST_P(RunProcess, input_that_nobody_reads_is_no_error) {
  const ProcessOutput said = in_place(run_process({"true"}, {.input = std::string(1'000'000, 'x')}));
  EXPECT_TRUE(said.end.ok());
}

TEST_P(RunProcess, output_without_end_is_overloaded_and_the_program_stopped) {
  try {
    in_place(run_process({"yes"}, {.output_bytes_max = 100'000}));
    FAIL() << "yes has ended";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::overloaded);
    EXPECT_STREQ(error.what(), "read all standard output of yes: the stream is longer than 100000 bytes");
  }
}

// It says too much only when it is ready to hear the signal.
TEST_P(RunProcess, one_that_is_given_up_may_clean_up) {
  const testing::TemporaryFolder folder;
  const std::string script =
      "trap 'echo polite > \"$0\"; exit' TERM; head -c 2000 /dev/zero; while :; do sleep 0.01; done";
  EXPECT_EQ(kind_thrown_by([&] {
              return in_place(run_process({"sh", "-c", script, folder.file("said")}, {.output_bytes_max = 1000})).end;
            }),
            ErrorKind::overloaded);
  EXPECT_TRUE(std::filesystem::exists(folder.file("said")));
}

TEST_P(RunProcess, contract_09_a_deadline_stops_the_program_and_awaits_its_end) {
  EXPECT_EQ(kind_thrown_by([&] { return in_place(timeout(1ms, run_process({"sleep", "1000"}))).end; }),
            ErrorKind::timed_out);
  EXPECT_FALSE(has_children());
  const auto deaf = [] { return run_process({"sh", "-c", "trap '' TERM; exec sleep 1000"}, {.grace = 1ms}); };
  EXPECT_EQ(kind_thrown_by([&] { return in_place(timeout(20ms, deaf())).end; }), ErrorKind::timed_out);
  EXPECT_FALSE(has_children());
}

Task<> cancel_often() {
  std::ignore = co_await run_process({"cat"});
  const std::size_t before = open_descriptor_count();
  for (std::chrono::microseconds limit = 0us; limit < 4ms; limit += 100us) {
    std::ignore = co_await outcome(timeout(limit, run_process({"cat"}, {.input = "x"})));
    EXPECT_FALSE(has_children());
    EXPECT_EQ(open_descriptor_count(), before);
  }
}

TEST_P(RunProcess, cancelled_at_any_moment_it_leaves_nothing_behind) { in_place(cancel_often()); }

TEST_P(RunProcess, what_cannot_be_started_is_an_error_of_the_await) {
  EXPECT_EQ(kind_thrown_by([&] { return in_place(run_process({"no-such-program"})).end; }), ErrorKind::not_found);
}

RINGBACK_EVERY_PLACE(RunProcess);

// Without a limit there is nothing to jump to, and the program is waited for.
TEST(RunProcessOnVirtualTime, a_program_is_run_and_a_limit_has_passed_before_it_moves) {
  set_inline_driver(std::make_unique<VirtualDriver>(1));
  EXPECT_EQ(wait(run_process({"cat"}, {.input = "real"})).output, "real");
  EXPECT_EQ(kind_thrown_by([] { return wait(timeout(1h, run_process({"sleep", "1000"}))).end; }), ErrorKind::timed_out);
  set_inline_driver(nullptr);
  EXPECT_FALSE(has_children());
}

}  // namespace
}  // namespace ringback

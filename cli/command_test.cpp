// The test program is also the command: tests start this very program.

#include "cli/command.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "ringback/base/version.h"

namespace ringback::cli {
namespace {

std::string errors_of(const std::vector<std::string>& words, int expected_code) {
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(ringback_program().run(words), expected_code);
  return ::testing::internal::GetCapturedStderr();
}

std::string output_of(const std::vector<std::string>& words, int expected_code) {
  ::testing::internal::CaptureStdout();
  EXPECT_EQ(ringback_program().run(words), expected_code);
  return ::testing::internal::GetCapturedStdout();
}

TEST(Command, lists_its_commands) {
  const std::string help = output_of({"--help"}, 0);
  EXPECT_NE(help.find("\n  serve "), std::string::npos);
  EXPECT_NE(help.find("\n  search "), std::string::npos);
  EXPECT_EQ(output_of({}, 2), help);
}

TEST(Command, says_its_version) { EXPECT_EQ(output_of({"--version"}, 0), "ringback " RINGBACK_VERSION "\n"); }

TEST(Command, guesses_the_command_that_was_meant) {
  EXPECT_EQ(errors_of({"saerch"}, 2),
            "ringback: there is no command 'saerch'; did you mean search?\n"
            "see ringback --help and ringback <command> --help\n");
}

TEST(Command, tells_a_failure_from_a_misunderstanding) {
  const std::string error = errors_of({"load", "/nonexistent/texts.jsonl"}, 1);
  EXPECT_NE(error.find("/nonexistent/texts.jsonl"), std::string::npos) << error;
}

// As a full disk does.
TEST(Command, says_so_where_its_output_could_not_be_written) {
  for (const char* command : {"load", "help"}) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::dup2(::open("/dev/full", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
      ::dup2(::open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
      ::execl("/proc/self/exe", "ringback", command, "--help", static_cast<char*>(nullptr));
      ::_exit(127);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 1) << command << " " << status;
  }
}

}  // namespace
}  // namespace ringback::cli

int main(int count, char** words) {
  if (count > 1 && std::strncmp(words[1], "--", 2) != 0) {
    return ringback::cli::ringback_program().run({words + 1, words + count});
  }
  ::testing::InitGoogleTest(&count, words);
  return RUN_ALL_TESTS();
}

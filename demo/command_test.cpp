// The test program is also the demonstration: compare starts this very program for its processes.

#include "demo/command.h"

#include <gtest/gtest.h>

#include <cstring>

namespace ringback::demo {
namespace {

TEST(Command, lists_its_commands_and_not_the_hidden_ones) {
  const std::string help = demo_program().help();
  EXPECT_NE(help.find("\n  tour "), std::string::npos);
  EXPECT_NE(help.find("\n  compare "), std::string::npos);
  EXPECT_EQ(help.find("measure "), std::string::npos);
}

TEST(Command, guesses_the_command_that_was_meant) {
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(demo_program().run({"comapre"}), 2);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "ringback-demo: there is no command 'comapre'; did you mean compare?\n"
            "see ringback-demo --help and ringback-demo <command> --help\n");
}

TEST(Command, names_the_file_of_records_that_cannot_be_read) {
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(demo_program().run({"compare", "--records", "/nonexistent/status", "--out", "."}), 1);
  const std::string error = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(error.find("/nonexistent/status"), std::string::npos) << error;
}

}  // namespace
}  // namespace ringback::demo

int main(int count, char** words) {
  if (count > 1 && std::strncmp(words[1], "--", 2) != 0) {
    return ringback::demo::demo_program().run({words + 1, words + count});
  }
  ::testing::InitGoogleTest(&count, words);
  return RUN_ALL_TESTS();
}

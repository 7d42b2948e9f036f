#include "cli/man_page.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/bash_completion.h"
#include "cli/command.h"

namespace ringback::cli {
namespace {

TEST(ManPage, has_every_command_and_option) {
  const std::string page = man_page(ringback_program());
  EXPECT_EQ(page.find(".TH RINGBACK 1 "), 0U) << page.substr(0, 80);
  for (const Program::Command& command : ringback_program().commands()) {
    EXPECT_NE(page.find("\n.SS ringback " + command.name), std::string::npos) << command.name;
    const Arguments arguments = command.describe();
    for (const Arguments::Option& option : arguments.options()) {
      EXPECT_NE(page.find("\n\\fB\\-\\-" + option.name.substr(2, option.name.find('-', 2) - 2)), std::string::npos)
          << option.name;
    }
  }
}

// A program whose text is full of what roff takes for commands.
TEST(ManPage, escapes_what_means_something_to_roff) {
  Program program("odd", "An odd one.");
  const auto describe = [] { return Arguments("odd do", ".dot and \\back\n'quote"); };
  program.command("do", "does", [](const auto&, auto&, auto&) { return 0; }, describe);
  EXPECT_NE(man_page(program).find("\n\\&.dot and \\eback\n\\&'quote\n"), std::string::npos) << man_page(program);
}

std::string output_of(const std::string& command) {
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  std::string text;
  for (int c = 0; (c = std::fgetc(pipe)) != EOF;) text += static_cast<char>(c);
  EXPECT_EQ(::pclose(pipe), 0) << command << ": " << text;
  return text;
}

// What bash offers where the cursor is behind the last of `words`, written as for an array.
std::string offered(const std::string& words) {
  const std::filesystem::path file = std::filesystem::path(::testing::TempDir()) / "man_page_test.bash";
  std::ofstream(file) << bash_completion(ringback_program()) << "COMP_WORDS=(" << words << ")\n"
                      << "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_ringback\necho \"${COMPREPLY[*]}\"\n";
  const std::string text = output_of("bash -u " + file.string() + " 2>&1");
  std::filesystem::remove(file);
  return text;
}

TEST(BashCompletion, offers_commands_options_and_fixed_values) {
  EXPECT_EQ(offered("ringback ''"), "--help --version serve load search\n");
  EXPECT_EQ(offered("ringback se"), "serve search\n");
  EXPECT_EQ(offered("ringback serve --l"), "--listen\n");
  EXPECT_EQ(offered("ringback load debian --distance ''"), "cosine dot euclid manhattan\n");
  EXPECT_EQ(offered("ringback load debian --distance e"), "euclid\n");
  EXPECT_EQ(offered("ringback load debian --distance = e"), "euclid\n") << "--distance=e, as bash splits it";
  EXPECT_EQ(offered("ringback load debian --distance ="), "cosine dot euclid manhattan\n");
  EXPECT_EQ(offered("ringback load deb"), "debian\n");
  EXPECT_EQ(offered("ringback load --batch 1"), "\n") << "a number: nothing to offer";
  EXPECT_EQ(offered("ringback search --api-key-file /proc/self/cmdlin"), "/proc/self/cmdline\n");
  EXPECT_EQ(offered("ringback search --collection ''"), "\n");
  EXPECT_EQ(offered("ringback nothing ''"), "\n");
}

}  // namespace
}  // namespace ringback::cli

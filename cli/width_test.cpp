// What the command prints fits a terminal of 80 columns.

#include <gtest/gtest.h>

#include <sstream>

#include "cli/command.h"
#include "cli/search.h"
#include "cli/text_columns.h"

namespace ringback::cli {
namespace {

void expect_to_fit(const std::string& text, const std::string& what, std::size_t columns = kLineColumns) {
  EXPECT_FALSE(text.empty()) << what;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(columns_of(line), columns) << what << ": " << line;
}

std::string output_of(const std::vector<std::string>& words) {
  ::testing::internal::CaptureStdout();
  ringback_program().run(words);
  return ::testing::internal::GetCapturedStdout();
}

TEST(Width, of_every_help_is_at_most_80_columns) {
  expect_to_fit(output_of({"--help"}), "ringback --help");
  for (const char* command : {"serve", "load", "search"}) expect_to_fit(output_of({command, "--help"}), command);
}

TEST(Width, of_what_a_search_found_is_that_of_the_terminal) {
  const std::vector<FoundText> found{
      {"a-package", std::string(300, 'd'), 0.5F},
      {"数据库", "数据库 数据库 数据库 数据库 数据库 数据库 数据库 数据库 数据库", 0.25F},
      {std::string(100, 'n'), "", -0.125F},
      {"short", "and whole", 1.0F}};
  for (const std::size_t columns : {80, 40, 10, 1}) {
    std::ostringstream out;
    print_found(found, columns, out);
    expect_to_fit(out.str(), "found", columns);
  }
  std::ostringstream out;
  print_found(found, 80, out);
  EXPECT_NE(out.str().find("1.000  short  and whole\n"), std::string::npos) << out.str();
}

}  // namespace
}  // namespace ringback::cli

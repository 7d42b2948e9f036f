// What the demonstration prints fits a terminal of 80 columns.

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "cli/text_columns.h"
#include "demo/command.h"
#include "demo/compare.h"
#include "demo/tour.h"
#include "ringback/driver/virtual_driver.h"

namespace ringback::demo {
namespace {

void expect_to_fit(const std::string& text, const std::string& what) {
  EXPECT_FALSE(text.empty()) << what;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(cli::columns_of(line), cli::kLineColumns) << what << ": " << line;
  }
}

std::string output_of(const std::vector<std::string>& words) {
  ::testing::internal::CaptureStdout();
  demo_program().run(words);
  return ::testing::internal::GetCapturedStdout();
}

TEST(Width, of_every_help_is_at_most_80_columns) {
  expect_to_fit(output_of({"--help"}), "ringback-demo --help");
  for (const char* command : {"tour", "compare"}) expect_to_fit(output_of({command, "--help"}), command);
}

TEST(Width, of_the_tour_is_at_most_80_columns) {
  for (const Language language : {Language::en, Language::zh}) {
    std::ostringstream out;
    play_tour(out, language, [] { return std::make_unique<VirtualDriver>(); });
    expect_to_fit(out.str(), "tour");
  }
}

// Figures as wide as they get, and texts as long.
Comparison wide_comparison() {
  Measured wide;
  wide.wall_ns = 123'456'789;
  wide.cpu_ns = 987'654'321;
  wide.thread_count = 257;
  wide.peak_bytes = std::uint64_t{4} << 30;
  wide.calls.assign(2000, {0, 123'456'789});
  wide.answers = {"an answer"};
  Measured slow = wide;
  slow.wall_ns = 20'123'456'789;
  slow.answers = {"another"};
  Comparison comparison;
  comparison.machine = "256 processors, Linux 6.12.345+deb13-cloud-amd64-with-a-long-name x86_64, driver io_uring";
  comparison.records = "123456 packages, described in /var/lib/apt/lists/" + std::string(40, 'x') + " and 12 more";
  comparison.questions = {{"a question",
                           {{"a-package-with-a-name", std::string(200, 'y'), 0.5F},
                            {"数据库", "数据库 数据库 数据库 数据库 数据库 数据库 数据库 数据库", 0.5F}}}};
  const std::string sentence =
      "A sentence that goes on for a good while, as sentences do that explain figures, to the end.";
  for (const char* label : {"blocking", "inline"}) {
    comparison.scenarios.push_back({"a", sentence, sentence, {{label, slow}, {"Loop", wide}}, sentence});
  }
  comparison.ladder = {{"instruction", 0.3, 0.25, sentence}, {"network", 1.5e8, 2.5e8, sentence}};
  return comparison;
}

TEST(Width, of_the_table_is_at_most_80_columns_whatever_the_figures) {
  std::ostringstream out;
  print_table(wide_comparison(), out);
  expect_to_fit(out.str(), "table");
}

// The very command, on records of this test: its titles, sentences and progress.
TEST(Width, slow_of_compare_is_at_most_80_columns) {
  const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "ringback-width";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "status") << "Package: apt\nDescription: " << std::string(300, 'd') << "\n\nPackage: bash\n\n";
  std::ostringstream out;
  std::ostringstream progress;
  const int code = compare_command({"--calls", "200", "--latency", "99ms", "--models", "loop,pool", "--records",
                                    (folder / "status").string(), "--out", folder.string()},
                                   out, progress);
  EXPECT_EQ(code, 0) << progress.str();
  expect_to_fit(out.str(), "compare");
  expect_to_fit(progress.str(), "progress");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace ringback::demo

#include "cli/progress_bar.h"

#include <gtest/gtest.h>

#include <sstream>

#include "cli/text_columns.h"

namespace ringback::cli {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{1h};

std::size_t eighty() { return 80; }

TEST(ProgressBar, shows_share_rate_and_time_left_on_one_line) {
  std::ostringstream out;
  ProgressBar bar(out, eighty, "load", 62'666, kStart);
  bar.update(31'333, kStart + 2s);
  EXPECT_EQ(out.str(), "\rload  [==========>         ]  50 %  31,333 of 62,666   15,666/s   2.00 s left\x1b[K");
  out.str("");
  bar.end(62'666, kStart + 4s);
  EXPECT_EQ(out.str(), "\rload  [====================]  100 %  62,666 of 62,666   15,666/s   in 4.00 s\x1b[K\n");
}

TEST(ProgressBar, draws_ten_times_a_second_at_most) {
  std::ostringstream out;
  ProgressBar bar(out, eighty, "load", 0, kStart);
  for (int ms = 0; ms < 1000; ++ms) bar.update(1, kStart + std::chrono::milliseconds(ms));
  const std::string text = out.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\r'), 10);
  bar.end(5, kStart + 1s);
}

TEST(ProgressBar, away_from_a_terminal_prints_a_line_for_each_tenth_and_its_end) {
  std::ostringstream out;
  {
    ProgressBar bar(out, {}, "load", 40, kStart);
    for (const int done : {1, 2, 3, 20, 21, 23, 39, 40}) bar.update(done, kStart + 1s);
    bar.end(40, kStart + 2s);
  }
  EXPECT_EQ(out.str(),
            "load  [==========>         ]  50 %  20 of 40   20/s   1.00 s left\n"
            "load  [===================>]  97 %  39 of 40   39/s   25.6 ms left\n"
            "load  [====================]  100 %  40 of 40   20/s   in 2.00 s\n");
}

TEST(ProgressBar, away_from_a_terminal_prints_only_the_end_of_what_has_no_known_total) {
  std::ostringstream out;
  {
    ProgressBar bar(out, {}, "load", 0, kStart);
    bar.update(5, kStart + 1s);
    EXPECT_EQ(out.str(), "");
    bar.end(10, kStart + 2s);
  }
  EXPECT_EQ(out.str(), "load  10   5/s   in 2.00 s\n");
}

TEST(ProgressBar, leaves_a_line_that_an_error_can_follow) {
  std::ostringstream out;
  {
    ProgressBar bar(out, eighty, "load", 0, kStart);
    bar.update(1, kStart);
  }
  EXPECT_EQ(out.str(), "\rload  1\x1b[K\n");
}

TEST(ProgressBar, never_wraps_however_narrow_the_terminal_and_long_the_name) {
  for (const std::size_t columns : {200, 80, 79, 60, 40, 30, 20, 10, 4, 2, 1}) {
    for (const char* name :
         {"load", "load a-file-with-a-very-long-name-that-does-not-end.jsonl (bytes)", "装入 数据"}) {
      std::ostringstream out;
      ProgressBar bar(out, [columns] { return columns; }, name, 1'234'567'890, kStart);
      bar.update(987'654'321, kStart + 100s);
      std::string line = out.str();
      ASSERT_TRUE(line.starts_with("\r") && line.ends_with("\x1b[K")) << line;
      line = line.substr(1, line.size() - 4);
      EXPECT_LT(columns_of(line), columns) << line;
      if (columns >= 40) {
        EXPECT_NE(line.find("80 %"), std::string::npos) << columns << ": " << line;
      }
    }
  }
}

TEST(ProgressBar, asks_for_the_width_again_when_the_window_has_changed) {
  std::ostringstream out;
  std::size_t columns = 80;
  ProgressBar bar(out, [&] { return columns; }, "load", 1000, kStart);
  bar.update(500, kStart + 1s);
  columns = 20;
  out.str("");
  bar.update(600, kStart + 2s);
  EXPECT_LE(columns_of(out.str()), 1 + 19 + 3U) << out.str();
}

TEST(ProgressBar, away_from_a_terminal_fits_eighty_columns) {
  std::ostringstream out;
  ProgressBar bar(out, {}, "load a-file-with-a-very-long-name-that-does-not-end.jsonl (bytes)", 1'234'567'890, kStart);
  bar.update(987'654'321, kStart + 100s);
  EXPECT_LE(columns_of(out.str().substr(0, out.str().find('\n'))), 80U) << out.str();
}

}  // namespace
}  // namespace ringback::cli

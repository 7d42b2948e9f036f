#include "cli/progress_bar.h"

#include <gtest/gtest.h>

#include <sstream>

namespace ringback::cli {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{1h};

TEST(ProgressBar, shows_share_rate_and_time_left_on_one_line) {
  std::ostringstream out;
  ProgressBar bar(out, true, "load", 62'666, kStart);
  bar.update(31'333, kStart + 2s);
  EXPECT_EQ(out.str(), "\rload  [==========>         ]  50 %  31,333 of 62,666   15,666/s   2.00 s left\x1b[K");
  out.str("");
  bar.end(62'666, kStart + 4s);
  EXPECT_EQ(out.str(), "\rload  [====================]  100 %  62,666 of 62,666   15,666/s   in 4.00 s\x1b[K\n");
}

TEST(ProgressBar, draws_ten_times_a_second_at_most) {
  std::ostringstream out;
  ProgressBar bar(out, true, "load", 0, kStart);
  for (int ms = 0; ms < 1000; ++ms) bar.update(1, kStart + std::chrono::milliseconds(ms));
  const std::string text = out.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\r'), 10);
  bar.end(5, kStart + 1s);
}

TEST(ProgressBar, away_from_a_terminal_prints_its_end_only) {
  std::ostringstream out;
  {
    ProgressBar bar(out, false, "load", 10, kStart);
    bar.update(5, kStart + 1s);
    EXPECT_EQ(out.str(), "");
    bar.end(10, kStart + 2s);
  }
  EXPECT_EQ(out.str(), "load  [====================]  100 %  10 of 10   5/s   in 2.00 s\n");
}

TEST(ProgressBar, leaves_a_line_that_an_error_can_follow) {
  std::ostringstream out;
  {
    ProgressBar bar(out, true, "load", 0, kStart);
    bar.update(1, kStart);
  }
  EXPECT_EQ(out.str(), "\rload  1\x1b[K\n");
}

TEST(ProgressBar, sets_commas_between_thousands) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1000), "1,000");
  EXPECT_EQ(with_commas(1234567), "1,234,567");
}

}  // namespace
}  // namespace ringback::cli

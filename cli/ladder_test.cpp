#include "cli/ladder.h"

#include <gtest/gtest.h>

namespace ringback::cli {
namespace {

TEST(InWords, takes_the_unit_that_reads_best) {
  EXPECT_EQ(in_words(0.312), "0.31 ns");
  EXPECT_EQ(in_words(100), "100 ns");
  EXPECT_EQ(in_words(999.9), "1.00 us");
  EXPECT_EQ(in_words(150'000), "150 us");
  EXPECT_EQ(in_words(12'345'678), "12.3 ms");
  EXPECT_EQ(in_words(5.07e9), "5.07 s");
  EXPECT_EQ(in_words(0), "0.00 ns");
}

TEST(Disk, says_so_where_no_file_can_be_made) {
  std::string how;
  EXPECT_EQ(disk_ns("/nonexistent", how), 0);
  EXPECT_EQ(how, "no file of 64 MiB could be written in /nonexistent");
}

}  // namespace
}  // namespace ringback::cli

#include "cli/figures.h"

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

TEST(WithCommas, sets_them_between_thousands) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1000), "1,000");
  EXPECT_EQ(with_commas(1234567), "1,234,567");
}

}  // namespace
}  // namespace ringback::cli

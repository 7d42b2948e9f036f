#include "demo/ladder.h"

#include <gtest/gtest.h>

namespace ringback::demo {
namespace {

TEST(Disk, says_so_where_no_file_can_be_made) {
  std::string how;
  EXPECT_EQ(disk_ns("/nonexistent", how), 0);
  EXPECT_EQ(how, "no file of 64 MiB could be written in /nonexistent");
}

}  // namespace
}  // namespace ringback::demo

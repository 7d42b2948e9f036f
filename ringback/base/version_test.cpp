#include "ringback/base/version.h"

#include <gtest/gtest.h>

#include <string>

namespace ringback {
namespace {

TEST(Version, is_the_same_as_text_and_as_numbers) {
  const std::string numbers = std::to_string(RINGBACK_VERSION_MAJOR) + "." + std::to_string(RINGBACK_VERSION_MINOR) +
                              "." + std::to_string(RINGBACK_VERSION_PATCH);
  EXPECT_EQ(RINGBACK_VERSION, numbers);
  EXPECT_EQ(kVersion, numbers);
}

// RINGBACK_PROJECT_VERSION is what CMake has read: cmake/RingbackTests.cmake hands it over.
TEST(Version, is_the_one_that_the_build_has_read) { EXPECT_EQ(kVersion, RINGBACK_PROJECT_VERSION); }

}  // namespace
}  // namespace ringback

// What the cases share.
#pragma once

#include <gtest/gtest.h>

#include "tests/interleaving/model.h"

namespace ringback::interleaving {

// Every order, up to the bounds, or the report of the first that fails.
inline void in_every_order(Bounds bounds, const std::function<void(Case&)>& body) {
  const Explored explored = explore(bounds, body);
  testing::Test::RecordProperty("schedules", std::to_string(explored.schedules));
  const char* const name = testing::UnitTest::GetInstance()->current_test_info()->name();
  std::printf("%9llu  %s\n", static_cast<unsigned long long>(explored.schedules), name);
  ASSERT_TRUE(explored.ok) << explored.report;
}

}  // namespace ringback::interleaving

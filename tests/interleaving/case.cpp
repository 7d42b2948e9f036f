// A case as a test.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/interleaving/case_test.h"

namespace ringback::interleaving {

void in_every_order(Bounds bounds, const std::function<void(Case&)>& body) {
  if (const char* const most = std::getenv("RINGBACK_PREEMPTIONS")) {
    bounds.preemptions = std::max(bounds.preemptions, static_cast<unsigned>(std::atoi(most)));
  }
  const char* const schedule = std::getenv("RINGBACK_SCHEDULE");
  const Explored explored = schedule != nullptr ? replay(schedule, bounds, body) : explore(bounds, body);
  const std::string count = std::to_string(explored.schedules);
  const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
  testing::Test::RecordProperty("schedules", count);
  std::printf("%9s  %s\n", count.c_str(), test.name());
  ASSERT_TRUE(explored.ok) << explored.report << "again: ./dev interleavings " << test.test_suite_name() << "."
                           << test.name() << " --schedule " << explored.schedule << "\n";
}

}  // namespace ringback::interleaving

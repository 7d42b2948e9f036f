#include "ringback/async/start.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ringback/async/run.h"
#include "ringback/async/sleep.h"
#include "ringback/driver/virtual_driver.h"
#include "ringback/exec/pool.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

RunOptions on_virtual_time() { return {.loop = {.driver = std::make_unique<VirtualDriver>()}}; }
PoolOptions one_virtual_thread() { return {.driver = std::make_unique<VirtualDriver>()}; }

TEST(Start, a_callback_may_start_the_next_of_a_chain) {
  std::vector<std::string> log;
  {
    Pool pool(one_virtual_thread());
    start([] { return 1; }, on(pool),
          [&](Outcome<int> first) {
            log.push_back("first " + std::to_string(*first));
            start([] { return 2; }, on(pool),
                  [&](Outcome<int> second) { log.push_back("second " + std::to_string(*second)); });
          });
  }
  EXPECT_THAT(log, ElementsAre("first 1", "second 2"));
}

TEST(Start, a_done_callback_may_spawn) {
  std::vector<int> log;
  {
    Pool pool(one_virtual_thread());
    spawn(pool, [] { return 1; }).on_done([&](const Outcome<int>& first) {
      log.push_back(*first);
      spawn(pool, [&] { log.push_back(2); });
    });
  }
  EXPECT_THAT(log, ElementsAre(1, 2));
}

Task<> two_links(std::vector<std::string>& log) {
  co_await with_scope([&log](Scope&) -> Task<> {
    start([] { return 1; },
          [&log](Outcome<int>) {
            log.push_back("first");
            start(sleep(1s), [&log](Outcome<void>) { log.push_back("second"); });
          });
    co_return;
  });
  log.push_back("the scope has ended");
}

TEST(Start, what_a_callback_starts_belongs_to_the_scope_around_its_call) {
  std::vector<std::string> log;
  run(two_links(log), on_virtual_time());
  EXPECT_THAT(log, ElementsAre("first", "second", "the scope has ended"));
}

}  // namespace
}  // namespace ringback

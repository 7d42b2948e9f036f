// A client and a server, cancelled before every turn of the Loop they share: each await is met, and
// nothing is left behind.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "ringback/async/scope.h"
#include "ringback/driver/driver.h"
#include "ringback/testing/every_turn_test.h"
#include "vectordb/client/client.h"
#include "vectordb/server/server.h"

namespace vectordb {
namespace {

using namespace ringback;

Task<std::string> talk(std::string url) {
  Client client(std::move(url));
  co_await client.create_collection("a", {.dimension = 2, .distance = Distance::dot});
  std::vector<Point> points(3);
  for (std::uint64_t i = 0; i < points.size(); ++i) points[i] = {i, {1.0F, static_cast<float>(i)}};
  co_await client.upsert("a", std::move(points));
  std::vector<float> near = {0, 1};
  const std::vector<Hit> hits = co_await client.search("a", near, {.limit = 1});
  std::vector<std::vector<float>> vectors(2, near);
  const auto both = co_await client.batch_search("a", std::move(vectors), {.limit = 1});
  const ScrollPage page = co_await client.scroll("a");
  const bool is_right = hits[0].id == PointId(2) && both[1][0].id == PointId(2) && page.points.size() == 3;
  const bool was_there = co_await client.drop_collection("a");
  co_return is_right&& was_there ? "ok" : "wrong";
}

Task<std::string> talk_to_oneself(Database& database) {
  Server server(database, TcpListener(Address::loopback(0)));
  std::string said;
  co_await with_scope([&](Scope& scope) -> Task<> {
    scope.spawn(server.serve());
    said = co_await talk("http://127.0.0.1:" + std::to_string(server.local().port()));
    server.stop();
  });
  co_return said;
}

class CancelledBefore : public ::testing::TestWithParam<const char*> {
 protected:
  // Gives how many turns there were.
  static int run_once(Database& database, int at) {
    auto driver = make_driver(std::string(GetParam()) == "uring" ? DriverKind::uring : DriverKind::epoll);
    const auto ended = testing_turns::cancelled_before(at, std::move(driver), talk_to_oneself(database));
    if (ended.outcome.ok()) {
      EXPECT_EQ(*ended.outcome, "ok");
    } else {
      EXPECT_TRUE(ended.outcome.failure().is_cancelled()) << ended.outcome.failure().describe();
    }
    // So that dropping waits, and this thread's own driver is made once.
    if (at < 0) wait(database.create("left", {.dimension = 1}));
    for (const std::string& name : database.names()) wait(database.drop(name));
    return ended.turns;
  }
};

TEST_P(CancelledBefore, every_turn_of_a_client_and_its_server) {
  Database database({.threads = 1});
  testing_turns::cancel_before_every_turn(10, [&](int at) { return run_once(database, at); });
}

INSTANTIATE_TEST_SUITE_P(Each, CancelledBefore, ::testing::Values("uring", "epoll"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace vectordb

// A client and a server, cancelled before every turn of the Loop they share: each await is met, and
// nothing is left behind.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "ringback/async/scope.h"
#include "ringback/driver/driver.h"
#include "ringback/io/places_test.h"
#include "ringback/testing/unhandled_log.h"
#include "vectordb/client/client.h"
#include "vectordb/server/server.h"

namespace vectordb {
namespace {

using namespace ringback;
using ringback::testing::UnhandledLog;
using testing_places::open_descriptor_count;

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
    int turns = 0;
    LoopOptions options;
    options.driver = make_driver(std::string(GetParam()) == "uring" ? DriverKind::uring : DriverKind::epoll);
    Loop loop(std::move(options));
    loop.begin_run();
    const Future<std::string> future = spawn(loop, talk_to_oneself(database));
    loop.drive([&] {
      if (turns++ == at) future.cancel(Reason::overload);
      return future.is_done();
    });
    loop.shut_down();
    EXPECT_EQ(loop.driver().in_flight(), 0U);
    if (future.outcome().ok()) {
      EXPECT_EQ(*future.outcome(), "ok");
    } else {
      EXPECT_TRUE(future.outcome().failure().is_cancelled()) << future.outcome().failure().describe();
    }
    return turns;
  }
};

TEST_P(CancelledBefore, every_turn_of_a_client_and_its_server) {
  const UnhandledLog log;
  Database database({.threads = 1});
  const auto forget = [&] {
    for (const std::string& name : database.names()) wait(database.drop(name));
  };
  EXPECT_GT(run_once(database, -1), 10);
  wait(database.create("left", {.dimension = 1}));  // So that forget() waits: this thread's own driver is made once.
  forget();
  const std::size_t before = open_descriptor_count();
  for (int at = 0; run_once(database, at) > at; ++at) {
    ASSERT_FALSE(HasFailure()) << "cancelled before turn " << at;
    ASSERT_EQ(open_descriptor_count(), before) << "cancelled before turn " << at;
    forget();
  }
  EXPECT_TRUE(log.empty()) << log.text();
}

INSTANTIATE_TEST_SUITE_P(Each, CancelledBefore, ::testing::Values("uring", "epoll"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace vectordb

// A search that is no longer wanted stops computing: shown by counting rows, not by a clock.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "ringback/async/future.h"
#include "ringback/async/gather.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/run.h"
#include "ringback/async/timeout.h"
#include "ringback/async/wait.h"
#include "ringback/exec/pool.h"
#include "vectordb/collection/database.h"

namespace vectordb {
namespace {

using namespace std::chrono_literals;
using ringback::TimeoutError;
using ringback::wait;

enum class Where { caller, loop_on_uring, loop_on_epoll, pool };

std::string name_of(const testing::TestParamInfo<Where>& info) {
  constexpr const char* kNames[] = {"inline", "loop_on_uring", "loop_on_epoll", "pool"};
  return kNames[static_cast<int>(info.param)];
}

ringback::RunOptions on_driver(ringback::DriverKind kind) {
  ringback::RunOptions options;
  options.signals = ringback::Signals::none;
  options.loop.driver_kind = kind;
  return options;
}

template <typename Work>
auto run_at(Where where, Work work) {
  switch (where) {
    case Where::caller: break;
    case Where::loop_on_uring: return ringback::run(std::move(work), on_driver(ringback::DriverKind::uring));
    case Where::loop_on_epoll: return ringback::run(std::move(work), on_driver(ringback::DriverKind::epoll));
    case Where::pool: {
      ringback::Pool pool({.threads = 2});
      return ringback::spawn(pool, std::move(work)).get();
    }
  }
  return wait(std::move(work));
}

constexpr std::size_t kDimension = 64;
constexpr std::size_t kRows = 20'000;
// With one worker this many take half a second and more in the fastest build.
constexpr std::size_t kQueries = 40'000;

class Deadline : public testing::TestWithParam<Where> {
 protected:
  Deadline() {
    std::vector<Point> points;
    for (std::size_t i = 0; i < kRows; ++i) {
      std::vector<float> vector(kDimension, 1);
      vector[i % kDimension] = static_cast<float>(i);
      points.push_back({.id = i, .vector = std::move(vector)});
    }
    wait(points_.upsert(std::move(points)));
  }

  static std::vector<std::vector<float>> queries() {
    return std::vector<std::vector<float>>(kQueries, std::vector<float>(kDimension, 1));
  }
  std::uint64_t rows_looked_at() const { return points_.info().rows_looked_at; }

  Database database_{{.threads = 1}};
  Collection points_ = wait(database_.create("points", {.dimension = kDimension, .distance = Distance::dot}));
};

TEST_P(Deadline, slow_stops_the_search_and_nothing_is_looked_at_afterwards) {
  EXPECT_THROW(run_at(GetParam(), ringback::timeout(50ms, points_.batch_search(queries()))), TimeoutError);
  const std::uint64_t at_the_end = rows_looked_at();
  EXPECT_LT(at_the_end, std::uint64_t{kRows} * kQueries / 2);
  // The one worker has done something else since: a search of all rows, and only that was counted.
  wait(points_.search(std::vector<float>(kDimension, 1)));
  EXPECT_EQ(rows_looked_at(), at_the_end + kRows);
}

TEST_P(Deadline, that_has_passed_before_begins_nothing) {
  EXPECT_THROW(run_at(GetParam(), ringback::timeout(0ms, points_.batch_search(queries()))), TimeoutError);
  EXPECT_EQ(rows_looked_at(), 0U);
}

// Sets off `may_go_on` when it ends, however it ends.
ringback::Task<> search_until(Collection points, std::atomic<bool>& may_go_on) {
  std::vector<float> vector(kDimension, 1);
  const auto hits = co_await ringback::outcome(ringback::timeout(1ms, points.search(std::move(vector))));
  may_go_on.store(true);
  may_go_on.notify_all();
  hits.value();
}

ringback::Task<std::pair<bool, bool>> search_twice(Collection points, std::atomic<bool>& may_go_on) {
  auto both = ringback::gather_outcomes(search_until(points, may_go_on), search_until(points, may_go_on));
  const auto ended = co_await std::move(both);
  co_return std::pair(std::get<0>(ended).ok(), std::get<1>(ended).ok());
}

// One of two stands in the Pool's queue, where only the worker takes it out; the other waits for its turn.
// It ends first, or this test does not.
TEST_P(Deadline, ends_a_search_whose_turn_has_not_come_though_the_worker_is_busy) {
  std::atomic<bool> may_go_on{false};
  const auto busy = ringback::spawn(database_.pool(), [&] { may_go_on.wait(false); });
  EXPECT_EQ(run_at(GetParam(), search_twice(points_, may_go_on)), std::pair(false, false));
  busy.get();
  EXPECT_EQ(rows_looked_at(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Each, Deadline,
                         testing::Values(Where::caller, Where::loop_on_uring, Where::loop_on_epoll, Where::pool),
                         name_of);

}  // namespace
}  // namespace vectordb

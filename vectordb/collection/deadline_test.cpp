// A search that is no longer wanted stops computing: shown by counting rows, not by a clock.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>

#include "ringback/async/future.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/run.h"
#include "ringback/async/scope.h"
#include "ringback/async/timeout.h"
#include "ringback/async/wait.h"
#include "ringback/exec/pool.h"
#include "ringback/sync/semaphore.h"
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

// What the busy worker waits for: a search has ended, and both have been told that they are not wanted.
class BusyWorker {
 public:
  explicit BusyWorker(ringback::Pool& pool)
      : done_(ringback::spawn(pool, [this] {
          for (int events = 0; events < 2; events = events_.load()) events_.wait(events);
        })) {}

  void note_event() {
    ++events_;
    events_.notify_all();
  }
  void join() { done_.get(); }

 private:
  std::atomic<int> events_{0};
  ringback::Future<void> done_;
};

ringback::Task<> search_noted(Collection points, ringback::Semaphore& begun, int& found, BusyWorker& worker) {
  std::vector<float> vector(kDimension, 1);
  begun.add_permits(1);
  const auto hits = co_await ringback::outcome(points.search(std::move(vector)));
  if (hits.ok()) ++found;
  worker.note_event();
}

ringback::Task<int> search_twice_in_vain(Collection points, BusyWorker& worker) {
  ringback::Semaphore begun(0);
  std::array<int, 2> found{};
  co_await ringback::with_scope([&](ringback::Scope& scope) -> ringback::Task<> {
    for (int& each : found) scope.spawn(search_noted(points, begun, each, worker));
    const ringback::Permit all_begun = co_await begun.acquire(found.size());
    scope.cancel();
    worker.note_event();
  });
  co_return found[0] + found[1];
}

// One of two stands in the Pool's queue, where only the worker takes it out; the other waits for its turn.
// It ends first, or this test does not.
TEST_P(Deadline, ends_a_search_whose_turn_has_not_come_though_the_worker_is_busy) {
  BusyWorker worker(database_.pool());
  EXPECT_EQ(run_at(GetParam(), search_twice_in_vain(points_, worker)), 0);
  worker.join();
  EXPECT_EQ(rows_looked_at(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Each, Deadline,
                         testing::Values(Where::caller, Where::loop_on_uring, Where::loop_on_epoll, Where::pool),
                         name_of);

}  // namespace
}  // namespace vectordb

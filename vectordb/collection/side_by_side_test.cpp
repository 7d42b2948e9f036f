// Many at once: what readers see while others write, ingest from a queue, and the four ways to wait.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "ringback/async/future.h"
#include "ringback/async/gather.h"
#include "ringback/async/run.h"
#include "ringback/async/sleep.h"
#include "ringback/async/start.h"
#include "ringback/async/timeout.h"
#include "ringback/async/wait.h"
#include "ringback/exec/pool.h"
#include "vectordb/collection/database.h"

namespace vectordb {
namespace {

using ringback::Outcome;
using ringback::Queue;
using ringback::Task;
using ringback::wait;
using testing::HasSubstr;

constexpr std::size_t kDimension = 16;

std::vector<float> all_of(float value) { return std::vector<float>(kDimension, value); }

class SideBySide : public testing::Test {
 protected:
  Database database_{{.threads = 2}};
  Collection points_ = wait(database_.create("points", {.dimension = kDimension, .distance = Distance::dot}));
};

// Every search sees each point once, in one whole version, while all of them are replaced over and over.
TEST_F(SideBySide, a_search_sees_every_point_once_while_points_are_replaced) {
  constexpr std::size_t kPoints = 1000;
  const auto version = [](float value) {
    std::vector<Point> points;
    for (std::size_t id = 0; id < kPoints; ++id) points.push_back({.id = id, .vector = all_of(value)});
    return points;
  };
  wait(points_.upsert(version(1)));

  std::atomic<bool> is_over{false};
  std::thread writer([&] {
    for (int round = 2; round < 60; ++round) wait(points_.upsert(version(static_cast<float>(round))));
    is_over.store(true);
  });
  std::thread reader([&] {
    while (!is_over.load()) EXPECT_EQ(wait(points_.scroll({.limit = 2 * kPoints})).points.size(), kPoints);
  });
  while (!is_over.load()) {
    const auto hits = wait(points_.search(all_of(1), {.limit = 2 * kPoints, .with_vector = true}));
    std::set<PointId> ids;
    for (const Hit& hit : hits) {
      ids.insert(hit.id);
      EXPECT_EQ(hit.vector, all_of(hit.vector[0]));
      EXPECT_EQ(hit.score, hit.vector[0] * static_cast<float>(kDimension));
    }
    EXPECT_EQ(ids.size(), kPoints);
    EXPECT_EQ(hits.size(), kPoints);
    if (HasFailure()) break;  // Once is enough; the threads must be joined.
  }
  writer.join();
  reader.join();
}

TEST_F(SideBySide, writers_and_removers_leave_what_each_wrote_last) {
  std::vector<std::thread> threads;
  for (std::uint64_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([this, thread] {
      for (int round = 0; round < 40; ++round) {
        std::vector<NewPoint> points;
        std::vector<PointId> ids;
        for (std::uint64_t i = 0; i < 100; ++i) {
          ids.emplace_back(thread * 1000 + i);
          points.push_back({.id = ids.back(), .vector = all_of(static_cast<float>(thread))});
        }
        for (const auto& outcome : wait(points_.batch_insert(std::move(points)))) EXPECT_TRUE(outcome.ok());
        ids.resize(round == 39 ? 50 : 100);
        EXPECT_EQ(wait(points_.remove(std::move(ids))).points, round == 39 ? 50U : 100U);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wait(points_.count()), 200U);
  EXPECT_EQ(wait(points_.search(all_of(1), {.limit = 1000})).size(), 200U);
}

Task<> produce(Queue<NewPoint>& queue, std::uint64_t count) {
  for (std::uint64_t id = 0; id < count; ++id) {
    NewPoint point{.id = id, .vector = all_of(1)};
    if (id % 100 == 99) point.vector.pop_back();
    co_await queue.put(std::move(point));
  }
  queue.close();
}

Task<std::pair<Ingested, Ingested>> produce_and_ingest(Collection points) {
  Queue<NewPoint> queue(8);
  const auto done =
      co_await ringback::gather(produce(queue, 1000), points.ingest(queue), points.ingest(queue, {.batch = 3}));
  co_return std::pair(std::get<1>(done), std::get<2>(done));
}

TEST_F(SideBySide, several_may_ingest_from_one_queue) {
  const auto [a, b] = wait(produce_and_ingest(points_));
  EXPECT_EQ(a.stored + b.stored, 990U);
  EXPECT_EQ(a.refused + b.refused, 10U);
  const Ingested& refusing = a.refused != 0 ? a : b;
  EXPECT_THAT(refusing.first_refusal.describe(), HasSubstr("expected 16 numbers, found 15"));
  EXPECT_EQ(wait(points_.count()), 990U);
}

// The producer has put 20 and ends nothing: the ingest is cancelled while it waits for more.
Task<std::size_t> ingest_and_be_cancelled(Collection points) {
  Queue<NewPoint> queue(8);
  std::size_t told = 0;
  IngestOptions options{.batch = 4};
  options.on_progress = [&told](const Ingested& done) { told = done.stored; };
  auto puts = [](Queue<NewPoint>& into) -> Task<> {
    for (std::uint64_t id = 0; id < 20; ++id) {
      NewPoint point{.id = id, .vector = all_of(1)};
      co_await into.put(std::move(point));
    }
  };
  auto limited = ringback::timeout(std::chrono::milliseconds(20), points.ingest(queue, options));
  const auto ended = co_await ringback::gather_outcomes(puts(queue), std::move(limited));
  EXPECT_TRUE(std::get<0>(ended).ok());
  EXPECT_FALSE(std::get<1>(ended).ok());
  EXPECT_EQ(queue.size(), 0U);
  co_return told;
}

TEST_F(SideBySide, an_ingest_that_is_cancelled_has_stored_all_that_it_took) {
  EXPECT_EQ(wait(ingest_and_be_cancelled(points_)), 20U);
  EXPECT_EQ(wait(points_.count()), 20U);
}

// The limit passes while what was taken waits for a worker: whichever comes first, none of it is lost.
Task<> release_later(std::atomic<bool>& may_go_on) {
  const auto later = std::chrono::milliseconds(20);
  co_await ringback::sleep(later);
  may_go_on.store(true);
  may_go_on.notify_all();
}

Task<> ingest_while_nobody_works(Collection points, std::atomic<bool>& may_go_on) {
  Queue<NewPoint> queue(200);
  for (std::uint64_t id = 0; id < 200; ++id) EXPECT_TRUE(queue.try_put({.id = id, .vector = all_of(1)}));
  auto limited = ringback::timeout(std::chrono::milliseconds(1), points.ingest(queue));
  const auto ended = co_await ringback::gather_outcomes(std::move(limited), release_later(may_go_on));
  EXPECT_FALSE(std::get<0>(ended).ok());
}

TEST(OneWorker, what_an_ingest_took_is_stored_though_its_limit_passed_before_its_turn) {
  Database database({.threads = 1});
  const Collection points = wait(database.create("points", {.dimension = kDimension}));
  std::atomic<bool> may_go_on{false};
  const auto busy = ringback::spawn(database.pool(), [&] { may_go_on.wait(false); });
  wait(ingest_while_nobody_works(points, may_go_on));
  busy.get();
  EXPECT_EQ(wait(points.count()), 200U);
}

TEST_F(SideBySide, a_search_can_be_blocked_for_called_back_from_held_as_a_future_and_awaited) {
  wait(points_.upsert({{.id = 1, .vector = all_of(1)}}));
  EXPECT_EQ(wait(points_.search(all_of(1))).size(), 1U);

  std::size_t called_back = 0;
  ringback::start(points_.search(all_of(1)), ringback::on(ringback::Inline()),
                  [&called_back](const Outcome<std::vector<Hit>>& hits) { called_back = hits->size(); });
  EXPECT_EQ(called_back, 1U);

  ringback::Pool pool({.threads = 1});
  EXPECT_EQ(ringback::spawn(pool, points_.search(all_of(1))).get().size(), 1U);

  const auto awaits = [](Collection points) -> Task<std::size_t> {
    const auto hits = co_await points.search(all_of(1));
    co_return hits.size();
  };
  EXPECT_EQ(ringback::run(awaits(points_)), 1U);
}

// From a worker of the very Pool that computes, and there is one only.
TEST(OneWorker, may_ask_the_database_that_it_works_for) {
  ringback::Pool pool({.threads = 1});
  Database database({.pool = &pool});
  const auto ask = [](Database& of) -> Task<std::size_t> {
    auto points = co_await of.create("points", {.dimension = kDimension});
    std::vector<Point> many;
    for (int id = 0; id < 200; ++id) many.push_back({.id = id, .vector = all_of(1)});
    co_await points.upsert(std::move(many));
    std::vector<std::vector<float>> queries(100, all_of(1));
    const auto hits = co_await points.batch_search(std::move(queries), {.limit = 3});
    co_return hits.size() + hits.front().size();
  };
  EXPECT_EQ(ringback::spawn(pool, ask(database)).get(), 103U);
}

}  // namespace
}  // namespace vectordb

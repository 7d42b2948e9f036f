#include "vectordb/collection/collection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <random>

#include "ringback/async/wait.h"
#include "vectordb/collection/database.h"

namespace vectordb {
namespace {

using ringback::Error;
using ringback::ErrorKind;
using ringback::wait;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

class CollectionTest : public testing::Test {
 protected:
  Collection make(std::size_t dimension, Distance distance) {
    return wait(database_.create("test" + std::to_string(made_++), {.dimension = dimension, .distance = distance}));
  }

  Database database_{{.threads = 2}};
  int made_ = 0;
};

template <typename Call>
Error error_of(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return {ErrorKind::io, "", ""};
}

std::vector<PointId> ids_of(const auto& points) {
  std::vector<PointId> ids;
  for (const auto& point : points) ids.push_back(point.id);
  return ids;
}

TEST_F(CollectionTest, what_was_put_in_comes_out) {
  const Collection points = make(2, Distance::dot);
  const PointId uuid = *PointId::parse("550e8400-e29b-41d4-a716-446655440000");
  const Written written = wait(points.upsert(
      {{.id = 7, .vector = {1, 2}, .payload = Payload::parse(R"({"a": 1})")}, {.id = uuid, .vector = {3, 4}}}));
  EXPECT_EQ(written.operation, 1U);
  EXPECT_EQ(written.points, 2U);
  EXPECT_EQ(wait(points.count()), 2U);

  const auto found = wait(points.retrieve({uuid, 99, 7}, {.payload = true, .vector = true}));
  ASSERT_THAT(ids_of(found), ElementsAre(uuid, PointId(7)));
  EXPECT_THAT(found[0].vector, ElementsAre(3, 4));
  EXPECT_TRUE(found[0].payload.is_empty());
  EXPECT_THAT(found[1].vector, ElementsAre(1, 2));
  EXPECT_EQ(found[1].payload.json(), R"({"a":1})");
  EXPECT_THAT(wait(points.get(7, {.payload = false})).vector, IsEmpty());
}

TEST_F(CollectionTest, a_point_that_is_not_there_is_not_found) {
  const Collection points = make(2, Distance::dot);
  const Error error = error_of([&] { wait(points.get(7)); });
  EXPECT_EQ(error.kind(), ErrorKind::not_found);
  EXPECT_THAT(error.what(), HasSubstr("no point 7"));
}

TEST_F(CollectionTest, an_upsert_replaces_and_the_last_of_one_id_counts) {
  const Collection points = make(1, Distance::dot);
  wait(points.upsert({{.id = 1, .vector = {1}, .payload = Payload::parse(R"({"old":true})")}}));
  wait(points.upsert({{.id = 1, .vector = {2}}, {.id = 1, .vector = {3}}}));
  EXPECT_EQ(wait(points.count()), 1U);
  EXPECT_THAT(wait(points.get(1)).vector, ElementsAre(3));
  EXPECT_TRUE(wait(points.get(1)).payload.is_empty());
  const auto hits = wait(points.search({1}));
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].score, 3);
  EXPECT_EQ(hits[0].version, 2U);
}

TEST_F(CollectionTest, what_was_removed_is_gone) {
  const Collection points = make(1, Distance::dot);
  wait(points.upsert({{.id = 1, .vector = {1}}, {.id = 2, .vector = {2}}}));
  EXPECT_EQ(wait(points.remove({1, 1, 5})).points, 1U);
  EXPECT_EQ(wait(points.count()), 1U);
  EXPECT_THAT(ids_of(wait(points.search({1}))), ElementsAre(PointId(2)));
  EXPECT_THAT(ids_of(wait(points.scroll()).points), ElementsAre(PointId(2)));
  EXPECT_THAT(wait(points.retrieve({1})), IsEmpty());
}

TEST_F(CollectionTest, an_upsert_with_a_bad_point_stores_none) {
  const Collection points = make(2, Distance::cosine);
  const auto upsert = [&](std::vector<float> vector) {
    return error_of([&] { wait(points.upsert({{.id = 1, .vector = {1, 2}}, {.id = 2, .vector = vector}})); });
  };
  EXPECT_THAT(upsert({1, 2, 3}).what(), HasSubstr("points[1].vector: expected 2 numbers, found 3"));
  EXPECT_EQ(upsert({1}).kind(), ErrorKind::invalid);
  EXPECT_THAT(upsert({1, kNan}).what(), HasSubstr("points[1].vector[1]: expected a finite number, found nan"));
  EXPECT_THAT(upsert({-std::numeric_limits<float>::infinity(), 0}).what(), HasSubstr("points[1].vector[0]"));
  EXPECT_EQ(wait(points.count()), 0U);
}

TEST_F(CollectionTest, a_query_that_is_not_right_is_named) {
  const Collection points = make(2, Distance::cosine);
  EXPECT_THAT(error_of([&] { wait(points.search({1})); }).what(), HasSubstr("vector: expected 2 numbers, found 1"));
  EXPECT_THAT(error_of([&] { wait(points.batch_search({{1, 2}, {1, kNan}, {3}})); }).what(),
              HasSubstr("queries[1].vector[1]: expected a finite number"));
}

TEST_F(CollectionTest, cosine_keeps_vectors_at_length_one_and_zeros_as_they_are) {
  const Collection points = make(2, Distance::cosine);
  wait(points.upsert({{.id = 1, .vector = {30, 40}}, {.id = 2, .vector = {0, 0}}, {.id = 3, .vector = {-3, -4}}}));
  const auto hits = wait(points.search({300, 400}, {.with_vector = true}));
  ASSERT_THAT(ids_of(hits), ElementsAre(PointId(1), PointId(2), PointId(3)));
  EXPECT_FLOAT_EQ(hits[0].score, 1);
  EXPECT_EQ(hits[1].score, 0);
  EXPECT_FLOAT_EQ(hits[2].score, -1);
  EXPECT_THAT(hits[0].vector, ElementsAre(0.6F, 0.8F));
  EXPECT_THAT(wait(points.get(2)).vector, ElementsAre(0, 0));
  for (const Hit& hit : wait(points.search({0, 0}))) EXPECT_EQ(hit.score, 0);
}

TEST_F(CollectionTest, scores_limits_and_thresholds_are_those_of_the_distance) {
  struct Case {
    Distance distance;
    std::vector<float> scores;  // of ids 1, 2, 3, nearest first
    float threshold;            // lets two pass
  };
  for (const Case& of : {Case{Distance::euclid, {0, 5, 10}, 5}, Case{Distance::manhattan, {0, 7, 14}, 7}}) {
    const Collection points = make(2, of.distance);
    wait(points.upsert({{.id = 3, .vector = {6, 8}}, {.id = 1, .vector = {0, 0}}, {.id = 2, .vector = {3, 4}}}));
    const auto all = wait(points.search({0, 0}));
    ASSERT_THAT(ids_of(all), ElementsAre(PointId(1), PointId(2), PointId(3)));
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(all[i].score, of.scores[i]);
    EXPECT_EQ(wait(points.search({0, 0}, {.score_threshold = of.threshold})).size(), 2U);
  }
  const Collection points = make(1, Distance::dot);
  wait(points.upsert({{.id = 1, .vector = {1}}, {.id = 2, .vector = {2}}, {.id = 3, .vector = {3}}}));
  EXPECT_THAT(ids_of(wait(points.search({1}, {.score_threshold = 2}))), ElementsAre(PointId(3), PointId(2)));
  EXPECT_THAT(ids_of(wait(points.search({1}, {.limit = 1}))), ElementsAre(PointId(3)));
  EXPECT_THAT(ids_of(wait(points.search({1}, {.limit = 1, .offset = 1}))), ElementsAre(PointId(2)));
  EXPECT_THAT(wait(points.search({1}, {.offset = 3})), IsEmpty());
  EXPECT_THAT(wait(points.search({1}, {.limit = 0})), IsEmpty());
  constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
  EXPECT_EQ(wait(points.search({1}, {.limit = kMost, .offset = 1})).size(), 2U);
  EXPECT_THAT(wait(points.search({1}, {.limit = 5, .offset = kMost})), IsEmpty());
}

TEST_F(CollectionTest, of_equally_near_points_that_with_the_smaller_id_comes_first) {
  const Collection points = make(1, Distance::dot);
  for (const int id : {5, 3, 9, 1, 7}) wait(points.upsert({{.id = id, .vector = {1}}}));
  wait(points.upsert({{.id = 1, .vector = {1}}}));  // A newer row, and the same place.
  EXPECT_THAT(ids_of(wait(points.search({1}, {.limit = 3}))), ElementsAre(PointId(1), PointId(3), PointId(5)));
}

TEST_F(CollectionTest, inserts_get_ids_in_the_order_of_the_arguments_and_an_outcome_each) {
  const Collection points = make(1, Distance::dot);
  wait(points.upsert({{.id = 10, .vector = {0}}}));
  const auto outcomes = wait(points.batch_insert({
      {.vector = {1}},
      {.id = 3, .vector = {2}},
      {.vector = {3, 4}},
      {.id = 10, .vector = {5}},
      {.id = 3, .vector = {6}},
      {.vector = {7}},
  }));
  ASSERT_EQ(outcomes.size(), 6U);
  EXPECT_EQ(*outcomes[0], PointId(11));
  EXPECT_EQ(*outcomes[1], PointId(3));
  EXPECT_THAT(outcomes[2].failure().describe(), HasSubstr("points[2].vector: expected 1 numbers, found 2"));
  EXPECT_EQ(outcomes[3].failure().error()->kind(), ErrorKind::exists);
  EXPECT_THAT(outcomes[3].failure().describe(), HasSubstr("points[3].id: 10 is there already"));
  EXPECT_THAT(outcomes[4].failure().describe(), HasSubstr("points[4].id: 3 is there already"));
  EXPECT_EQ(*outcomes[5], PointId(12));
  EXPECT_EQ(wait(points.count()), 4U);
  EXPECT_THAT(wait(points.get(10)).vector, ElementsAre(0));
}

TEST_F(CollectionTest, ids_run_out_after_the_largest_number) {
  const Collection points = make(1, Distance::dot);
  const auto outcomes = wait(points.batch_insert({
      {.vector = {1}},
      {.id = PointId(std::numeric_limits<std::uint64_t>::max()), .vector = {2}},
      {.vector = {3}},
  }));
  EXPECT_EQ(*outcomes[0], PointId(0));
  EXPECT_TRUE(outcomes[1].ok());
  EXPECT_EQ(outcomes[2].failure().error()->kind(), ErrorKind::exhausted);
}

TEST_F(CollectionTest, a_scroll_sees_every_point_once_in_the_order_of_ids) {
  const Collection points = make(1, Distance::dot);
  std::vector<Point> all;
  for (std::uint64_t id = 0; id < 1000; ++id) all.push_back({.id = (id * 7919) % 1000, .vector = {0}});
  for (std::uint8_t i = 0; i < 5; ++i) all.push_back({.id = PointId::uuid({i}), .vector = {0}});
  wait(points.upsert(all));
  for (const std::size_t limit : {1U, 7U, 256U, 1004U, 1005U, 5000U}) {
    std::vector<PointId> seen;
    ScrollPage page{.points = {}, .next = PointId()};
    while (page.next) {
      page = wait(points.scroll({.from = page.next, .limit = limit}));
      EXPECT_LE(page.points.size(), limit);
      for (const Point& point : page.points) seen.push_back(point.id);
    }
    ASSERT_EQ(seen.size(), 1005U) << limit;
    EXPECT_TRUE(std::ranges::is_sorted(seen));
    EXPECT_FALSE(seen.back().is_number());
  }
  EXPECT_THAT(wait(points.scroll({.limit = 0})).points, IsEmpty());
  EXPECT_FALSE(wait(points.scroll({.from = PointId::uuid({9})})).next.has_value());
}

TEST_F(CollectionTest, a_batch_gives_what_its_queries_give_one_by_one) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(-1, 1);
  constexpr std::size_t kDimension = 37;
  const auto vector = [&] {
    std::vector<float> numbers(kDimension);
    for (float& number : numbers) number = uniform(random);
    return numbers;
  };
  const Collection points = make(kDimension, Distance::cosine);
  std::vector<Point> stored;
  for (int id = 0; id < 3000; ++id) stored.push_back({.id = id, .vector = vector()});
  wait(points.upsert(std::move(stored)));

  std::vector<Query> queries;
  for (std::size_t i = 0; i < 100; ++i) {
    queries.push_back({vector(), {.limit = i % 12, .offset = i % 5, .with_vector = i % 2 == 0}});
  }
  const auto together = wait(points.batch_search(queries));
  ASSERT_EQ(together.size(), queries.size());
  for (std::size_t i = 0; i < queries.size(); ++i) {
    const auto alone = wait(points.search(queries[i].vector, queries[i].options));
    ASSERT_EQ(ids_of(alone), ids_of(together[i]));
    for (std::size_t hit = 0; hit < alone.size(); ++hit) {
      EXPECT_EQ(alone[hit].score, together[i][hit].score);
      EXPECT_EQ(alone[hit].vector, together[i][hit].vector);
    }
  }
  EXPECT_THAT(wait(points.batch_search(std::vector<Query>())), IsEmpty());
}

// Everything, beside a map that is searched plainly.
TEST_F(CollectionTest, slow_after_any_writes_it_is_what_a_map_would_be) {
  const Collection points = make(600, Distance::dot);  // Enough rows for several chunks, some of them compacted.
  std::map<PointId, float> model;
  std::mt19937 random(2);
  const auto vector_of = [](float first) {
    std::vector<float> numbers(600);
    numbers[0] = first;
    return numbers;
  };
  for (int round = 0; round < 300; ++round) {
    std::vector<Point> upserts;
    for (std::uint32_t i = 0; i < random() % 40; ++i) {
      const PointId id = random() % 500U;
      const float value = static_cast<float>(random() % 1000);
      upserts.push_back({.id = id, .vector = vector_of(value)});
      model[id] = value;
    }
    wait(points.upsert(std::move(upserts)));
    std::vector<PointId> removals;
    for (std::uint32_t i = 0; i < random() % 30; ++i) removals.emplace_back(random() % 500U);
    if (round % 50 == 49) removals = ids_of(wait(points.scroll({.limit = 400})).points);
    std::size_t there = 0;
    for (const PointId& id : removals) there += model.erase(id);
    ASSERT_EQ(wait(points.remove(removals)).points, there);

    ASSERT_EQ(wait(points.count()), model.size());
    const auto hits = wait(points.search(vector_of(1), {.limit = 1000}));
    ASSERT_EQ(hits.size(), model.size());
    for (std::size_t i = 0; i < hits.size(); ++i) {
      ASSERT_EQ(hits[i].score, model.at(hits[i].id));
      if (i != 0) {
        ASSERT_TRUE(hits[i - 1].score > hits[i].score ||
                    (hits[i - 1].score == hits[i].score && hits[i - 1].id < hits[i].id));
      }
    }
    const auto page = wait(points.scroll({.limit = 1000, .select = {.vector = true}}));
    ASSERT_EQ(page.points.size(), model.size());
    for (const Point& point : page.points) ASSERT_EQ(point.vector[0], model.at(point.id));
  }
  // What was replaced and removed does not stay in memory for ever.
  EXPECT_LT(points.info().bytes, 4 * 500U * 600U * sizeof(float));
}

TEST_F(CollectionTest, information_is_what_was_asked_for_and_what_was_done) {
  const Payload metadata = Payload::parse(R"({"model":"words"})");
  const Collection points = wait(database_.create("told", {.dimension = 2, .metadata = metadata}));
  wait(points.upsert({{.id = 1, .vector = {1, 2}}, {.id = 2, .vector = {1, 2}}}));
  wait(points.remove({1}));
  wait(points.search({1, 2}));
  const CollectionInfo info = points.info();
  EXPECT_EQ(info.name, "told");
  EXPECT_EQ(info.options.metadata, metadata);
  EXPECT_EQ(info.options.dimension, 2U);
  EXPECT_EQ(info.points, 1U);
  EXPECT_EQ(info.operation, 2U);
  EXPECT_EQ(info.rows_looked_at, 1U);
  EXPECT_GE(info.bytes, 2 * sizeof(float));
}

}  // namespace
}  // namespace vectordb

#include "vectordb/server/internal/point_request.h"

#include <gtest/gtest.h>

#include <vector>

#include "vectordb/server/internal/refusals_test.h"

namespace vectordb::internal {
namespace {

using testing_refusals::expect_refused;
using testing_refusals::refusal;

const char* const kUuid = "550e8400-e29b-41d4-a716-446655440000";

TEST(UpsertRequest, is_a_list_of_points) {
  const std::vector<Point> points = read_upsert(
      R"({"points":[{"id":1,"vector":[0.5,-2],"payload":{"n":12345678901234567890123,"u":"回"}},
                    {"id":"550E8400-E29B-41D4-A716-446655440000","vector":{"":[1,2]},"payload":null,"more":1}]})");
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].id, PointId(1));
  EXPECT_EQ(points[0].vector, (std::vector<float>{0.5F, -2.0F}));
  EXPECT_EQ(points[0].payload.json(), R"({"n":12345678901234567890123,"u":"回"})");
  EXPECT_EQ(points[1].id.text(), kUuid);
  EXPECT_EQ(points[1].vector, (std::vector<float>{1.0F, 2.0F}));
  EXPECT_TRUE(points[1].payload.is_empty());
}

TEST(UpsertRequest, is_a_table_of_columns) {
  const std::vector<Point> points =
      read_upsert(R"({"batch":{"payloads":[{"a":1},null],"vectors":[[1,2],[3,4]],"ids":[7,8]}})");
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].id, PointId(7));
  EXPECT_EQ(points[0].payload.json(), R"({"a":1})");
  EXPECT_EQ(points[1].vector, (std::vector<float>{3.0F, 4.0F}));
  EXPECT_EQ(read_upsert(R"({"batch":{"ids":[1],"vectors":{"":[[1]]}}})").size(), 1U);
}

TEST(UpsertRequest, names_the_field_that_is_wrong) {
  const std::string_view form = "400 Format error in JSON body: ";
  expect_refused(read_upsert, R"({"points":[{"id":1,"vector":[1]},{"id":-1,"vector":[1]}]})", form, "points[1].id: ");
  expect_refused(read_upsert, R"({"points":[{"id":1.5,"vector":[1]}]})", form, "points[0].id: ");
  expect_refused(read_upsert, R"({"points":[{"id":"7","vector":[1]}]})", form, "value 7 is not a valid point ID");
  expect_refused(read_upsert, R"({"points":[{"id":null,"vector":[1]}]})", form, "points[0].id: a point ID is either");
  expect_refused(read_upsert, R"({"points":[{"vector":[1]}]})", form, "points[0]: missing field `id`");
  expect_refused(read_upsert, R"({"points":[{"id":1}]})", form, "points[0]: missing field `vector`");
  expect_refused(read_upsert, R"({"points":[{"id":1,"vector":null}]})", form, "points[0].vector: expected an array");
  expect_refused(read_upsert, R"({"points":[{"id":1,"vector":[1,null]}]})", form,
                 "points[0].vector[1]: expected a number");
  expect_refused(read_upsert, R"({"points":[{"id":1,"vector":[1,NaN]}]})", form, "points[0].vector[1]: ");
  expect_refused(read_upsert, R"({"points":[{"id":1,"vector":[1e39]}]})", form,
                 "points[0].vector[0]: this number is too large");
  expect_refused(read_upsert, R"({"points":[{"id":1,"vector":[1],"payload":[]}]})", form,
                 "points[0].payload: expected an object");
  expect_refused(read_upsert, R"({"points":{}})", form, "points: expected an array, found an object");
  expect_refused(read_upsert, R"({"point":[]})", form, "missing field `points`");
  expect_refused(read_upsert, R"([])", form, "expected an object");
  expect_refused(read_upsert, R"({"points":[)", form, "line 1 column 12");
  expect_refused(read_upsert, R"({"batch":{"ids":[1]}})", form, "batch: missing field `vectors`");
}

TEST(UpsertRequest, refuses_by_name_what_is_not_there_yet) {
  const std::string_view wrong = "400 Wrong input: ";
  expect_refused(read_upsert, R"({"points":[{"id":1,"vector":{"image":[1]}}]})", wrong, "vector name error: image");
  expect_refused(read_upsert, R"({"points":[{"id":1,"vector":[[1]]}]})", wrong, "points[0].vector[0]`: multivectors");
  expect_refused(read_upsert, R"({"points":[{"id":1,"vector":{"indices":[1],"values":[1]}}]})", wrong,
                 "points[0].vector.indices");
  expect_refused(read_upsert, R"({"points":[{"id":1,"vector":{"text":"a","model":"b"}}]})", wrong,
                 "points[0].vector.text");
  expect_refused(read_upsert, R"({"points":[],"shard_key":"a"})", wrong, "shard_key");
  expect_refused(read_upsert, R"({"points":[],"update_filter":{}})", wrong, "update_filter");
  expect_refused(read_upsert, R"({"points":[],"update_mode":"insert_only"})", wrong, "insert_only");
  EXPECT_EQ(refusal(read_upsert, R"({"points":[],"update_mode":"upsert","shard_key":null})"), "");
}

TEST(UpsertRequest, columns_are_of_one_length) {
  expect_refused(read_upsert, R"({"batch":{"ids":[1,2],"vectors":[[1]]}})",
                 "422 Validation error in JSON body: [batch.vectors", "1 for 2 ids");
  expect_refused(read_upsert, R"({"batch":{"ids":[1],"vectors":[[1]],"payloads":[]}})", "422", "batch.payloads");
}

TEST(DeleteRequest, is_a_list_of_ids) {
  EXPECT_EQ(read_delete(R"({"points":[3,"550e8400-e29b-41d4-a716-446655440000"]})").size(), 2U);
  expect_refused(read_delete, R"({"filter":{"must":[]}})", "400 Wrong input: ", "`filter` is not supported");
  expect_refused(read_delete, R"({})", "400", "missing field `points`");
}

TEST(RetrieveRequest, gives_payloads_unless_told_otherwise) {
  const RetrieveRequest plain = read_retrieve(R"({"ids":[1]})");
  EXPECT_FALSE(plain.with_payload.is_none());
  EXPECT_FALSE(plain.with_vector);
  const RetrieveRequest other = read_retrieve(R"({"ids":[1],"with_payload":false,"with_vector":[""]})");
  EXPECT_TRUE(other.with_payload.is_none());
  EXPECT_TRUE(other.with_vector);
  EXPECT_TRUE(read_retrieve(R"({"ids":[1],"with_vectors":true})").with_vector);
  expect_refused(read_retrieve, R"({"ids":[1],"with_vector":["image"]})", "400", "image");
  expect_refused(read_retrieve, R"({"points":[]})", "400", "missing field `ids`");
}

TEST(ScrollRequest, has_a_page_of_ten_from_the_first_on) {
  const ScrollRequest plain = read_scroll("{}");
  EXPECT_EQ(plain.limit, 10U);
  EXPECT_FALSE(plain.offset.has_value());
  const ScrollRequest other = read_scroll(R"({"limit":3,"offset":9,"filter":null})");
  EXPECT_EQ(other.limit, 3U);
  EXPECT_EQ(other.offset, PointId(9));
  expect_refused(read_scroll, R"({"limit":0})", "422 Validation error in JSON body: [limit: ", "must be 1 or larger");
  expect_refused(read_scroll, R"({"limit":-1})", "400", "limit: expected a whole number");
  expect_refused(read_scroll, R"({"filter":{"must":[]}})", "400", "`filter` is not supported");
  expect_refused(read_scroll, R"({"order_by":"n"})", "400", "`order_by` is not supported");
}

TEST(CountRequest, counts_all) {
  EXPECT_EQ(refusal(
                [](std::string_view body) {
                  read_count_request(body);
                  return 0;
                },
                R"({"exact":false})"),
            "");
  expect_refused(
      [](std::string_view body) {
        read_count_request(body);
        return 0;
      },
      R"({"filter":{}})", "400", "filter");
}

}  // namespace
}  // namespace vectordb::internal

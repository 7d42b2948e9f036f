#include "vectordb/server/internal/search_request.h"

#include <gtest/gtest.h>

#include <vector>

#include "vectordb/server/internal/refusals_test.h"

namespace vectordb::internal {
namespace {

using testing_refusals::expect_refused;
using testing_refusals::refusal;

std::vector<float> vector_of(const SearchRequest& request) { return std::get<std::vector<float>>(request.target); }
PointId point_of(const SearchRequest& request) { return std::get<PointId>(request.target); }

TEST(SearchRequest, has_a_vector_and_a_limit) {
  const SearchRequest plain = read_search(R"({"vector":[0.5,1],"limit":3})");
  EXPECT_EQ(vector_of(plain), (std::vector<float>{0.5F, 1.0F}));
  EXPECT_EQ(plain.limit, 3U);
  EXPECT_TRUE(plain.with_payload.is_none());
  const SearchRequest full = read_search(
      R"({"vector":{"name":"","vector":[1]},"top":2,"offset":4,"score_threshold":0.25,"with_payload":true,
          "with_vector":true,"params":{"hnsw_ef":128,"exact":true,"indexed_only":false,"quantization":null},"filter":null})");
  EXPECT_EQ(vector_of(full), (std::vector<float>{1.0F}));
  EXPECT_EQ(full.limit, 2U);
  EXPECT_EQ(full.offset, 4U);
  EXPECT_EQ(full.score_threshold, 0.25F);
  EXPECT_FALSE(full.with_payload.is_none());
  EXPECT_TRUE(full.with_vector);
}

TEST(SearchRequest, names_the_field_that_is_wrong) {
  expect_refused(read_search, R"({"vector":[1]})", "400 Format error in JSON body: ", "missing field `limit`");
  expect_refused(read_search, R"({"limit":1})", "400", "missing field `vector`");
  expect_refused(read_search, R"({"vector":[1],"limit":0})", "422 Validation error in JSON body: [limit: value 0", "");
  expect_refused(read_search, R"({"vector":[1],"limit":1,"offset":-1})", "400", "offset: ");
  expect_refused(read_search, R"({"vector":[1],"limit":1,"score_threshold":"x"})", "400", "score_threshold: ");
  expect_refused(read_search, R"({"vector":[1],"limit":1,"params":{"hnsw_ef":-1}})", "400", "params.hnsw_ef: ");
  expect_refused(read_search, R"({"vector":[1],"limit":1,"filter":{}})", "400 Wrong input: ", "`filter`");
  expect_refused(read_search, R"({"vector":{"name":"image","vector":[1]},"limit":1})", "400", "image");
  expect_refused(read_search, R"({"vector":{"name":"t","vector":{"indices":[1],"values":[1]}},"limit":1})", "400", "t");
  expect_refused(read_search, R"({"vector":[1],"limit":1,"with_payload":{"includes":[]}})", "400",
                 "with_payload.includes: unknown field");
}

TEST(QueryRequest, is_near_to_a_vector_or_a_point) {
  EXPECT_EQ(vector_of(read_query(R"({"query":[1,2]})")), (std::vector<float>{1.0F, 2.0F}));
  EXPECT_EQ(read_query(R"({"query":[1]})").limit, 10U);
  EXPECT_EQ(point_of(read_query(R"({"query":7,"limit":2,"using":""})")), PointId(7));
  EXPECT_EQ(point_of(read_query(R"({"query":{"nearest":7}})")), PointId(7));
  EXPECT_EQ(vector_of(read_query(R"({"query":{"nearest":[1]}})")), (std::vector<float>{1.0F}));
  EXPECT_FALSE(point_of(read_query(R"({"query":"550e8400-e29b-41d4-a716-446655440000"})")).is_number());
}

TEST(QueryRequest, refuses_by_name_what_is_not_there_yet) {
  for (const char* kind : {"recommend", "discover", "context", "order_by", "fusion", "rrf", "formula", "sample"}) {
    const std::string body = std::string(R"({"query":{")") + kind + R"(":"x"}})";
    expect_refused(read_query, body, "400 Wrong input: ", std::string("`query.") + kind + "`");
  }
  expect_refused(read_query, R"({"query":[1],"prefetch":[]})", "400", "`prefetch`");
  expect_refused(read_query, R"({"query":[1],"using":"image"})", "400", "image");
  expect_refused(read_query, R"({"query":[1],"lookup_from":{"collection":"b"}})", "400", "`lookup_from`");
  expect_refused(read_query, R"({"query":{"nearest":[1],"mmr":{}}})", "400", "`query.mmr`");
  expect_refused(read_query, R"({"query":[[1]]})", "400", "multivectors");
  expect_refused(read_query, R"({"query":null})", "400", "`query` is missing");
  expect_refused(read_query, R"({})", "400", "`query` is missing");
  expect_refused(read_query, R"({"query":true})", "400", "query: expected a vector");
}

TEST(SearchBatch, is_a_list_of_searches) {
  EXPECT_EQ(read_search_batch(R"({"searches":[{"vector":[1],"limit":1},{"vector":[2],"limit":2}]})").size(), 2U);
  EXPECT_EQ(read_query_batch(R"({"searches":[{"query":1},{"query":[2]}]})").size(), 2U);
  EXPECT_TRUE(read_query_batch(R"({"searches":[]})").empty());
  expect_refused(read_search_batch, R"({"searches":[{"vector":[1],"limit":1},{"vector":[2],"limit":0}]})", "422",
                 "searches[1].limit");
  expect_refused(read_query_batch, R"({})", "400", "missing field `searches`");
}

}  // namespace
}  // namespace vectordb::internal

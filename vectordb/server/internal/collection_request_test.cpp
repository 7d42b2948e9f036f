#include "vectordb/server/internal/collection_request.h"

#include <gtest/gtest.h>

#include "vectordb/server/internal/refusals_test.h"

namespace vectordb::internal {
namespace {

using testing_refusals::expect_refused;
using testing_refusals::refusal;

TEST(CreateRequest, has_a_size_and_a_distance) {
  const CollectionOptions dot = read_create(R"({"vectors":{"size":4,"distance":"Dot"}})");
  EXPECT_EQ(dot.dimension, 4U);
  EXPECT_EQ(dot.distance, Distance::dot);
  EXPECT_EQ(read_create(R"({"vectors":{"distance":"Cosine","size":65536}})").distance, Distance::cosine);
  EXPECT_EQ(read_create(R"({"vectors":{"":{"distance":"Euclid","size":1}}})").distance, Distance::euclid);
  EXPECT_EQ(read_create(R"({"vectors":{"distance":"Manhattan","size":1}})").distance, Distance::manhattan);
  EXPECT_EQ(read_create(R"({"metadata":{"a": 1},"vectors":{"distance":"Dot","size":1}})").metadata.json(),
            R"({"a":1})");
}

TEST(CreateRequest, takes_what_only_tunes) {
  EXPECT_EQ(refusal(read_create,
                    R"({"vectors":{"size":4,"distance":"Dot","on_disk":true,"hnsw_config":{"m":8},"datatype":"float32"},
      "hnsw_config":{"m":16},"optimizers_config":{"indexing_threshold":0},"wal_config":null,"on_disk_payload":true,
      "shard_number":1,"replication_factor":1,"sparse_vectors":{},"sharding_method":"auto","quantization_config":null})"),
            "");
}

TEST(CreateRequest, names_the_field_that_is_wrong) {
  expect_refused(read_create, "{}", "400 Format error in JSON body: ", "missing field `vectors`");
  expect_refused(read_create, R"({"vectors":{"size":4}})", "400", "vectors: missing field `distance`");
  expect_refused(read_create, R"({"vectors":{"distance":"Dot"}})", "400", "vectors: missing field `size`");
  expect_refused(read_create, R"({"vectors":{"size":4,"distance":"dot"}})", "400",
                 "vectors.distance: unknown variant `dot`");
  expect_refused(read_create, R"({"vectors":{"size":0,"distance":"Dot"}})", "422", "vectors.size: value 0 invalid");
  expect_refused(read_create, R"({"vectors":{"size":65537,"distance":"Dot"}})", "422",
                 "vectors.size: value 65537 invalid");
  expect_refused(read_create, R"({"vectors":{"size":"4","distance":"Dot"}})", "400", "vectors.size: expected a number");
}

TEST(CreateRequest, refuses_by_name_what_is_not_there_yet) {
  const auto refused = [](const std::string& more, std::string_view names) {
    expect_refused(read_create, R"({"vectors":{"size":4,"distance":"Dot"},)" + more + "}", "400 Wrong input: ", names);
  };
  refused(R"("quantization_config":{"scalar":{"type":"int8"}})", "`quantization_config`");
  refused(R"("sparse_vectors":{"text":{}})", "`sparse_vectors.text`");
  refused(R"("shard_number":2)", "`shard_number` is 2");
  refused(R"("replication_factor":3)", "`replication_factor` is 3");
  refused(R"("sharding_method":"custom")", "`sharding_method`");
  refused(R"("strict_mode_config":{"enabled":true})", "`strict_mode_config`");
  expect_refused(read_create, R"({"vectors":{"image":{"size":4,"distance":"Dot"}}})", "400",
                 "`vectors.image`: named vectors");
  expect_refused(read_create, R"({"vectors":{"size":4,"distance":"Dot","datatype":"uint8"}})", "400",
                 "`vectors.datatype`");
  expect_refused(read_create, R"({"vectors":{"size":4,"distance":"Dot","multivector_config":{}}})", "400",
                 "`vectors.multivector_config`");
}

}  // namespace
}  // namespace vectordb::internal

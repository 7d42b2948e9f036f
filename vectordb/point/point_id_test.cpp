#include "vectordb/point/point_id.h"

#include <gtest/gtest.h>

#include <limits>

#include "ringback/base/error.h"
#include "vectordb/point/payload.h"

namespace vectordb {
namespace {

constexpr const char* kUuid = "550e8400-e29b-41d4-a716-446655440000";

TEST(PointId, a_number_and_a_uuid_are_written_as_they_were_read) {
  for (const char* text : {"0", "7", "18446744073709551615", kUuid, "00000000-0000-0000-0000-000000000000"}) {
    const auto id = PointId::parse(text);
    ASSERT_TRUE(id.has_value()) << text;
    EXPECT_EQ(id->text(), text);
  }
  EXPECT_TRUE(PointId::parse("7")->is_number());
  EXPECT_EQ(PointId::parse("7")->number(), 7U);
  EXPECT_FALSE(PointId::parse(kUuid)->is_number());
}

TEST(PointId, a_uuid_has_several_forms) {
  for (const char* text : {"550E8400-E29B-41D4-A716-446655440000", "550e8400e29b41d4a716446655440000",
                           "urn:uuid:550e8400-e29b-41d4-a716-446655440000", "{550e8400-e29b-41d4-a716-446655440000}"}) {
    EXPECT_EQ(PointId::parse(text), PointId::parse(kUuid)) << text;
  }
}

TEST(PointId, other_text_is_none) {
  for (const char* text :
       {"", "-1", "+1", "1.5", " 1", "1 ", "0x10", "18446744073709551616", "abc", "550e8400-e29b-41d4-a716-44665544000",
        "550e8400-e29b-41d4-a716-4466554400000", "550e8400-e29b-41d4-a716-44665544000g",
        "550e8400e-29b-41d4-a716-446655440000", "{550e8400e29b41d4a716446655440000}", "urn:uuid:"}) {
    EXPECT_FALSE(PointId::parse(text).has_value()) << text;
  }
}

TEST(PointId, numbers_come_before_uuids_and_both_in_their_order) {
  const PointId largest(std::numeric_limits<std::uint64_t>::max());
  EXPECT_LT(PointId(1), PointId(2));
  EXPECT_LT(PointId(9), PointId(10));
  EXPECT_LT(largest, PointId::uuid({}));
  EXPECT_LT(PointId::uuid({0, 1}), PointId::uuid({1}));
  EXPECT_LT(PointId::uuid({1}), PointId::uuid({1, 0, 0, 0, 0, 0, 0, 0, 0, 1}));
  EXPECT_NE(PointId(0), PointId::uuid({}));
  EXPECT_NE(PointId(0).hash(), PointId::uuid({}).hash());
}

TEST(PointIdDeathTest, a_negative_number_is_none) {
  EXPECT_DEATH({ [[maybe_unused]] const PointId id(-1); }, "negative");
}

TEST(Payload, is_an_object_kept_without_white_space) {
  EXPECT_EQ(Payload::parse(R"( { "a" : [ 1 , "b c" ] } )").json(), R"({"a":[1,"b c"]})");
  EXPECT_EQ(Payload().json(), "{}");
  EXPECT_TRUE(Payload().is_empty());
  EXPECT_TRUE(Payload::parse("{}").is_empty());
  EXPECT_EQ(Payload::parse("{ }"), Payload());
}

TEST(Payload, what_is_no_object_is_refused) {
  for (const char* text : {"", "1", "[]", "null", "{", "{\"a\":}", "{} {}", "{\"a\":\"\xff\"}"}) {
    EXPECT_THROW(Payload::parse(text), ringback::Error) << text;
  }
}

}  // namespace
}  // namespace vectordb

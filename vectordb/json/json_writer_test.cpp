#include "vectordb/json/json_writer.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace vectordb {
namespace {

TEST(JsonWriter, commas_come_by_themselves) {
  JsonWriter out;
  out.begin_object().key("a").begin_array().value(1).value(2).begin_array().end_array().end_array();
  out.key("b").begin_object().end_object().field("c", true).key("d").null().end_object();
  EXPECT_EQ(out.text(), R"({"a":[1,2,[]],"b":{},"c":true,"d":null})");
}

TEST(JsonWriter, text_leaves_with_the_escapes_it_needs_and_no_others) {
  JsonWriter out;
  out.value("a\"b\\c/d\n\r\t\b\f\x01\x1f \x7f 鏡 回调");
  EXPECT_EQ(out.text(), "\"a\\\"b\\\\c/d\\n\\r\\t\\b\\f\\u0001\\u001f \x7f 鏡 回调\"");
}

TEST(JsonWriter, whole_numbers_keep_every_digit) {
  JsonWriter out;
  out.begin_array().value(std::numeric_limits<std::uint64_t>::max()).value(std::numeric_limits<std::int64_t>::min());
  out.value(9007199254740993).value(0).end_array();
  EXPECT_EQ(out.text(), "[18446744073709551615,-9223372036854775808,9007199254740993,0]");
}

TEST(JsonWriter, fractions_have_the_fewest_digits_that_read_back_the_same) {
  JsonWriter out;
  const std::vector<float> floats = {0.1F, 1.0F, -2.5e-20F, 3.4028235e38F};
  out.begin_array().value(0.1).value(1e300).array_of(floats).end_array();
  EXPECT_EQ(out.text(), "[0.1,1e+300,[0.1,1,-2.5e-20,3.4028235e+38]]");
}

TEST(JsonWriter, what_is_not_finite_is_null) {
  JsonWriter out;
  out.begin_array().value(std::numeric_limits<double>::quiet_NaN()).value(std::numeric_limits<float>::infinity());
  out.end_array();
  EXPECT_EQ(out.text(), "[null,null]");
}

}  // namespace
}  // namespace vectordb

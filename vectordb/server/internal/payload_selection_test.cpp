#include "vectordb/server/internal/payload_selection.h"

#include <gtest/gtest.h>

#include "vectordb/server/internal/refusals_test.h"

namespace vectordb::internal {
namespace {

const char* const kHouse =
    R"({"city":"Köln","address":{"street":"A","no":7,"more":{"x":1}},"rooms":[{"size":3,"sun":true},{"size":4}],"n":18446744073709551615})";

std::string selected(std::string_view selector) {
  JsonReader in(selector);
  const PayloadSelection selection = PayloadSelection::read(in, PayloadSelection::all());
  if (selection.is_none()) return "none";
  JsonWriter out;
  selection.write(Payload::trusted(kHouse), out);
  return std::move(out).text();
}

TEST(PayloadSelection, is_all_or_nothing) {
  EXPECT_EQ(selected("true"), kHouse);
  EXPECT_EQ(selected("null"), kHouse);
  EXPECT_EQ(selected("false"), "none");
}

TEST(PayloadSelection, includes_keys_and_paths) {
  EXPECT_EQ(selected(R"(["city","none"])"), R"({"city":"Köln"})");
  EXPECT_EQ(selected(R"({"include":["address.street","n"]})"),
            R"({"address":{"street":"A"},"n":18446744073709551615})");
  EXPECT_EQ(selected(R"(["address"])"), R"({"address":{"street":"A","no":7,"more":{"x":1}}})");
  EXPECT_EQ(selected(R"(["rooms[].size"])"), R"({"rooms":[{"size":3},{"size":4}]})");
  EXPECT_EQ(selected(R"(["city.x"])"), "{}");
  EXPECT_EQ(selected("[]"), "{}");
}

TEST(PayloadSelection, excludes_keys_and_paths) {
  EXPECT_EQ(selected(R"({"exclude":["address","rooms","n"]})"), R"({"city":"Köln"})");
  EXPECT_EQ(selected(R"({"exclude":["address.more","rooms[].size","n","city.x"]})"),
            R"({"city":"Köln","address":{"street":"A","no":7},"rooms":[{"sun":true},{}]})");
  EXPECT_EQ(selected(R"({"exclude":[]})"), kHouse);
}

TEST(PayloadSelection, refuses_what_it_does_not_know) {
  const auto read = [](std::string_view selector) {
    JsonReader in(selector);
    PayloadSelection::read(in, PayloadSelection::all());
    return 0;
  };
  using testing_refusals::expect_refused;
  expect_refused(read, R"({"include":["a"],"exclude":["b"]})", "400", "exclude");
  expect_refused(read, R"({"only":["a"]})", "400", "only: unknown field");
  expect_refused(read, "{}", "400", "missing field `include`");
  expect_refused(read, R"(["a..b"])", "400", "[0]: expected a path");
  expect_refused(read, R"(["a[0]"])", "400", "[0]: expected a path");
  expect_refused(read, "[1]", "400", "[0]: expected a string");
  expect_refused(read, "7", "400", "expected a boolean");
}

}  // namespace
}  // namespace vectordb::internal

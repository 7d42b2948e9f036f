#include "vectordb/json/json_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ringback/base/error.h"

namespace vectordb {
namespace {

// What reading all of `text` is refused with; empty where it is not.
std::string refusal(std::string_view text) {
  try {
    JsonReader in(text);
    in.skip();
    in.end();
  } catch (const ringback::Error& error) {
    EXPECT_EQ(error.kind(), ringback::ErrorKind::invalid);
    return error.what();
  }
  return {};
}

std::string compacted(std::string_view text) {
  JsonReader in(text);
  std::string compact = in.compact();
  in.end();
  return compact;
}

TEST(JsonReader, takes_what_is_asked_for_and_skips_the_rest) {
  JsonReader in(
      R"( {"limit": 3, "more": [1, {"x": null}], "vector": [0.5, -1e-3, 2], "name": "a\u00e9\n", "yes": true} )");
  std::vector<float> vector;
  std::string name;
  bool yes = false;
  std::uint64_t limit = 0;
  in.object([&](std::string_view key) {
    if (key == "limit") limit = in.whole_number();
    if (key == "vector") in.floats(vector);
    if (key == "name") name = in.text();
    if (key == "yes") yes = in.boolean();
  });
  in.end();
  EXPECT_EQ(limit, 3U);
  EXPECT_EQ(vector, (std::vector<float>{0.5F, -1e-3F, 2.0F}));
  EXPECT_EQ(name, "aé\n");
  EXPECT_TRUE(yes);
}

TEST(JsonReader, a_scalar_is_a_text_too) {
  EXPECT_EQ(JsonReader("18446744073709551615").whole_number(), 18446744073709551615U);
  EXPECT_EQ(JsonReader(" \"x\" ").text(), "x");
  JsonReader in("null");
  EXPECT_TRUE(in.take_null());
  in.end();
}

TEST(JsonReader, compact_text_keeps_every_digit_and_character) {
  EXPECT_EQ(compacted(R"( { "a" : 123456789012345678901234567890 , "b" : [ -0.10, 1e400, 18446744073709551615 ] } )"),
            R"({"a":123456789012345678901234567890,"b":[-0.10,1e400,18446744073709551615]})");
  EXPECT_EQ(compacted("{\"回\": \"\\u56de\\ud834\\udd1e \\/ \\u0001\", \"\": {}}"),
            "{\"回\":\"回𝄞 / \\u0001\",\"\":{}}");
  EXPECT_EQ(compacted("[true,false,null]"), "[true,false,null]");
}

TEST(JsonReader, an_error_names_the_path_and_the_place) {
  JsonReader in("{\"points\": [\n  {\"id\": 1, \"vector\": [0.1, 0.2]},\n  {\"id\": 2, \"vector\": [0.1, \"x\"]}\n]}");
  std::string message;
  std::vector<float> vector;
  try {
    in.object([&](std::string_view) {
      in.array([&](std::size_t) {
        in.object([&](std::string_view key) {
          if (key == "vector") in.floats(vector);
        });
      });
    });
  } catch (const ringback::Error& error) {
    message = error.what();
  }
  EXPECT_NE(message.find("points[1].vector[1]: expected a number, found a string, at line 3 column 29"),
            std::string::npos)
      << message;
}

struct Bad {
  const char* text;
  const char* place;
};

TEST(JsonReader, what_is_no_json_is_refused_with_its_place) {
  const Bad bad[] = {
      {"", "line 1 column 1"},
      {" \n ", "line 1 column 1"},
      {"{", "line 1 column 2"},
      {"{\"a\":1", "line 1 column 7"},
      {"{\"a\" 1}", "line 1 column 6"},
      {"{\"a\":}", "line 1 column 6"},
      {"{a:1}", "line 1 column 2"},
      {"{\"a\":1,}", "line 1 column 8"},
      {"[1,]", "line 1 column 4"},
      {"[1 2]", "line 1 column 4"},
      {"[1}", "line 1 column 3"},
      {"{} {}", "line 1 column 4"},
      {"1,2", "line 1 column 3"},
      {"1] [2", "line 1 column 2"},
      {"nul", "line 1 column 1"},
      {"[tru]", "line 1 column 2"},
      {"[truex]", "line 1 column 2"},
      {"[nullx]", "line 1 column 2"},
      {"[NaN]", "line 1 column 2"},
      {"[Infinity]", "line 1 column 2"},
      {"[01]", "line 1 column 2"},
      {"[1.]", "line 1 column 2"},
      {"[-]", "line 1 column 2"},
      {"[+1]", "line 1 column 2"},
      {"[1e]", "line 1 column 2"},
      {"[1\n,\n0x10]", "line 3 column 1"},
      {"[\"a\\q\"]", "line 1 column 2"},
      {"[\"\\ud800\"]", "line 1 column 2"},
      {"[1,\n\"a\nb\"]", "line 2 column 3"},
      {"[\"abc]", "line 1 column 2"},
      {"[\"ab\xff\"]", "line 1 column 5"},
      {"[\"\xed\xa0\x80\"]", "line 1 column 3"},
      {"'a'", "line 1 column 1"},
      {"// no\n1", "line 1 column 1"},
      {"[1,2]]", "line 1 column 6"},
      {"]", "line 1 column 1"},
      {"\xef\xbb\xbf{}", "line 1 column 1"},
  };
  for (const Bad& one : bad) {
    const std::string refused = refusal(one.text);
    EXPECT_TRUE(refused.ends_with(one.place)) << one.text << "\n" << refused;
  }
}

TEST(JsonReader, kinds_and_ranges_are_kept) {
  const auto refused = [](std::string_view text, auto take) {
    JsonReader in(text);
    try {
      take(in);
    } catch (const ringback::Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const auto whole = [](JsonReader& in) { in.whole_number(); };
  for (const char* text : {"-1", "1.0", "1e3", "18446744073709551616", "\"1\"", "null", "true", "[]"}) {
    EXPECT_NE(refused(text, whole), "") << text;
  }
  EXPECT_NE(refused("1e400", [](JsonReader& in) { in.number(); }), "");
  EXPECT_NE(refused("[1e39]",
                    [](JsonReader& in) {
                      std::vector<float> floats;
                      in.floats(floats);
                    })
                .find("[0]: this number is too large for 32 bits"),
            std::string::npos);
  EXPECT_NE(refused("3", [](JsonReader& in) { in.object([](std::string_view) {}); }), "");
  EXPECT_NE(refused("null", [](JsonReader& in) { in.text(); }), "");
}

TEST(JsonReader, depth_has_a_limit) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(refusal(nested(JsonReader::kDepthMax)), "");
  EXPECT_NE(refusal(nested(JsonReader::kDepthMax + 1)).find("nested too deep"), std::string::npos);
  EXPECT_NE(refusal(std::string(100'000, '[')), "");
  EXPECT_NE(refusal(std::string(100'000, '{')), "");
}

TEST(JsonReader, a_refusal_of_the_callers_names_the_path) {
  JsonReader in(R"({"limit":0})");
  try {
    in.object([&](std::string_view) {
      if (in.whole_number() == 0) in.refuse("must be 1 or larger");
    });
    FAIL();
  } catch (const ringback::Error& error) {
    EXPECT_NE(std::string(error.what()).find("limit: must be 1 or larger, at line 1 column 10"), std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace vectordb

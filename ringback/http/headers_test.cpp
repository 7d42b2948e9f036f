#include "ringback/http/headers.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "ringback/base/error.h"

namespace ringback::http {
namespace {

std::string text_of(const Headers& headers) {
  std::string text;
  headers.append_to(text);
  return text;
}

TEST(Headers, are_found_without_regard_to_case_and_kept_in_order) {
  Headers headers;
  headers.add("Accept", "a");
  headers.add("X-Other", "b");
  headers.add("accept", "c");
  EXPECT_EQ(headers.get("ACCEPT"), "a");
  EXPECT_EQ(headers.get("Accep"), std::nullopt);
  EXPECT_TRUE(headers.contains("x-other"));
  EXPECT_EQ(headers.size(), 3U);
  EXPECT_EQ(text_of(headers), "Accept: a\r\nX-Other: b\r\naccept: c\r\n");
}

TEST(Headers, set_takes_the_place_of_all_of_that_name) {
  Headers headers;
  headers.add("A", "1");
  headers.add("B", "2");
  headers.add("a", "3");
  headers.set("A", "4");
  EXPECT_EQ(text_of(headers), "B: 2\r\nA: 4\r\n");
  EXPECT_EQ(headers.remove("b"), 1U);
  EXPECT_EQ(headers.remove("b"), 0U);
  EXPECT_EQ(text_of(headers), "A: 4\r\n");
  headers.clear();
  EXPECT_TRUE(headers.empty());
}

TEST(Headers, grow_and_are_copied_and_moved_whole) {
  Headers headers;
  for (int i = 0; i < 200; ++i) headers.add("Name-" + std::to_string(i), std::string(static_cast<std::size_t>(i), 'v'));
  Headers copy = headers;
  Headers moved = std::move(headers);
  EXPECT_EQ(text_of(copy), text_of(moved));
  EXPECT_EQ(copy.get("name-199"), std::string(199, 'v'));
  copy = Headers();
  EXPECT_TRUE(copy.empty());
  copy = moved;
  EXPECT_EQ(text_of(copy), text_of(moved));
}

TEST(Headers, a_field_may_be_set_from_a_view_into_them) {
  Headers headers;
  headers.add("A", std::string(250, 'x'));
  headers.set("A", *headers.get("a"));
  headers.add("B", *headers.get("a"));
  EXPECT_EQ(headers.get("A"), std::string(250, 'x'));
  EXPECT_EQ(headers.get("B"), std::string(250, 'x'));
}

TEST(Headers, tell_whether_a_list_has_a_token) {
  Headers headers;
  headers.add("Connection", "foo ,Close");
  headers.add("Connection", "bar");
  EXPECT_TRUE(headers.has_token("connection", "close"));
  EXPECT_TRUE(headers.has_token("connection", "BAR"));
  EXPECT_FALSE(headers.has_token("connection", "clos"));
}

TEST(Headers, nothing_is_slipped_in_by_a_name_or_a_value) {
  Headers headers;
  const auto kind_of = [&headers](std::string_view name, std::string_view value) -> std::optional<ErrorKind> {
    try {
      headers.add(name, value);
    } catch (const Error& error) {
      return error.kind();
    }
    return std::nullopt;
  };
  EXPECT_EQ(kind_of("A", "b\r\nC: d"), ErrorKind::invalid);
  EXPECT_EQ(kind_of("A", "b\nC: d"), ErrorKind::invalid);
  EXPECT_EQ(kind_of("A", std::string_view("a\0b", 3)), ErrorKind::invalid);
  EXPECT_EQ(kind_of("A: b\r\nC", "d"), ErrorKind::invalid);
  EXPECT_EQ(kind_of("", "d"), ErrorKind::invalid);
  EXPECT_EQ(kind_of("A", " d "), std::nullopt);
  EXPECT_EQ(text_of(headers), "A: d\r\n");
}

}  // namespace
}  // namespace ringback::http

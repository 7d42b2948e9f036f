#include "ringback/http/target.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "ringback/base/error.h"
#include "ringback/http/request.h"

namespace ringback::http {
namespace {

TEST(Target, has_a_path_and_a_query) {
  EXPECT_EQ(path_of("/a/b?c=d?e"), "/a/b");
  EXPECT_EQ(query_of("/a/b?c=d?e"), "c=d?e");
  EXPECT_EQ(path_of("/"), "/");
  EXPECT_EQ(query_of("/"), "");
  EXPECT_EQ(path_of("http://host:80/a?b"), "/a");
  EXPECT_EQ(path_of("http://host"), "/");
  EXPECT_EQ(path_of("http://host?b"), "/");
  EXPECT_EQ(query_of("http://host?b"), "b");
  EXPECT_EQ(path_of("*"), "*");
  EXPECT_EQ(path_of("/a://b"), "/a://b");
}

TEST(Target, is_decoded_or_refused) {
  EXPECT_EQ(percent_decoded("a%20b%2Fc+d"), "a b/c+d");
  EXPECT_EQ(form_decoded("a%20b+c"), "a b c");
  EXPECT_EQ(percent_decoded("%e4%BD%A0"), "\xe4\xbd\xa0");
  EXPECT_EQ(percent_decoded("%"), std::nullopt);
  EXPECT_EQ(percent_decoded("a%2"), std::nullopt);
  EXPECT_EQ(percent_decoded("a%2g"), std::nullopt);
  EXPECT_EQ(percent_encoded("a b/\xe4~"), "a%20b%2F%E4~");
}

TEST(Target, a_query_is_a_list_of_pairs) {
  const std::vector<std::pair<std::string, std::string>> expected = {{"a", "1"}, {"b", ""}, {"c d", "e=f"}};
  EXPECT_EQ(parse_query("a=1&b&&c+d=e%3Df"), expected);
  EXPECT_TRUE(parse_query("").empty());
  EXPECT_THROW(parse_query("a=%x"), Error);
  Request request(Method::get, "/x?wait=true&name=a%20b&name=c&bad=%");
  EXPECT_EQ(request.query_value("wait"), "true");
  EXPECT_EQ(request.query_value("name"), "a b");
  EXPECT_EQ(request.query_value("none"), std::nullopt);
  EXPECT_THROW(request.query_value("bad"), Error);
}

}  // namespace
}  // namespace ringback::http

#include "ringback/http/url.h"

#include <gtest/gtest.h>

#include "ringback/base/error.h"

namespace ringback::http {
namespace {

TEST(Url, is_taken_apart) {
  const Url url = Url::parse("HTTP://Example.ORG:8080/a/b?c=d#top");
  EXPECT_EQ(url.scheme(), Url::Scheme::http);
  EXPECT_EQ(url.host(), "example.org");
  EXPECT_EQ(url.port(), 8080);
  EXPECT_EQ(url.target(), "/a/b?c=d");
  EXPECT_EQ(url.authority(), "example.org:8080");
  EXPECT_EQ(url.origin(), "http://example.org:8080");
  EXPECT_EQ(url.to_string(), "http://example.org:8080/a/b?c=d");
}

TEST(Url, has_the_port_of_its_scheme_and_a_path_at_least) {
  for (const char* text : {"http://a", "http://a:", "http://a:80", "http://a/", "http://a#x", "http://A:80/#"}) {
    EXPECT_EQ(Url::parse(text), Url::parse("http://a:80/")) << text;
  }
  EXPECT_EQ(Url::parse("http://a?b").target(), "/?b");
  EXPECT_EQ(Url::parse("https://a").port(), 443);
  EXPECT_EQ(Url::parse("https://a").authority(), "a");
}

TEST(Url, may_name_an_ipv6_address_or_a_unix_socket) {
  EXPECT_EQ(Url::parse("http://[::1]:81/x").host(), "::1");
  EXPECT_EQ(Url::parse("http://[::1]:81/x").authority(), "[::1]:81");
  EXPECT_EQ(Url::parse("http://[::1]").port(), 80);
  const Url local = Url::parse("http+unix://%2Frun%2Fa.sock/status?x");
  EXPECT_EQ(local.host(), "/run/a.sock");
  EXPECT_EQ(local.target(), "/status?x");
  EXPECT_EQ(local.authority(), "localhost");
  EXPECT_EQ(Url::parse(local.to_string()), local);
}

TEST(Url, says_what_is_wrong_with_it) {
  const std::pair<std::string, const char*> wrong[] = {
      {"", "scheme"},
      {"example.org/a", "scheme"},
      {"ftp://a/", "scheme"},
      {"http:///a", "no host"},
      {"http://", "no host"},
      {"http://:80/", "no host"},
      {"http://user:secret@a/", "Authorization"},
      {"http://a b/", "host"},
      {"http://a\r\nb/", "host"},
      {"http://a%00/", "host"},
      {"http://b\xc3\xbc"
       "cher/",
       "host"},
      {"http://" + std::string(254, 'a') + "/", "longer"},
      {"http://[::1/", "]"},
      {"http://[127.0.0.1]/", "IPv6"},
      {"http://[]/", "IPv6"},
      {"http://[::1]x/", "between"},
      {"http://a:0/", "port"},
      {"http://a:65536/", "port"},
      {"http://a:-1/", "port"},
      {"http://a:8x/", "port"},
      {"http://a:1:2/", "port"},
      {"http://a/b c", "percent-encode"},
      {"http://a/\r\nX-Evil: 1", "percent-encode"},
      {"http://a/\xc3\xbc", "percent-encode"},
      {std::string("http://a/\0", 10), "percent-encode"},
      {"http+unix://%zz/", "percent-encoded"},
      {"http+unix://%00/", "percent-encoded"},
      {"http+unix:///x", "no host"},
  };
  for (const auto& [text, says] : wrong) {
    EXPECT_FALSE(Url::try_parse(text).has_value()) << text;
    try {
      Url::parse(text);
      ADD_FAILURE() << "parsed " << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid);
      EXPECT_NE(std::string_view(error.what()).find(says), std::string_view::npos) << error.what();
    }
  }
}

// RFC 3986, section 5.4, as far as it is about http.
TEST(Url, resolves_references_as_the_standard_says) {
  const Url base = Url::parse("http://a/b/c/d;p?q");
  const std::pair<const char*, const char*> wanted[] = {
      {"g", "http://a/b/c/g"},       {"./g", "http://a/b/c/g"},      {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},          {"//g", "http://g/"},           {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},   {"#s", "http://a/b/c/d;p?q"},   {"g#s", "http://a/b/c/g"},
      {";x", "http://a/b/c/;x"},     {"", "http://a/b/c/d;p?q"},     {".", "http://a/b/c/"},
      {"./", "http://a/b/c/"},       {"..", "http://a/b/"},          {"../", "http://a/b/"},
      {"../g", "http://a/b/g"},      {"../..", "http://a/"},         {"../../g", "http://a/g"},
      {"../../../g", "http://a/g"},  {"/./g", "http://a/g"},         {"/../g", "http://a/g"},
      {"g.", "http://a/b/c/g."},     {"..g", "http://a/b/c/..g"},    {"./../g", "http://a/b/g"},
      {"g/./h", "http://a/b/c/g/h"}, {"g/../h", "http://a/b/c/h"},   {"g?y/../x", "http://a/b/c/g?y/../x"},
      {"/x:y", "http://a/x:y"},      {"https://b/c", "https://b/c"}, {"?a:b", "http://a/b/c/d;p?a:b"},
  };
  for (const auto& [reference, url] : wanted) EXPECT_EQ(base.resolve(reference).to_string(), url) << reference;
}

TEST(Url, a_reference_that_is_none_is_refused) {
  const Url base = Url::parse("http://a/");
  for (const char* reference : {"mailto:x", "javascript:alert(1)", "//", "/a b", "/\r\nSet-Cookie: x"}) {
    EXPECT_THROW(base.resolve(reference), Error) << reference;
  }
}

}  // namespace
}  // namespace ringback::http

// Redirects, where a client is told to follow them.
#include <gtest/gtest.h>

#include "ringback/http/http_client.h"
#include "ringback/http/scripted_server_test.h"
#include "ringback/testing/virtual_time.h"

namespace ringback {
namespace {

using namespace testing_http;
using ringback::testing::run_virtually;

std::string redirect(int status, std::string_view location, std::string_view body = "gone") {
  return "HTTP/1.1 " + std::to_string(status) + " Elsewhere\r\nLocation: " + std::string(location) +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

http::Response send_to(ScriptedServer& server, http::Request request, std::size_t redirects_max) {
  HttpClient http({.redirects_max = redirects_max});
  return run_virtually(ScriptedServer::answering(server, http.send(std::move(request))));
}

http::Request a_post(std::string url) {
  http::Request request(http::Method::post, std::move(url));
  request.headers.add("Content-Type", "text/plain");
  request.headers.add("Authorization", "Bearer secret");
  request.body = "data";
  return request;
}

TEST(Redirect, is_a_response_like_any_other_unless_it_is_to_be_followed) {
  ScriptedServer server({{{redirect(302, "/b")}}});
  const http::Response response = send_to(server, http::Request(http::Method::get, server.url("/a")), 0);
  EXPECT_EQ(response.status, http::Status::found);
  EXPECT_EQ(response.body.text(), "gone");
}

TEST(Redirect, is_followed_on_the_same_connection) {
  ScriptedServer server({{{redirect(301, "b?x#y")}, {redirect(308, "/c")}, {ok("there")}}});
  const http::Response response = send_to(server, http::Request(http::Method::get, server.url("/a")), 5);
  EXPECT_EQ(response.body.text(), "there");
  EXPECT_EQ(server.asked(), (std::vector<std::string>{"GET /a", "GET /b?x", "GET /c"}));
  EXPECT_EQ(server.accepted(), 1U);
}

TEST(Redirect, is_followed_so_often_and_then_given_as_it_is) {
  ScriptedServer::Connection circle(10, {redirect(302, "/again")});
  ScriptedServer server({circle});
  EXPECT_EQ(send_to(server, http::Request(http::Method::get, server.url()), 3).status, http::Status::found);
  EXPECT_EQ(server.asked().size(), 4U);
}

TEST(Redirect, makes_a_get_of_what_was_posted_or_sends_it_again_as_it_was) {
  const std::pair<int, const char*> wanted[] = {
      {301, "GET /b"}, {302, "GET /b"}, {303, "GET /b"}, {307, "POST /b data"}, {308, "POST /b data"}};
  for (const auto& [status, asked] : wanted) {
    ScriptedServer server({{{redirect(status, "/b")}, {ok("")}}});
    send_to(server, a_post(server.url("/a")), 1);
    EXPECT_EQ(server.asked().back(), asked) << status;
    EXPECT_EQ(server.last_head().find("Content-Type") != std::string::npos, status >= 307) << status;
    EXPECT_NE(server.last_head().find("Bearer secret"), std::string::npos) << status;
  }
}

TEST(Redirect, tells_no_other_server_the_secrets_of_the_first) {
  ScriptedServer second({{{ok("there")}}});
  ScriptedServer first({{{redirect(307, second.url("/b"))}}});
  HttpClient http({.redirects_max = 1});
  auto both = ScriptedServer::answering(first, ScriptedServer::answering(second, http.send(a_post(first.url("/a")))));
  EXPECT_EQ(run_virtually(std::move(both)).body.text(), "there");
  EXPECT_EQ(second.asked(), std::vector<std::string>{"POST /b data"});
  EXPECT_EQ(second.last_head().find("secret"), std::string::npos);
}

TEST(Redirect, that_would_send_again_what_is_gone_is_given_as_it_is) {
  ScriptedServer server({{{redirect(307, "/b")}}});
  http::Request request(http::Method::put, server.url("/a"));
  request.body = http::Body::made_by([](http::BodyWriter& out) -> Task<> { return out.write("once"); });
  EXPECT_EQ(send_to(server, std::move(request), 1).status, http::Status::temporary_redirect);
}

TEST(Redirect, to_what_is_no_url_is_the_servers_error) {
  for (const char* location : {"javascript:alert(1)", "http://", "//a b/", "http://user:pw@host/"}) {
    ScriptedServer server({{{redirect(302, location)}}});
    try {
      send_to(server, http::Request(http::Method::get, server.url()), 1);
      ADD_FAILURE() << "followed " << location;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::malformed) << error.what();
    }
  }
}

}  // namespace
}  // namespace ringback

// Servers that break off, answer nonsense, or take their time.
#include <gtest/gtest.h>

#include "ringback/async/gather.h"
#include "ringback/async/timeout.h"
#include "ringback/http/http_client.h"
#include "ringback/http/impatient_body_test.h"
#include "ringback/http/scripted_server_test.h"
#include "ringback/io/places_test.h"
#include "ringback/testing/virtual_time.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using namespace testing_places;
using namespace testing_http;
using ringback::testing::run_virtually;
using Then = Reply::Then;

class FailingServer : public PlaceTest {
 protected:
  std::optional<ErrorKind> kind_of(const std::string& reply, Then then, HttpClientOptions options = {}) {
    ScriptedServer server({{{reply, then}}});
    HttpClient http(std::move(options));
    const auto kind =
        kind_thrown_by([&] { return in_place(ScriptedServer::answering(server, http.get(server.url()))); });
    EXPECT_EQ(http.idle_connections(), 0U);
    return kind;
  }
};

TEST_P(FailingServer, the_end_after_every_byte_is_an_error_and_never_a_short_page) {
  for (const std::string& whole :
       {ok("hello"), std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")}) {
    for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
      EXPECT_EQ(kind_of(whole.substr(0, bytes), Then::close), ErrorKind::end_of_stream) << bytes;
    }
  }
}

TEST_P(FailingServer, a_reset_after_every_byte_is_an_error_and_never_a_short_page) {
  const std::string whole = ok("hello");
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    EXPECT_EQ(kind_of(whole.substr(0, bytes), Then::reset), ErrorKind::reset) << bytes;
  }
  EXPECT_EQ(kind_of("HTTP/1.1 200 OK\r\n\r\nuntil the end", Then::reset), ErrorKind::reset);
}

TEST_P(FailingServer, what_is_not_http_is_malformed) {
  for (const char* nonsense :
       {"SSH-2.0-OpenSSH\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 200 OK\nA: b\n\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello", "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello, world\r\n0\r\n\r\n"}) {
    EXPECT_EQ(kind_of(nonsense, Then::silence), ErrorKind::malformed) << nonsense;
  }
  std::string informational;
  for (int i = 0; i < 100; ++i) informational.append("HTTP/1.1 102 Processing\r\n\r\n");
  EXPECT_EQ(kind_of(informational, Then::silence), ErrorKind::malformed);
}

TEST_P(FailingServer, what_is_too_large_is_refused_before_it_is_taken) {
  EXPECT_EQ(kind_of(head_of(101), Then::silence, {.limits = {.body_bytes_max = 100}}), ErrorKind::overloaded);
  EXPECT_EQ(
      kind_of("HTTP/1.1 200 OK\r\n\r\n" + std::string(101, 'x'), Then::silence, {.limits = {.body_bytes_max = 100}}),
      ErrorKind::overloaded);
  EXPECT_EQ(kind_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n" + std::string(101, 'x'),
                    Then::silence, {.limits = {.body_bytes_max = 100}}),
            ErrorKind::overloaded);
  EXPECT_EQ(kind_of("HTTP/1.1 200 OK\r\nA: " + std::string(40'000, 'x'), Then::silence), ErrorKind::overloaded);
}

TEST_P(FailingServer, a_server_that_answers_and_closes_before_it_has_read_is_heard) {
  ScriptedServer server({{{"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy", Then::close, true}}});
  HttpClient http;
  const auto response = in_place(outcome(ScriptedServer::answering(server, http.get(server.url()))));
  if (response.ok()) {
    EXPECT_EQ(response.value().status, http::Status::service_unavailable);
  } else {
    EXPECT_EQ(response.failure().error()->kind(), ErrorKind::reset);  // Where the reset was faster than the answer.
  }
}

RINGBACK_EVERY_PLACE(FailingServer);

// On virtual time: over real sockets of one loop, whose clock jumps when nothing can happen any more.
struct Timed {
  std::optional<ErrorKind> kind;
  std::string text;
  Duration took;
};

Task<Timed> time_of(Task<http::Response> request) {
  const TimePoint begin = now();
  const auto ended = co_await outcome(std::move(request));
  Timed timed{std::nullopt, "", now() - begin};
  if (ended.ok()) {
    timed.text = ended.value().body.text();
  } else if (const Error* error = ended.failure().error()) {
    timed.kind = error->kind();
    timed.text = error->what();
  }
  co_return timed;
}

Timed get_virtually(std::vector<ScriptedServer::Connection> script, HttpLimits limits) {
  ScriptedServer server(std::move(script));
  HttpClient http({.limits = limits});
  auto timed = run_virtually(ScriptedServer::answering(server, time_of(http.get(server.url()))));
  EXPECT_EQ(http.idle_connections(), 0U);
  return timed;
}

TEST(ClientLimits, a_silent_server_is_waited_for_as_long_as_its_head_may_take) {
  const Timed timed = get_virtually({{{"", Then::silence}}}, {.response_head = 7s});
  EXPECT_EQ(timed.kind, ErrorKind::timed_out);
  EXPECT_EQ(timed.took, 7s);
  EXPECT_NE(timed.text.find("127.0.0.1"), std::string::npos) << timed.text;
}

TEST(ClientLimits, half_a_head_does_not_prolong_the_wait) {
  const Timed timed = get_virtually({{{"HTTP/1.1 200 OK\r\nA: b", Then::silence}}}, {.response_head = 7s});
  EXPECT_EQ(timed.took, 7s);
}

TEST(ClientLimits, the_whole_exchange_has_a_limit_that_holds_for_the_body_too) {
  const std::string half = head_of(9) + "half";
  const Timed timed = get_virtually({{{half, Then::silence}}}, {.total = 9s});
  EXPECT_EQ(timed.kind, ErrorKind::timed_out);
  EXPECT_EQ(timed.took, 9s);
}

TEST(ClientLimits, a_body_that_comes_slowly_is_no_silent_server) {
  const std::string head = head_of(3);
  ScriptedServer server({{{head + "a"}, {"b", Then::keep, true, 20s}, {"c", Then::keep, true, 20s}}});
  HttpClient http({.limits = {.response_head = 7s}});
  const auto timed = run_virtually(ScriptedServer::answering(server, time_of(http.get(server.url()))));
  EXPECT_EQ(timed.text, "abc");
  EXPECT_EQ(timed.took, 40s);
}

TEST(ClientLimits, a_large_request_has_its_time_and_then_the_head_has_its_own) {
  ScriptedServer server({{{"", Then::silence}}});
  HttpClient http({.limits = {.response_head = 7s}});
  http::Request request(http::Method::post, server.url());
  request.body = http::Body::made_by([](http::BodyWriter& out) -> Task<> {
    for (int i = 0; i < 10; ++i) {
      co_await out.write("part");
      co_await out.flush();
      co_await sleep(10s);
    }
  });
  const auto timed = run_virtually(ScriptedServer::answering(server, time_of(http.send(std::move(request)))));
  EXPECT_EQ(timed.kind, ErrorKind::timed_out);
  EXPECT_EQ(timed.took, 107s);
  EXPECT_EQ(server.asked().size(), 1U);
}

TEST(ClientLimits, a_write_that_was_given_up_is_sent_later) {
  ScriptedServer server({{{ok("")}}});
  server.read_slowly(1s);
  HttpClient http;
  http::Request request(http::Method::post, server.url());
  request.body = http::Body::made_by(make_impatiently);
  run_virtually(ScriptedServer::answering(server, time_of(http.send(std::move(request)))));
  const std::string wanted = "POST / " + what_is_made_impatiently();
  ASSERT_EQ(server.asked().size(), 1U);
  EXPECT_TRUE(server.asked()[0] == wanted) << server.asked()[0].size();
}

Task<std::unique_ptr<ByteStream>> never_connected(http::Url) {
  std::unique_ptr<ByteStream> stream;
  co_await sleep(24h);
  co_return stream;
}

TEST(ClientLimits, a_connection_has_a_limit_of_its_own) {
  HttpClient http({.limits = {.connect = 3s}, .connect = never_connected});
  const auto timed = run_virtually(time_of(http.get("http://nowhere.test/")));
  EXPECT_EQ(timed.kind, ErrorKind::timed_out);
  EXPECT_EQ(timed.took, 3s);
  EXPECT_NE(timed.text.find("http://nowhere.test"), std::string::npos) << timed.text;
}

TEST(ClientLimits, waiting_for_a_connection_counts_for_the_whole) {
  HttpClient http(
      {.limits = {.connect = std::nullopt, .total = 5s}, .connections_per_origin_max = 1, .connect = never_connected});
  auto both = run_virtually(gather(time_of(http.get("http://a.test/")), time_of(http.get("http://a.test/"))));
  EXPECT_EQ(std::get<0>(both).took, 5s);
  EXPECT_EQ(std::get<1>(both).took, 5s);
  EXPECT_EQ(std::get<1>(both).kind, ErrorKind::timed_out);
}

TEST(ClientLimits, a_connection_is_idle_only_for_so_long) {
  ScriptedServer server({{{ok("a")}, {ok("b")}}, {{ok("c")}}});
  HttpClient http({.idle_time = 30s});
  const auto thrice = [](HttpClient& http, ScriptedServer& server) -> Task<std::string> {
    const http::Response first = co_await http.get(server.url());
    co_await sleep(29s);
    const http::Response second = co_await http.get(server.url());
    EXPECT_EQ(server.accepted(), 1U);
    co_await sleep(31s);
    const http::Response third = co_await http.get(server.url());
    co_return first.body.text() + second.body.text() + third.body.text();
  };
  EXPECT_EQ(run_virtually(ScriptedServer::answering(server, thrice(http, server))), "abc");
  EXPECT_EQ(server.accepted(), 2U);
}

TEST(ClientLimits, a_limit_around_the_call_stops_it_like_any_other) {
  ScriptedServer server({{{"", Then::silence}}});
  HttpClient http;
  const auto limited = [](HttpClient& http, std::string url) -> Task<http::Response> {
    co_return co_await timeout(2s, http.get(url));
  };
  const auto timed = run_virtually(ScriptedServer::answering(server, time_of(limited(http, server.url()))));
  EXPECT_EQ(timed.kind, ErrorKind::timed_out);
  EXPECT_EQ(timed.took, 2s);
}

}  // namespace
}  // namespace ringback

// What an HttpClient does with its connections.
#include <gtest/gtest.h>

#include "ringback/async/gather.h"
#include "ringback/async/timeout.h"
#include "ringback/http/client_place_test.h"
#include "ringback/sync/event.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using namespace testing_places;
using namespace testing_http;
using Then = Reply::Then;

class ClientPool : public ClientPlaceTest {};

Task<std::vector<std::string>> get_at_once(HttpClient& http, ScriptedServer& server, int count) {
  std::vector<Task<std::string>> all;
  for (int i = 0; i < count; ++i) all.push_back(body_of(http, server.url("/" + std::to_string(i))));
  co_return co_await gather(std::move(all));
}

TEST_P(ClientPool, has_so_many_connections_to_one_origin_and_no_more) {
  ScriptedServer::Connection twenty;
  for (int i = 0; i < 20; ++i) twenty.push_back({ok("x")});
  ScriptedServer server({twenty, twenty});
  HttpClient http({.connections_per_origin_max = 2});
  EXPECT_EQ(with(server, get_at_once(http, server, 20)), std::vector<std::string>(20, "x"));
  EXPECT_LE(server.accepted(), 2U);
}

TEST_P(ClientPool, serves_who_waits_in_the_order_in_which_they_came) {
  ScriptedServer server({{{ok("x")}, {ok("x")}, {ok("x")}, {ok("x")}}});
  HttpClient http({.connections_per_origin_max = 1});
  with(server, get_at_once(http, server, 4));
  if (!is_on(Place::pool)) {
    EXPECT_EQ(server.asked(), (std::vector<std::string>{"GET /0", "GET /1", "GET /2", "GET /3"}));
  }
  EXPECT_EQ(server.accepted(), 1U);
}

TEST_P(ClientPool, keeps_no_more_idle_connections_than_it_may) {
  ScriptedServer server(std::vector<ScriptedServer::Connection>(3, {{ok("x")}}));
  HttpClient http({.idle_per_origin_max = 1});
  const auto hold_three = [](HttpClient& client, ScriptedServer& server) -> Task<> {
    auto held = co_await gather(client.open(http::Request(http::Method::get, server.url())),
                                client.open(http::Request(http::Method::get, server.url())),
                                client.open(http::Request(http::Method::get, server.url())));
    const std::string first = co_await std::get<0>(held).body.read_all();
    const std::string second = co_await std::get<1>(held).body.read_all();
    const std::string third = co_await std::get<2>(held).body.read_all();
  };
  with(server, hold_three(http, server));
  EXPECT_EQ(server.accepted(), 3U);
  EXPECT_EQ(http.idle_connections(), 1U);
  http.close_idle();
  EXPECT_EQ(http.idle_connections(), 0U);
}

TEST_P(ClientPool, keeps_none_where_it_may_not) {
  ScriptedServer server({{{ok("a")}}, {{ok("b")}}});
  HttpClient http({.idle_per_origin_max = 0});
  const auto two = [](HttpClient& http, ScriptedServer& server) -> Task<std::string> {
    std::string text = co_await body_of(http, server.url());
    const std::string more = co_await body_of(http, server.url());
    co_return text + more;
  };
  EXPECT_EQ(with(server, two(http, server)), "ab");
  EXPECT_EQ(server.accepted(), 2U);
}

TEST_P(ClientPool, a_connection_that_ended_while_idle_is_noticed_before_anything_is_sent_on_it) {
  ScriptedServer server({{{ok("a"), Then::close}}, {{ok("b")}}});
  HttpClient http;
  const auto get_then_post = [](HttpClient& http, ScriptedServer& server) -> Task<std::string> {
    const std::string first = co_await body_of(http, server.url());
    co_await sleep(20ms);  // The end arrives; were it late, the request would fail, not pass falsely.
    const http::Response second = co_await http.post(server.url(), "data", "text/plain");
    co_return first + second.body.text();
  };
  EXPECT_EQ(with(server, get_then_post(http, server)), "ab");
}

TEST_P(ClientPool, bytes_that_nobody_asked_for_end_an_idle_connection) {
  // Were it kept, the next request would be answered with "evil".
  ScriptedServer server({{{ok("a")}, {ok("evil"), Then::keep, true}}, {{ok("b")}}});
  HttpClient http;
  const auto get_twice = [](HttpClient& http, ScriptedServer& server) -> Task<std::string> {
    const std::string first = co_await body_of(http, server.url());
    co_await sleep(20ms);
    const std::string second = co_await body_of(http, server.url());
    co_return first + second;
  };
  EXPECT_EQ(with(server, get_twice(http, server)), "ab");
}

// The connection is alive when the request is sent, and breaks then: as a server does that closes an
// idle connection at that moment.
ScriptedServer::Connection breaks_at_the_second(Then how) { return {{ok("a")}, {"", how}}; }

Task<std::string> ask_twice(HttpClient& http, ScriptedServer& server, http::Method method) {
  const std::string first = co_await body_of(http, server.url());
  const http::Response second = co_await http.send(http::Request(method, server.url("/second")));
  co_return first + second.body.text();
}

TEST_P(ClientPool, what_may_be_repeated_is_sent_once_more_where_a_kept_connection_breaks) {
  for (const Then how : {Then::close, Then::reset}) {
    for (const http::Method method : {http::Method::get, http::Method::put, http::Method::delete_}) {
      ScriptedServer server({breaks_at_the_second(how), {{ok("b")}}});
      HttpClient http;
      EXPECT_EQ(with(server, ask_twice(http, server, method)), "ab");
      EXPECT_EQ(server.accepted(), 2U);
    }
  }
}

TEST_P(ClientPool, what_may_not_be_repeated_is_not) {
  for (const Then how : {Then::close, Then::reset}) {
    ScriptedServer server({breaks_at_the_second(how), {{ok("b")}}});
    HttpClient http;
    const auto kind = kind_thrown_by([&] { return with(server, ask_twice(http, server, http::Method::post)); });
    EXPECT_EQ(kind, how == Then::close ? ErrorKind::end_of_stream : ErrorKind::reset);
    EXPECT_EQ(server.asked().back(), "POST /second");
    EXPECT_EQ(server.accepted(), 1U);
  }
}

TEST_P(ClientPool, it_is_sent_once_more_and_not_twice) {
  ScriptedServer server({breaks_at_the_second(Then::close), {{"", Then::close}}, {{ok("c")}}});
  HttpClient http;
  EXPECT_EQ(kind_thrown_by([&] { return with(server, ask_twice(http, server, http::Method::get)); }),
            ErrorKind::end_of_stream);
  EXPECT_EQ(server.accepted(), 2U);
}

TEST_P(ClientPool, it_is_not_sent_again_once_a_byte_of_the_response_has_come) {
  ScriptedServer server({{{ok("a")}, {"H", Then::close}}, {{ok("b")}}});
  HttpClient http;
  EXPECT_EQ(kind_thrown_by([&] { return with(server, ask_twice(http, server, http::Method::get)); }),
            ErrorKind::end_of_stream);
  EXPECT_EQ(server.accepted(), 1U);
}

TEST_P(ClientPool, a_new_connection_that_breaks_is_not_tried_again) {
  ScriptedServer server({{{"", Then::close}}, {{ok("b")}}});
  HttpClient http;
  EXPECT_EQ(kind_thrown_by([&] { return with(server, http.get(server.url())); }), ErrorKind::end_of_stream);
  EXPECT_EQ(server.accepted(), 1U);
}

TEST_P(ClientPool, a_response_that_was_not_read_to_its_end_takes_its_connection_with_it) {
  ScriptedServer server({{{ok(std::string(100'000, 'x'))}}, {{ok("b")}}});
  HttpClient http({.connections_per_origin_max = 1});
  const auto half = [](HttpClient& client, ScriptedServer& server) -> Task<std::string> {
    {
      http::Response dropped = co_await client.open(http::Request(http::Method::get, server.url()));
      const Chunk some = co_await dropped.body.read();
    }
    co_return co_await body_of(client, server.url());
  };
  EXPECT_EQ(with(server, half(http, server)), "b");
  EXPECT_EQ(server.accepted(), 2U);
}

TEST_P(ClientPool, a_response_that_was_given_up_takes_its_connection_with_it) {
  ScriptedServer server(
      {{{"", Then::silence}}, {{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", Then::silence}}, {{ok("b")}}});
  HttpClient http({.connections_per_origin_max = 1});
  const auto give_up_twice = [](HttpClient& http, ScriptedServer& server) -> Task<std::string> {
    const auto first = co_await outcome(timeout(10ms, body_of(http, server.url())));
    const auto second = co_await outcome(timeout(10ms, body_of(http, server.url())));
    EXPECT_EQ(first.failure().error()->kind(), ErrorKind::timed_out);
    EXPECT_EQ(second.failure().error()->kind(), ErrorKind::timed_out);
    EXPECT_EQ(http.idle_connections(), 0U);
    co_return co_await body_of(http, server.url());
  };
  EXPECT_EQ(with(server, give_up_twice(http, server)), "b");
}

TEST_P(ClientPool, a_body_may_be_read_when_the_client_is_gone) {
  ScriptedServer server({{{ok("late")}}});
  const auto outlive = [](ScriptedServer& server) -> Task<std::string> {
    auto client = std::make_unique<HttpClient>();
    http::Response response = co_await client->open(http::Request(http::Method::get, server.url()));
    client.reset();
    co_return co_await response.body.read_all();
  };
  EXPECT_EQ(with(server, outlive(server)), "late");
}

TEST_P(ClientPool, a_read_that_was_cancelled_took_nothing_of_the_body) {
  ScriptedServer server(
      {{{"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf", Then::keep}, {"over", Then::keep, true}}});
  HttpClient http;
  const auto read_late = [](HttpClient& client, ScriptedServer& server) -> Task<std::string> {
    http::Response response = co_await client.open(http::Request(http::Method::get, server.url()));
    const auto early = co_await outcome(timeout(0ms, response.body.read()));
    const std::string rest = co_await response.body.read_all();
    co_return (early.ok() ? std::string(early.value().text()) : "") + rest;
  };
  EXPECT_EQ(with(server, read_late(http, server)), "halfover");
  EXPECT_EQ(http.idle_connections(), 1U);
}

RINGBACK_EVERY_PLACE(ClientPool);

}  // namespace
}  // namespace ringback

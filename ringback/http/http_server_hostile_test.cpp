// A server and those who mean it no good, or are very slow.
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>

#include "ringback/async/gather.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/scope.h"
#include "ringback/async/sleep.h"
#include "ringback/http/http_client.h"
#include "ringback/http/http_server.h"
#include "ringback/http/impatient_body_test.h"
#include "ringback/net/unix_socket.h"
#include "ringback/testing/virtual_time.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using http::Request;
using http::Response;
using http::Status;
using ringback::testing::run_virtually;
using namespace testing_http;

// What a client does next: waits, and sends.
struct Step {
  Duration after;
  std::string bytes;
};

struct Heard {
  std::string text;
  std::vector<std::string> errors;
  HttpServerStats stats;

  bool says(std::string_view part) const { return text.find(part) != std::string::npos; }
};

Task<> listen(UnixStream& stream, std::string& heard, Duration first_pause) {
  Outcome<Chunk> chunk{Failure()};
  co_await sleep(first_pause);
  for (;;) {
    chunk = co_await outcome(stream.read());
    if (!chunk.ok() || chunk->empty()) break;
    heard += chunk->text();
  }
}

Task<Heard> converse(http::Handler handler, std::vector<Step> steps, bool ends, Duration listens_after,
                     HttpServerOptions options) {
  Heard heard;
  auto [near, far] = socket_pair();
  options.on_error = [&heard](const Failure& failure, const Request&) { heard.errors.push_back(failure.describe()); };
  HttpServer server(UnixListener("@ringback_hostile_" + std::to_string(::getpid())), std::move(handler),
                    std::move(options));
  auto served = std::make_unique<UnixStream>(std::move(far));
  co_await with_scope([&](Scope& scope) -> Task<> {
    scope.spawn(server.serve_connection(std::move(served)));
    scope.spawn(listen(near, heard.text, listens_after));
    for (const Step& step : steps) {
      co_await sleep(step.after);
      const auto sent = co_await outcome(near.write(step.bytes));
      if (!sent.ok()) break;
    }
    if (ends) co_await near.shutdown_write();
  });
  heard.stats = server.stats();
  co_return heard;
}

Heard hear(http::Handler handler, std::vector<Step> steps, bool ends = true, Duration listens_after = 0s,
           HttpServerOptions options = {}) {
  return run_virtually(converse(std::move(handler), std::move(steps), ends, listens_after, std::move(options)));
}

Task<Response> read_whole(Request& request) {
  std::string all = co_await request.body.read_all();
  co_return Response::text(std::move(all));
}

Task<Response> think_long(Request&) {
  const Duration length = 25s;
  co_await sleep(length);
  co_return Response::text("thought");
}

TEST(HostileClient, one_that_goes_away_in_the_middle_of_its_body_is_no_error_of_the_handler) {
  const Heard heard = hear(read_whole, {{0s, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf"}});
  EXPECT_TRUE(heard.errors.empty()) << heard.errors.front();
  EXPECT_EQ(heard.stats.lost, 1U);
}

// Every ten seconds a byte, which is within the time for a piece.
TEST(HostileClient, a_body_that_comes_drop_by_drop_is_given_up) {
  std::vector<Step> drops = {{0s, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n"}};
  for (int i = 0; i < 10; ++i) drops.push_back({10s, "x"});
  const Heard slow = hear(read_whole, drops, false);
  EXPECT_TRUE(slow.says("408")) << slow.text;
  EXPECT_EQ(slow.stats.refused, 1U);
  HttpServerOptions patient;
  patient.body_bytes_per_second_min = 0;
  EXPECT_TRUE(hear(read_whole, drops, true, 0s, std::move(patient)).says("xxxxxxxxxx"));
}

// A thousand bytes every ten seconds are a hundred a second; and the handler's own pauses do not count.
TEST(HostileClient, a_body_that_is_as_fast_as_it_must_be_is_read) {
  std::vector<Step> pieces = {{0s, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 20000\r\n\r\n"}};
  for (int i = 0; i < 20; ++i) pieces.push_back({10s, std::string(1'000, 'x')});
  const auto slow_handler = [](Request& request) -> Task<Response> {
    std::size_t bytes = 0;
    for (;;) {
      const Chunk part = co_await request.body.read();
      if (part.empty()) break;
      bytes += part.size();
      co_await sleep(9s);
    }
    co_return Response::text("read " + std::to_string(bytes));
  };
  EXPECT_TRUE(hear(read_whole, pieces).says("xxx"));
  EXPECT_TRUE(hear(slow_handler, pieces).says("read 20000"));
}

// The first head took its time, and its handler too: the second one's time begins with its own first byte.
TEST(HostileClient, every_head_has_its_own_time) {
  const Heard heard = hear(
      think_long, {{0s, "GET /1 HTTP/1.1\r\n"}, {5s, "Host: h\r\n\r\nGET /2 HTTP/1.1\r\n"}, {27s, "Host: h\r\n\r\n"}});
  EXPECT_FALSE(heard.says("408")) << heard.text;
  EXPECT_EQ(heard.stats.refused, 0U);
  EXPECT_EQ(heard.stats.requests, 2U);
}

TEST(HostileClient, a_head_that_comes_drop_by_drop_has_no_more_time_than_any) {
  std::vector<Step> drops;
  for (const char c : std::string("GET / HTTP/1.1\r\nHost: a-very-slow-client\r\n\r\n")) drops.push_back({4s, {c}});
  const Heard heard = hear(read_whole, drops, false);
  EXPECT_TRUE(heard.says("408")) << heard.text;
  EXPECT_EQ(heard.stats.requests, 1U);
}

TEST(HostileClient, what_a_maker_gave_up_waiting_for_is_sent_later) {
  const auto give = [](Request&) -> Task<Response> {
    co_return Response(Status::ok, http::Body::made_by(make_impatiently, kImpatientParts * kImpatientPartBytes));
  };
  const Heard heard = hear(give, {{0s, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"}}, true, 1s);
  EXPECT_TRUE(heard.text.ends_with(what_is_made_impatiently())) << heard.text.size();
}

// Who waits to be told is told before the response begins, where that is made of what they will send.
TEST(HostileClient, one_that_waits_to_be_told_gets_its_body_mirrored) {
  const auto mirror = [](Request& request) { return Response(Status::ok, std::move(request.body)); };
  const Heard heard = hear(
      mirror, {{0s, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"}, {1s, "data"}});
  EXPECT_TRUE(heard.text.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")) << heard.text;
  EXPECT_TRUE(heard.text.ends_with("data")) << heard.text;
}

TEST(HostileClient, one_of_http_1_0_is_never_told_to_go_on) {
  const Heard heard =
      hear(read_whole, {{0s, "POST / HTTP/1.0\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"}, {1s, "data"}});
  EXPECT_TRUE(heard.text.starts_with("HTTP/1.1 200 OK\r\n")) << heard.text;
}

TEST(HostileClient, requests_hidden_in_bodies_are_never_answered) {
  const std::string hidden = "GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n";
  const std::string length = "Content-Length: " + std::to_string(hidden.size()) + "\r\n";
  for (const std::string& fields :
       {length + "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\n" + length,
        "Content-Length: 0\r\n" + length, length + "Content-Length: 0\r\n", std::string("Content-Length: 0, 5\r\n"),
        std::string("Content-Length : 5\r\n"), std::string("Content-Length:\t5\x0b\r\n"),
        std::string("Transfer-Encoding: xchunked\r\n"), std::string("Transfer-Encoding: chunked, identity\r\n"),
        std::string("Transfer-Encoding: identity\r\n"),
        std::string("Transfer-Encoding:\x0b"
                    "chunked\r\n"),
        std::string("Transfer-Encoding: \"chunked\"\r\n"), std::string("X: y\nTransfer-Encoding: chunked\r\n"),
        std::string("X: y\rTransfer-Encoding: chunked\r\n"), std::string(" Transfer-Encoding: chunked\r\n"),
        std::string("Transfer-Encoding\r\n : chunked\r\n"), std::string("Content-Length: 0x5\r\n"),
        std::string("Content-Length: 99999999999999999999\r\n")}) {
    const auto answer = [](Request& request) {
      EXPECT_NE(request.target, "/hidden");
      return Response::text("answered");
    };
    const Heard heard = hear(answer, {{0s, "POST / HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n" + hidden}});
    EXPECT_FALSE(heard.says("answered")) << fields;
    EXPECT_TRUE(heard.says("Connection: close")) << fields << heard.text;
    EXPECT_EQ(heard.stats.requests, 1U) << fields;
  }
}

Task<Status> status_of(HttpClient& http, std::string url) {
  const http::Response response = co_await http.get(std::move(url));
  co_return response.status;
}

Task<std::size_t> count_answered(HttpServer& server, HttpClient& http, int at_once) {
  const std::string url = "http://" + server.local().to_string() + "/";
  std::vector<Task<Status>> all;
  for (int i = 0; i < at_once; ++i) all.push_back(status_of(http, url));
  const std::vector<Status> statuses = co_await gather(std::move(all));
  server.stop();
  co_return static_cast<std::size_t>(std::ranges::count(statuses, Status::ok));
}

TEST(HostileClient, a_crowd_that_comes_at_once_gets_no_more_connections_than_there_may_be) {
  HttpServer server(TcpListener(Address::loopback(0)), http::Handler(think_long), {.connections_max = 3});
  HttpClient http({.connections_per_origin_max = 50});
  auto both = run_virtually(gather(server.serve(), count_answered(server, http, 50)));
  EXPECT_EQ(std::get<1>(both), 3U);
  EXPECT_EQ(server.stats().overloaded, 47U);
}

// Each connects, asks with a head as large as may be, and stays; gives what the heap has grown by.
Task<std::size_t> heap_of_the_idle(HttpServer& server, int count) {
  const std::string request =
      "GET /" + std::string(7'000, 'a') + " HTTP/1.1\r\nHost: h\r\nX: " + std::string(24'000, 'x') + "\r\n\r\n";
  const Address at = server.local();
  std::vector<TcpStream> idle;
  idle.reserve(static_cast<std::size_t>(count));
  const std::size_t before = ::mallinfo2().uordblks;
  for (int i = 0; i < count; ++i) {
    TcpStream stream = co_await TcpStream::connect(at);
    co_await stream.write(request);
    const Chunk answer = co_await stream.read();
    EXPECT_FALSE(answer.empty());
    idle.push_back(std::move(stream));
  }
  const std::size_t after = ::mallinfo2().uordblks;
  server.stop();
  co_return after - before;
}

// (Under AddressSanitizer the heap is another, and says nothing.)
TEST(HostileClient, one_that_stays_after_a_large_head_leaves_none_of_it_in_memory) {
  const auto answer = [](Request&) { return Response::text("answered"); };
  HttpServer server(TcpListener(Address::loopback(0)), http::Handler(answer));
  auto both = run_virtually(gather(server.serve(), heap_of_the_idle(server, 200)));
  EXPECT_LT(std::get<1>(both) / 200, 16U * 1024) << "half of what the head has; g++ makes larger frames than clang";
}

}  // namespace
}  // namespace ringback

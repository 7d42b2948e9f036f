#include "ringback/http/http_server.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <regex>
#include <string>
#include <vector>

#include "ringback/async/gather.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/run.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "ringback/http/router.h"
#include "ringback/io/line_reader.h"
#include "ringback/io/places_test.h"
#include "ringback/net/unix_socket.h"
#include "ringback/sync/event.h"
#include "ringback/testing/unhandled_log.h"
#include "ringback/testing/virtual_time.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using http::Request;
using http::Response;
using http::Status;
using ringback::testing::run_virtually;
using ringback::testing::UnhandledLog;

std::string without_date(std::string text) {
  static const std::regex kDate("Date: [A-Z][a-z]{2}, \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT\r\n");
  return std::regex_replace(text, kDate, "");
}

// A response of one of the test's handlers, as it is sent, but for its date.
std::string said(const std::string& text, const std::string& more = "", const std::string& status = "200 OK") {
  return "HTTP/1.1 " + status + "\r\nContent-Type: text/plain; charset=utf-8\r\n" +
         "Content-Length: " + std::to_string(text.size()) + "\r\n" + more + "\r\n" + text;
}
std::string get(const std::string& target, const std::string& fields = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
}
std::string post(const std::string& target, const std::string& body) {
  return "POST " + target + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}
const std::string kClose = "Connection: close\r\n";

// A server on one end of a socket pair, a test on the other.
struct Site {
  Router router;
  HttpServerOptions options;
  std::vector<std::string> errors;
  HttpServerStats stats;

  Site() {
    router.get("/now", [](Request&) { return Response::text("now"); });
    router.get("/later", [](Request&) -> Task<Response> {
      const Duration length = 100ms;
      co_await sleep(length);
      co_return Response::text("later");
    });
    router.get("/task", [](Request&) -> Task<Response> { co_return Response::text("task"); });
    router.get("/none", [](Request&) { return Response(Status::no_content); });
    router.get("/same", [](Request&) { return Response(Status::not_modified); });
    router.get("/throws", [](Request&) -> Response { throw std::runtime_error("secret"); });
    router.get("/full", [](Request&) -> Response { throw Error(ErrorKind::overloaded, "x", "full"); });
    router.get("/rows/{count}", rows);
    router.post("/echo", [](Request& request) -> Task<Response> {
      std::string all = co_await request.body.read_all();
      co_return Response::text(std::move(all));
    });
    router.post("/unread", [](Request&) { return Response::text("unread"); });
    router.post("/mirror", [](Request& request) { return Response(Status::ok, std::move(request.body)); });
    options.on_error = [this](const Failure& failure, const Request& request) {
      errors.push_back(request.target + ": " + failure.describe());
    };
  }

  static Response rows(Request&, int count) {
    return Response(Status::ok, http::Body::made_by([count](http::BodyWriter& out) -> Task<> {
                      std::string row;
                      for (int i = 0; i < count; ++i) {
                        row = "row " + std::to_string(i) + "\n";
                        co_await out.write(row);
                      }
                    }));
  }

  // What the server says to `requests`, given one after the other, until it closes; `then` says what the client
  // does in the end.
  Task<std::string> talk(std::vector<std::string> requests, Duration between = 1s, bool ends = true) {
    auto [client, server_end] = socket_pair();
    HttpServer server(UnixListener("@ringback_http_" + std::to_string(::getpid())), router, std::move(options));
    std::string all;
    auto served = std::make_unique<UnixStream>(std::move(server_end));
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.spawn(server.serve_connection(std::move(served)));
      scope.spawn(listen(client, all));
      for (const std::string& request : requests) {
        auto sent = co_await outcome(client.write(request));
        if (!sent.ok()) break;
        co_await sleep(between);
      }
      if (ends) co_await client.shutdown_write();
    });
    stats = server.stats();
    co_return without_date(all);
  }

  static Task<> listen(UnixStream& stream, std::string& heard) {
    Outcome<Chunk> chunk{Failure()};
    for (;;) {
      chunk = co_await outcome(stream.read());
      if (!chunk.ok() || chunk->empty()) break;
      heard += chunk->text();
    }
  }

  std::string hear(std::vector<std::string> requests, Duration between = 1s, bool ends = true) {
    return run_virtually(talk(std::move(requests), between, ends));
  }
};

TEST(HttpServer, answers_and_keeps_the_connection) {
  Site site;
  EXPECT_EQ(site.hear({get("/now"), get("/later"), get("/task")}), said("now") + said("later") + said("task"));
  EXPECT_EQ(site.stats.requests, 3U);
  EXPECT_EQ(site.stats.connections, 0U);
  EXPECT_EQ(site.stats.lost, 0U);
}

TEST(HttpServer, answers_what_came_together_in_order) {
  Site site;
  EXPECT_EQ(site.hear({get("/now") + get("/later") + get("/task") + get("/now")}),
            said("now") + said("later") + said("task") + said("now"));
}

// More of them than may be answered before others have a turn; and, of the long ones, more text than is kept before it
// is sent.
TEST(HttpServer, answers_a_long_row_of_requests_and_lets_others_have_a_turn) {
  constexpr int kRequests = 1'000;
  const auto watch = [](int& handled, int& most) -> Task<> {
    int before = 0;
    while (handled < kRequests) {
      co_await yield();
      most = std::max(most, handled - before);
      before = handled;
    }
  };
  for (const std::string& text : {std::string("row"), std::string(2'000, 'x')}) {
    Site site;
    int handled = 0;
    int most = 0;
    site.router.get("/row", [&](Request&) {
      ++handled;
      return Response::text(text);
    });
    std::string requests;
    std::string answers;
    for (int i = 0; i < kRequests; ++i) {
      requests += get("/row");
      answers += said(text);
    }
    RunOptions options;
    options.loop.driver_kind = DriverKind::epoll;
    options.loop.driver_options.chunk_bytes = 64 * 1024;  // All of them come in one.
    auto [heard, watched] = run(gather(site.talk({requests}, 1ms), watch(handled, most)), std::move(options));
    EXPECT_EQ(heard, answers);
    EXPECT_EQ(site.stats.requests, static_cast<std::size_t>(kRequests));
    EXPECT_LE(most, 300);
  }
}

TEST(HttpServer, a_handler_that_throws_gives_its_place_back) {
  Site site;
  site.options.requests_max = 1;
  const std::string failed = "Internal Server Error\n";
  EXPECT_EQ(site.hear({get("/throws") + get("/now") + get("/task")}),
            said(failed, "", "500 Internal Server Error") + said("now") + said("task"));
  EXPECT_EQ(site.stats.overloaded, 0U);
}

TEST(HttpServer, reads_a_request_byte_by_byte) {
  Site site;
  std::vector<std::string> bytes;
  for (const char c : post("/echo", "abc")) bytes.emplace_back(1, c);
  EXPECT_EQ(site.hear(bytes, 1ms), said("abc"));
}

TEST(HttpServer, closes_where_the_client_asks_for_it) {
  Site site;
  EXPECT_EQ(site.hear({get("/now", kClose) + get("/now")}, 1s, false), said("now", kClose));
}

TEST(HttpServer, speaks_http_1_0) {
  Site site;
  EXPECT_EQ(site.hear({"GET /now HTTP/1.0\r\n\r\n"}, 1s, false), said("now", kClose));
  Site kept;
  EXPECT_EQ(
      kept.hear({"GET /now HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET /rows/2 HTTP/1.0\r\n\r\n"}, 1s, false),
      said("now", "Connection: keep-alive\r\n") + "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nrow 0\nrow 1\n");
}

TEST(HttpServer, head_and_some_statuses_have_no_body) {
  Site site;
  EXPECT_EQ(site.hear({"HEAD /now HTTP/1.1\r\nHost: h\r\n\r\n", get("/none"), get("/same"),
                       "HEAD /rows/3 HTTP/1.1\r\nHost: h\r\n\r\n", get("/now")}),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\n\r\n"
            "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 304 Not Modified\r\n\r\n"
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
                said("now"));
}

TEST(HttpServer, sends_what_is_made_in_chunks) {
  Site site;
  EXPECT_EQ(
      site.hear({get("/rows/2") + get("/now")}),
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nrow 0\n\r\n6\r\nrow 1\n\r\n0\r\n\r\n" + said("now"));
}

TEST(HttpServer, reads_bodies_of_both_framings) {
  Site site;
  const std::string chunked =
      "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX: y\r\n\r\n";
  EXPECT_EQ(site.hear({post("/echo", "abc") + chunked + post("/echo", "")}), said("abc") + said("abcde") + said(""));
}

TEST(HttpServer, a_body_goes_through_as_it_comes) {
  Site site;
  const std::string large(300'000, 'x');
  EXPECT_EQ(site.hear({post("/mirror", large) + get("/now")}),
            "HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + large + said("now"));
}

TEST(HttpServer, an_unread_body_is_skipped_or_ends_the_connection) {
  Site site;
  EXPECT_EQ(site.hear({post("/unread", "abc") + get("/now")}), said("unread") + said("now"));
  Site large;
  EXPECT_EQ(large.hear({post("/unread", std::string(100'000, 'x')) + get("/now")}, 1s, false), said("unread", kClose));
}

TEST(HttpServer, says_continue_when_the_body_is_wanted) {
  const std::string head = "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
  Site site;
  EXPECT_EQ(site.hear({head, "abc", get("/now")}), "HTTP/1.1 100 Continue\r\n\r\n" + said("abc") + said("now"));
  Site at_once;
  EXPECT_EQ(at_once.hear({head + "abc", get("/now")}), said("abc") + said("now"));
  Site unwanted;
  std::string unread = head;
  unread.replace(5, 5, "/unread");
  EXPECT_EQ(unwanted.hear({unread}, 1s, false), said("unread", kClose));
}

TEST(HttpServer, refuses_what_is_malformed_and_closes) {
  Site site;
  EXPECT_EQ(site.hear({get("/now") + "GET / HTTP/1.1\r\nHost : h\r\n\r\n" + get("/now")}, 1s, false),
            said("now") + said("Bad Request\n", kClose, "400 Bad Request"));
  EXPECT_EQ(site.stats.refused, 1U);
  Site too_large;
  too_large.options.message.body_bytes_max = 10;
  EXPECT_EQ(too_large.hear({post("/echo", "12345678901")}, 1s, false),
            said("Content Too Large\n", kClose, "413 Content Too Large"));
}

TEST(HttpServer, refuses_a_body_that_goes_wrong_while_a_handler_reads_it) {
  Site site;
  const std::string head = "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(site.hear({head, "3\r\nabcd\r\n"}, 1s, false), said("Bad Request\n", kClose, "400 Bad Request"));
  Site large;
  large.options.message.body_bytes_max = 2;
  EXPECT_EQ(large.hear({head, "3\r\nabc\r\n"}, 1s, false),
            said("Content Too Large\n", kClose, "413 Content Too Large"));
  EXPECT_TRUE(site.errors.empty());
}

TEST(HttpServer, what_a_handler_throws_is_told_to_the_hook_and_not_to_the_client) {
  Site site;
  EXPECT_EQ(site.hear({get("/throws") + get("/full") + get("/now")}),
            said("Internal Server Error\n", "", "500 Internal Server Error") +
                "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nRetry-After: 1\r\n"
                "Content-Length: 20\r\n\r\nService Unavailable\n" +
                said("now"));
  ASSERT_EQ(site.errors.size(), 2U);
  EXPECT_EQ(site.errors[0], "/throws: secret");
}

TEST(HttpServer, without_a_hook_it_is_reported_as_unhandled) {
  const UnhandledLog log;
  Site site;
  site.options.on_error = nullptr;
  site.hear({get("/throws")});
  EXPECT_NE(log.text().find("secret"), std::string::npos);
}

TEST(HttpServer, a_body_whose_making_fails_ends_the_connection_unfinished) {
  Site site;
  site.router.get("/breaks", [](Request&) {
    return Response(Status::ok, http::Body::made_by([](http::BodyWriter& out) -> Task<> {
                      const std::string_view part = "part";
                      co_await out.write(part);
                      throw std::runtime_error("secret");
                    }));
  });
  EXPECT_FALSE(site.hear({get("/breaks") + get("/now")}, 1s, false).ends_with("0\r\n\r\n"));
  ASSERT_EQ(site.errors.size(), 1U);
  Site shorter;
  shorter.router.get("/short", [](Request&) {
    return Response(Status::ok,
                    http::Body::made_by([](http::BodyWriter& out) -> Task<> { return out.write("abc"); }, 4));
  });
  shorter.hear({get("/short")}, 1s, false);
  EXPECT_EQ(shorter.errors.size(), 1U);
}

TEST(HttpServer, slow_clients_are_closed_on_time) {
  const auto closed_after = [](std::vector<std::string> requests, Duration between, std::string answer) {
    Site site;
    std::string heard;
    const Duration length = run_virtually(
        [](Site& site, std::vector<std::string> requests, Duration between, std::string& heard) -> Task<Duration> {
          const TimePoint begin = now();
          heard = co_await site.talk(std::move(requests), between, false);
          co_return now() - begin;
        }(site, std::move(requests), between, heard));
    EXPECT_EQ(heard, answer);
    return std::chrono::duration_cast<std::chrono::seconds>(length).count();
  };
  const std::string timed_out = said("Request Timeout\n", kClose, "408 Request Timeout");
  // Nothing at all; half a head; a head byte by byte; nothing after a request; half a body. A refusal lingers for 2 s;
  // and a client that goes on writing sees its end a second later.
  EXPECT_EQ(closed_after({}, 1s, ""), 10);
  EXPECT_EQ(closed_after({"GET /now HT"}, 1s, timed_out), 12);
  EXPECT_EQ(closed_after(std::vector<std::string>(100, "G"), 1s, timed_out), 13);
  EXPECT_EQ(closed_after({get("/now")}, 1s, said("now")), 60);
  EXPECT_EQ(closed_after({post("/echo", "abcd").substr(0, 53)}, 1s, timed_out), 32);
}

}  // namespace
}  // namespace ringback

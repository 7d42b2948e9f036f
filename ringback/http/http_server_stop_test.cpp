// How a server ends, is cancelled, refuses for want of room, and runs in every place.
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "ringback/async/outcome_of.h"
#include "ringback/async/scope.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "ringback/driver/virtual_driver.h"
#include "ringback/http/http_server.h"
#include "ringback/http/router.h"
#include "ringback/io/line_reader.h"
#include "ringback/io/places_test.h"
#include "ringback/net/tcp.h"
#include "ringback/testing/census.h"
#include "ringback/testing/every_turn_test.h"
#include "ringback/testing/unhandled_log.h"
#include "ringback/testing/virtual_time.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using namespace testing_places;
using http::Request;
using http::Response;
using http::Status;
using ringback::testing::Census;
using ringback::testing::run_virtually;
using ringback::testing::UnhandledLog;

const std::string kGet = "GET /now HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string kSlow = "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n";

// What outlives one run.
struct Trial {
  Census census;
  Router router;

  Trial() {
    router.get("/now", [](Request&) { return Response::text("now"); });
    router.get("/slow", [this](Request&) -> Task<Response> {
      Census::Member member(census);
      co_await sleep(5s);
      co_return Response::text("slow");
    });
    router.get("/never", [this](Request&) -> Task<Response> {
      Census::Member member(census);
      co_await sleep(24h);
      co_return Response::text("never");
    });
    router.get("/rows", [this](Request&) {
      return Response(Status::ok, http::Body::made_by([this](http::BodyWriter& out) -> Task<> {
                        Census::Member member(census);
                        for (int i = 0; i < 3; ++i) {
                          co_await out.write("row\n");
                          co_await sleep(1ms);
                        }
                      }));
    });
    router.post("/echo", [this](Request& request) -> Task<Response> {
      Census::Member member(census);
      std::string all = co_await request.body.read_all();
      co_return Response::text(std::move(all));
    });
  }
};

Task<std::string> hear_all(TcpStream& stream) {
  std::string heard;
  Outcome<Chunk> chunk{Failure()};
  for (;;) {
    chunk = co_await outcome(stream.read());
    if (!chunk.ok() || chunk->empty()) co_return heard;
    heard += chunk->text();
  }
}

// Sends `text` and hears what comes until the server closes.
Task<std::string> ask(Address server, std::string text) {
  TcpStream stream = co_await TcpStream::connect(server);
  co_await stream.write(text);
  co_return co_await hear_all(stream);
}

// The same, done sending.
Task<std::string> ask_once(Address server, std::string text) {
  TcpStream stream = co_await TcpStream::connect(server);
  co_await stream.write(text);
  co_await stream.shutdown_write();
  co_return co_await hear_all(stream);
}

Task<> stop_after(Duration length, HttpServer& server) {
  co_await sleep(length);
  server.stop();
}

struct Stopped {
  std::string idle, running;
  Duration length{};
};

Task<Stopped> stop_while(Trial& trial, std::string request, HttpServerOptions options) {
  HttpServer server(TcpListener(Address::loopback(0)), trial.router, std::move(options));
  const TimePoint begin = now();
  auto [served, stopped, idle, running] =
      co_await gather(server.serve(), stop_after(1s, server), ask(server.local(), kGet), ask(server.local(), request));
  Stopped end;
  end.idle = idle;
  end.running = running;
  end.length = now() - begin;
  co_return end;
}

TEST(HttpServerStop, closes_what_is_idle_and_lets_what_runs_end) {
  Trial trial;
  const Stopped end = run_virtually(stop_while(trial, kSlow + kGet, {}));
  EXPECT_TRUE(end.idle.ends_with("\r\n\r\nnow"));
  EXPECT_EQ(end.idle.find("Connection"), std::string::npos);
  EXPECT_TRUE(end.running.ends_with("Connection: close\r\n\r\nslow")) << end.running;
  EXPECT_EQ(end.length, 5s);
}

TEST(HttpServerStop, cancels_what_does_not_end_in_time) {
  Trial trial;
  HttpServerOptions options;
  options.stop_timeout = 10s;
  const Stopped end = run_virtually(stop_while(trial, "GET /never HTTP/1.1\r\nHost: h\r\n\r\n", std::move(options)));
  EXPECT_EQ(end.running, "");
  EXPECT_EQ(end.length, 11s);
  EXPECT_EQ(trial.census.alive(), 0);
}

TEST(HttpServerStop, before_serving_there_is_nothing_to_serve) {
  Trial trial;
  run_virtually([](Trial& trial) -> Task<> {
    HttpServer server(TcpListener(Address::loopback(0)), trial.router);
    server.stop();
    server.stop();
    co_await server.serve();
  }(trial));
}

TEST(HttpServerOverload, a_connection_too_many_is_told_to_come_again) {
  Trial trial;
  HttpServerOptions options;
  options.connections_max = 1;
  const std::string heard = run_virtually([](Trial& trial, HttpServerOptions options) -> Task<std::string> {
    HttpServer server(TcpListener(Address::loopback(0)), trial.router, std::move(options));
    std::string heard;
    co_await with_scope([&server, &heard](Scope& scope) -> Task<> {
      scope.spawn(server.serve());
      TcpStream first = co_await TcpStream::connect(server.local());
      co_await first.write(kGet);
      const Chunk answer = co_await first.read();
      heard = co_await ask(server.local(), kGet);
      EXPECT_EQ(server.stats().overloaded, 1U);
      first.close();
      co_await sleep(1s);
      const std::string again = co_await ask_once(server.local(), kGet);
      heard += again;
      server.stop();
    });
    co_return heard;
  }(trial, std::move(options)));
  EXPECT_TRUE(heard.starts_with("HTTP/1.1 503 Service Unavailable\r\n")) << heard;
  EXPECT_NE(heard.find("Retry-After: 1\r\n"), std::string::npos);
  EXPECT_TRUE(heard.ends_with("now"));
}

// Once after a second, and again after nine more.
Task<std::string> ask_twice(Address server) {
  TcpStream stream = co_await TcpStream::connect(server);
  co_await sleep(1s);
  co_await stream.write(kGet);
  co_await sleep(9s);
  co_await stream.write(kGet);
  co_return co_await hear_all(stream);
}

TEST(HttpServerOverload, a_request_too_many_is_told_to_come_again_on_its_connection) {
  Trial trial;
  HttpServerOptions options;
  options.requests_max = 1;
  options.requests_per_connection_max = 2;
  const std::string heard = run_virtually([](Trial& trial, HttpServerOptions options) -> Task<std::string> {
    HttpServer server(TcpListener(Address::loopback(0)), trial.router, std::move(options));
    auto [served, stopped, slow, both] = co_await gather(server.serve(), stop_after(20s, server),
                                                         ask_once(server.local(), kSlow), ask_twice(server.local()));
    EXPECT_TRUE(slow.ends_with("slow"));
    co_return both;
  }(trial, std::move(options)));
  EXPECT_TRUE(heard.starts_with("HTTP/1.1 503 ")) << heard;
  EXPECT_TRUE(heard.ends_with("Connection: close\r\n\r\nnow")) << heard;
}

// A little of everything a connection awaits.
const std::string kTalk =
    kGet + kSlow + "GET /rows HTTP/1.1\r\nHost: h\r\n\r\n" + kGet +
    "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n";

Task<std::string> talk(Trial& trial, Address server) {
  Census::Member member(trial.census);
  TcpStream stream = co_await TcpStream::connect(server);
  co_await stream.write(kTalk);
  co_await sleep(6s);
  co_await stream.write("3\r\nabc\r\n0\r\n\r\nGET / HTTP/9.9\r\n\r\n");
  co_return co_await hear_all(stream);
}

Task<std::string> whole_site(Trial& trial) {
  Census::Member member(trial.census);
  HttpServer server(TcpListener(Address::loopback(0)), trial.router);
  auto [served, heard] = co_await gather(server.serve(), [](Trial& trial, HttpServer& server) -> Task<std::string> {
    auto [first, second] = co_await gather(talk(trial, server.local()), talk(trial, server.local()));
    server.stop();
    co_return first + second;
  }(trial, server));
  co_return heard;
}

int cancelled_before(int at) {
  Trial trial;
  const auto ended = testing_turns::cancelled_before(at, std::make_unique<VirtualDriver>(), whole_site(trial));
  if (ended.outcome.ok()) {
    EXPECT_NE((*ended.outcome).find("\r\n\r\nabcHTTP/1.1 505 "), std::string::npos) << *ended.outcome;
  } else if (const Error* error = ended.outcome.failure().error()) {
    EXPECT_EQ(error->kind(), ErrorKind::reset) << error->what();
  } else {
    EXPECT_TRUE(ended.outcome.failure().is_cancelled());
  }
  EXPECT_EQ(trial.census.alive(), 0);
  return ended.turns;
}

TEST(HttpServerCancel, before_every_turn_leaves_nothing_behind) {
  testing_turns::cancel_before_every_turn(30, cancelled_before);
}

// A client that sends so many bytes of the talk and then resets: the server takes the next one all the same.
TEST(HttpServerCancel, a_reset_at_every_byte_ends_one_connection_only) {
  const UnhandledLog log;
  Trial trial;
  run_virtually([](Trial& trial) -> Task<> {
    HttpServer server(TcpListener(Address::loopback(0)), trial.router);
    co_await with_scope([&server](Scope& scope) -> Task<> {
      const std::string whole = kTalk + "3\r\nabc\r\n0\r\n\r\n";
      scope.spawn(server.serve());
      for (std::size_t bytes = 0; bytes <= whole.size(); ++bytes) {
        TcpStream stream = co_await TcpStream::connect(server.local());
        stream.set_reset_on_close(true);
        co_await stream.write(std::string_view(whole).substr(0, bytes));
        if (bytes % 2 == 0) co_await sleep(1ms);
        stream.close();
      }
      const std::string heard = co_await ask_once(server.local(), kGet);
      EXPECT_TRUE(heard.ends_with("now"));
      co_await sleep(10s);
      EXPECT_EQ(server.stats().connections, 0U);
      server.stop();
    });
  }(trial));
  EXPECT_EQ(trial.census.alive(), 0);
  EXPECT_TRUE(log.empty()) << log.text();
}

class HttpServerPlace : public PlaceTest {};

Task<std::string> serve_a_few(Trial& trial) {
  HttpServer server(TcpListener(Address::loopback(0)), trial.router);
  auto [served, heard] = co_await gather(server.serve(), [](HttpServer& server) -> Task<std::string> {
    std::string pipelined;
    for (int i = 0; i < 50; ++i) pipelined += kGet;
    const std::string echo =
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n" + std::string(200'000, 'x');
    auto [many, body, rows] = co_await gather(ask_once(server.local(), pipelined), ask_once(server.local(), echo),
                                              ask_once(server.local(), "GET /rows HTTP/1.1\r\nHost: h\r\n\r\n"));
    server.stop();
    EXPECT_TRUE(rows.ends_with("4\r\nrow\n\r\n0\r\n\r\n"));
    EXPECT_TRUE(body.ends_with("\r\n\r\n" + std::string(200'000, 'x')));
    co_return many;
  }(server));
  co_return heard;
}

TEST_P(HttpServerPlace, serves_the_same_in_every_place) {
  Trial trial;
  const std::string heard = in_place(serve_a_few(trial));
  std::size_t answers = 0;
  for (std::size_t at = heard.find("\r\n\r\nnow"); at != heard.npos; at = heard.find("\r\n\r\nnow", at + 1)) ++answers;
  EXPECT_EQ(answers, 50U);
}

Task<std::string> without_descriptors(HttpServer& server) {
  TcpStream stream = co_await TcpStream::connect(server.local());
  TcpStream waiting = co_await TcpStream::connect(server.local());
  std::string heard;
  {
    const DescriptorHoard hoard;
    co_await waiting.write(kGet);
    co_await stream.write(kGet);
    co_await sleep(20ms);
  }
  co_await stream.shutdown_write();
  heard = co_await hear_all(stream);
  server.stop();
  co_return heard;
}

Task<std::string> exhausted_site(Trial& trial) {
  HttpServer server(TcpListener(Address::loopback(0)), trial.router);
  auto [served, heard] = co_await gather(server.serve(), without_descriptors(server));
  co_return heard;
}

TEST_P(HttpServerPlace, goes_on_after_descriptors_have_run_out) {
  Trial trial;
  const std::string heard = in_place(exhausted_site(trial));
  EXPECT_TRUE(heard.ends_with("now")) << heard;
}

RINGBACK_EVERY_PLACE(HttpServerPlace);

}  // namespace
}  // namespace ringback

// What a server does about clients that leave while it works for them, and about those it has no room for.
#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "ringback/async/outcome_of.h"
#include "ringback/async/scope.h"
#include "ringback/async/sleep.h"
#include "ringback/http/http_server.h"
#include "ringback/http/router.h"
#include "ringback/io/places_test.h"
#include "ringback/net/tcp.h"
#include "ringback/net/unix_socket.h"
#include "ringback/testing/census.h"
#include "ringback/testing/virtual_time.h"

namespace ringback {

using namespace runtime;

namespace {

using namespace std::chrono_literals;
using namespace testing_places;
using http::Request;
using http::Response;
using ringback::testing::Census;
using ringback::testing::run_virtually;

const std::string kWork = "GET /work HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string kNow = "GET /now HTTP/1.1\r\nHost: h\r\n\r\n";

struct Site {
  Census census;
  std::atomic<int> done{0};
  Router router;

  explicit Site(Duration work) {
    router.get("/now", [](Request&) { return Response::text("now"); });
    router.get("/work", [this, work](Request&) -> Task<Response> {
      Census::Member member(census);
      co_await sleep(work);
      ++done;
      co_return Response::text("done");
    });
  }
};

template <typename Client>
Task<> beside(HttpServer& server, Client client) {
  co_await with_scope([&](Scope& scope) -> Task<> {
    scope.spawn(server.serve());
    co_await client(server.local());
    server.stop();
  });
}

// Where the client is kept until it has ended, so it may capture.
class Beside {
 public:
  explicit Beside(HttpServer& server) noexcept : server_(server) {}
  template <typename Client>
  Task<> with(Client client) {
    return beside(server_, std::move(client));
  }

 private:
  HttpServer& server_;
};

Task<std::string> hear_all(TcpStream& stream) {
  std::string heard;
  for (;;) {
    const auto chunk = co_await outcome(stream.read());
    if (!chunk.ok() || chunk->empty()) co_return heard;
    heard += chunk->text();
  }
}

enum class Leaves { by_closing, by_reset, by_saying_no_more };

// How many handlers were at work a second after their client had gone.
long left_at_work(Leaves how, bool cancels) {
  Site site(10s);
  long at_work = -1;
  HttpServer server(TcpListener(Address::loopback(0)), site.router, {.cancels_for_lost_clients = cancels});
  run_virtually(Beside(server).with([&](Address at) -> Task<> {
    TcpStream stream = co_await TcpStream::connect(at);
    co_await stream.write(kWork);
    co_await sleep(1s);
    EXPECT_EQ(site.census.alive(), 1);
    if (how == Leaves::by_reset) stream.set_reset_on_close(true);
    if (how == Leaves::by_saying_no_more) {
      co_await stream.shutdown_write();
    } else {
      stream.close();
    }
    co_await sleep(1s);
    at_work = site.census.alive();
  }));
  EXPECT_EQ(site.done, cancels ? 0 : 1);
  EXPECT_EQ(server.stats().lost, cancels ? 1U : server.stats().lost);
  return at_work;
}

TEST(HttpServerClient, one_that_leaves_cancels_its_handler_where_that_was_asked_for) {
  for (const Leaves how : {Leaves::by_closing, Leaves::by_reset, Leaves::by_saying_no_more}) {
    EXPECT_EQ(left_at_work(how, true), 0);
    EXPECT_EQ(left_at_work(how, false), 1);
  }
}

TEST(HttpServerClient, one_that_sends_on_meanwhile_gets_every_answer) {
  Site site(2s);
  std::string heard;
  HttpServer server(TcpListener(Address::loopback(0)), site.router, {.cancels_for_lost_clients = true});
  run_virtually(Beside(server).with([&](Address at) -> Task<> {
    TcpStream stream = co_await TcpStream::connect(at);
    co_await stream.write(kWork);
    co_await sleep(1s);
    co_await stream.write(kNow + kWork + kNow);
    co_await stream.shutdown_write();
    heard = co_await hear_all(stream);
  }));
  std::size_t answers = 0;
  for (std::size_t place = 0; (place = heard.find("HTTP/1.1 200 ", place)) != std::string::npos; ++place) ++answers;
  EXPECT_EQ(answers, 4U) << heard;
  EXPECT_EQ(site.done, 2);
  EXPECT_EQ(server.stats().lost, 0U);
}

// Whose second read fails, with `failure`; the request has come by then.
class FailingStream final : public ByteStream {
 public:
  FailingStream(UnixStream inner, ErrorKind failure) : inner_(std::move(inner)), failure_(failure) {}
  Task<> shutdown_write() override { return inner_.shutdown_write(); }
  void close() noexcept override { inner_.close(); }
  std::string peer_name() const override { return "a client"; }

 private:
  void make_read(StreamPlace& place, std::span<std::byte> /*into*/) override { place.emplace_task(no_read()); }
  void make_read_chunk(StreamPlace& place) override { place.emplace_task(read_one()); }
  void make_write(StreamPlace& place, std::span<const std::byte> from) override { place.emplace_task(write_on(from)); }

  static Task<std::size_t> no_read() {
    throw Error(ErrorKind::unsupported, "read", "a server reads chunks");
    co_return 0;
  }
  Task<Chunk> read_one() {
    if (++reads_ == 2) throw Error(failure_, "read", "on purpose");
    co_return co_await inner_.read();
  }
  Task<std::size_t> write_on(std::span<const std::byte> from) { co_return co_await inner_.write_some(from); }

  UnixStream inner_;
  const ErrorKind failure_;
  int reads_ = 0;
};

// What a client hears while whose request is worked on the server's read fails.
std::string heard_beside_a_failure(HttpServer& server, ErrorKind failure) {
  std::string heard;
  run_virtually([&]() -> Task<> {
    auto [client, server_end] = socket_pair();
    auto served = std::make_unique<FailingStream>(std::move(server_end), failure);
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.spawn(server.serve_connection(std::move(served)));
      co_await client.write(kWork);
      const Chunk chunk = co_await client.read();
      heard = chunk.text();
      client.close();
    });
  });
  return heard;
}

TEST(HttpServerClient, one_that_cannot_be_heard_for_want_of_memory_has_not_left) {
  Site site(1s);
  HttpServer server(TcpListener(Address::loopback(0)), site.router, {.cancels_for_lost_clients = true});
  EXPECT_TRUE(heard_beside_a_failure(server, ErrorKind::exhausted).ends_with("done"));
  EXPECT_EQ(site.done, 1);
  EXPECT_EQ(server.stats().lost, 0U);
  EXPECT_EQ(heard_beside_a_failure(server, ErrorKind::reset), "");
  EXPECT_EQ(site.done, 1);
  EXPECT_EQ(server.stats().lost, 1U);
}

class ServerOfClients : public PlaceTest {};

Task<> ask_many(Address at, int times) {
  TcpStream stream = co_await TcpStream::connect(at);
  for (int i = 0; i < times; ++i) {
    co_await stream.write(i % 2 == 0 ? kWork + kNow : kWork);
    std::string heard;
    while (!heard.ends_with(i % 2 == 0 ? "now" : "done")) {
      const Chunk chunk = co_await stream.read();
      heard += chunk.text();
    }
  }
}

TEST_P(ServerOfClients, that_are_watched_lose_no_byte) {
  Site site(100us);
  HttpServer server(TcpListener(Address::loopback(0)), site.router, {.cancels_for_lost_clients = true});
  in_place(Beside(server).with([&](Address at) -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (int i = 0; i < 4; ++i) scope.spawn(ask_many(at, 50));
      co_return;
    });
  }));
  EXPECT_EQ(site.done, 200);
}

RINGBACK_EVERY_PLACE(ServerOfClients);

TEST(HttpServerClient, more_than_can_be_told_to_come_again_are_closed_without_a_word) {
  Site site(1s);
  std::string told;
  std::string untold = "?";
  HttpServer server(TcpListener(Address::loopback(0)), site.router, {.connections_max = 1, .turned_away_max = 1});
  run_virtually(Beside(server).with([&](Address at) -> Task<> {
    TcpStream first = co_await TcpStream::connect(at);
    co_await first.write(kNow);
    co_await first.read();
    TcpStream second = co_await TcpStream::connect(at);
    const Chunk chunk = co_await second.read();
    told = chunk.text();
    TcpStream third = co_await TcpStream::connect(at);
    untold = co_await hear_all(third);
    EXPECT_EQ(server.stats().overloaded, 2U);
    second.close();
    co_await sleep(1s);
    TcpStream fourth = co_await TcpStream::connect(at);
    const std::string again = co_await hear_all(fourth);
    EXPECT_TRUE(again.starts_with("HTTP/1.1 503 ")) << again;
  }));
  EXPECT_TRUE(told.starts_with("HTTP/1.1 503 ")) << told;
  EXPECT_EQ(untold, "");
}

}  // namespace
}  // namespace ringback

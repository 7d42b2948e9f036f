// A client that is cancelled before every turn of what it does, and one whose every request to the kernel
// goes wrong once: nothing is left behind, and whoever asks next on the same client gets their own answer.
#include <gtest/gtest.h>

#include "ringback/async/gather.h"
#include "ringback/async/timeout.h"
#include "ringback/driver/fault_driver.h"
#include "ringback/driver/virtual_driver.h"
#include "ringback/http/client_place_test.h"
#include "ringback/http/echo_server_test.h"
#include "ringback/testing/unhandled_log.h"

namespace ringback {

using namespace runtime;

namespace {

using namespace std::chrono_literals;
using namespace testing_places;
using namespace testing_http;
using ringback::testing::UnhandledLog;

Reply answer(const std::string& asked) {
  if (asked == "GET /moved") return {"HTTP/1.1 302 Found\r\nLocation: /page\r\nContent-Length: 4\r\n\r\ngone"};
  if (asked == "GET /chunked") {
    return {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n"};
  }
  if (asked == "GET /until-close") return {"HTTP/1.1 200 OK\r\n\r\nthe end", Reply::Then::close};
  if (asked.starts_with("PUT /large")) return {ok(std::to_string(asked.size() - 11))};
  return {ok(asked)};
}

Task<> make_large(http::BodyWriter& out) {
  const std::string part(50'000, 'x');
  for (int i = 0; i < 4; ++i) co_await out.write(part);
}

Task<std::string> read_slowly(HttpClient& client, http::Request request) {
  std::string all;
  http::Response response = co_await client.open(std::move(request));
  for (;;) {
    const Chunk chunk = co_await response.body.read();
    if (chunk.empty()) break;
    all.append(chunk.text());
    co_await sleep(1ms);
  }
  co_return all;
}

http::Request get(std::string url) { return http::Request(http::Method::get, std::move(url)); }

http::Request put(std::string url, http::Body body) {
  http::Request request(http::Method::put, std::move(url));
  request.body = std::move(body);
  return request;
}

http::Body made_of(std::string text) {
  return http::Body::made_by([text = std::move(text)](http::BodyWriter& out) -> Task<> {
    co_await out.write(std::string_view(text).substr(0, text.size() / 2));
    co_await out.write(std::string_view(text).substr(text.size() / 2));
  });
}

// The answers come while the requests are being sent.
template <std::size_t kBytes>
Task<std::string> echoes(HttpClient& http, ScriptedServer&, EchoServer& echo, std::string) {
  const std::string text = counted_text(kBytes);
  const std::string as_text = co_await read_slowly(http, put(echo.url(), http::Body(text)));
  auto source = std::make_unique<PiecesSource>(text, 30'000);
  const std::string as_read = co_await read_slowly(http, put(echo.url(), http::Body::from(std::move(source))));
  const http::Response made = co_await http.send(put(echo.url(), made_of(text)));
  co_return as_text == text&& as_read == text&& made.body.text() == text ? "echoes" : "other";
}

Task<std::string> uses_everything(HttpClient& http, ScriptedServer& server, EchoServer&, std::string url) {
  std::string all;
  auto [first, second, third] = co_await gather(body_of(http, url + "/a"), body_of(http, url + "/moved"),
                                                read_slowly(http, get(server.url("/chunked"))));
  all.append(first).append(second).append(third);
  const http::Response large = co_await http.send(put(url + "/large", http::Body::made_by(make_large)));
  all.append(large.body.text());
  const std::string end = co_await read_slowly(http, get(url + "/until-close"));
  const std::string last = co_await body_of(http, url + "/last");
  co_return all + end + last;
}

struct Program {
  Task<std::string> (*run)(HttpClient& http, ScriptedServer& server, EchoServer& echo, std::string url);
  std::string_view gives;
};

constexpr Program kEverything = {uses_everything, "GET /aGET /pageabcdef200000the endGET /last"};
constexpr Program kEchoes = {echoes<100'000>, "echoes"};
// Beyond a window of the loopback each waits 40 ms for an ACK.
constexpr Program kShortEchoes = {echoes<40'000>, "echoes"};

struct Trial {
  int turns = 0;
  std::uint64_t submitted = 0;
  Outcome<std::string> ended = Failure();
};

// Cancels before turn `at`. Afterwards the client still gives everybody their own answer.
Trial run_once(const Program& program, std::unique_ptr<Driver> driver, int at) {
  Trial trial;
  ScriptedServer server(answer);
  EchoServer echo;
  HttpClient http({.connections_per_origin_max = 2, .redirects_max = 2});
  const std::string url = "http://localhost" + server.url("").substr(std::string_view("http://127.0.0.1").size());
  LoopOptions options;
  options.driver = std::move(driver);
  Loop loop(std::move(options));
  loop.begin_run();
  const auto for_ever = []() -> Task<> { co_await sleep(std::chrono::hours(24)); };
  const Future<void> serving = spawn(loop, ScriptedServer::answering(server, EchoServer::answering(echo, for_ever())));
  const Future<std::string> client = spawn(loop, program.run(http, server, echo, url));
  loop.drive([&] {
    if (trial.turns++ == at) client.cancel();
    return client.is_done();
  });
  const Future<std::string> next = spawn(loop, body_of(http, url + "/next"));
  loop.drive([&] { return next.is_done(); });
  EXPECT_TRUE(next.outcome().ok()) << next.outcome().failure().describe();
  if (next.outcome().ok()) {
    EXPECT_EQ(*next.outcome(), "GET /next");
  }
  trial.ended = client.outcome();
  serving.cancel();
  loop.drive([&] { return serving.is_done(); });
  static_cast<void>(serving.outcome());
  loop.shut_down();
  EXPECT_EQ(loop.driver().in_flight(), 0U);
  EXPECT_LE(http.idle_connections(), 4U);
  return trial;
}

enum class Kernel { simulated_time, uring, epoll };

std::string name_of(Kernel kernel) {
  const char* const names[] = {"virtual", "uring", "epoll"};
  return names[static_cast<int>(kernel)];
}

std::unique_ptr<Driver> make(Kernel kernel) {
  if (kernel == Kernel::simulated_time) return std::make_unique<VirtualDriver>();
  return make_driver(kernel == Kernel::uring ? DriverKind::uring : DriverKind::epoll);
}

class CancelledClient : public ::testing::TestWithParam<Kernel> {
 protected:
  static void cancel_before_every_turn_of(const Program& program) {
    const UnhandledLog log;
    const Trial whole = run_once(program, make(GetParam()), -1);
    ASSERT_TRUE(whole.ended.ok()) << whole.ended.failure().describe();
    EXPECT_EQ(*whole.ended, program.gives);
    EXPECT_GT(whole.turns, 10);
    const std::size_t before = open_descriptor_count();
    for (int at = 0;; ++at) {
      const Trial trial = run_once(program, make(GetParam()), at);
      if (trial.turns <= at) break;
      if (trial.ended.ok()) {
        EXPECT_EQ(*trial.ended, program.gives);
      } else {
        EXPECT_TRUE(trial.ended.failure().is_cancelled()) << trial.ended.failure().describe();
      }
      ASSERT_FALSE(HasFailure()) << "cancelled before turn " << at;
      ASSERT_EQ(open_descriptor_count(), before) << "cancelled before turn " << at;
    }
    EXPECT_TRUE(log.empty()) << log.text();
  }
};

TEST_P(CancelledClient, before_every_turn_leaves_nothing_behind_and_a_client_that_works) {
  cancel_before_every_turn_of(kEverything);
}

TEST_P(CancelledClient, slow_while_it_sends_and_receives_leaves_nothing_behind_either) {
  cancel_before_every_turn_of(GetParam() == Kernel::simulated_time ? kEchoes : kShortEchoes);
}

INSTANTIATE_TEST_SUITE_P(Each, CancelledClient, ::testing::Values(Kernel::simulated_time, Kernel::uring, Kernel::epoll),
                         [](const auto& info) { return name_of(info.param); });

// The server is a part of it, so an error may hit either side: what the client says is the answer or an Error.
class FaultyKernel : public ::testing::TestWithParam<Kernel> {
 protected:
  static Outcome<std::string> run_with(const Program& program, Fault fault, std::uint64_t& submitted) {
    ScriptedServer server(answer);
    EchoServer echo;
    HttpClient http({.connections_per_origin_max = 2, .redirects_max = 2});
    const DriverKind kind = GetParam() == Kernel::uring ? DriverKind::uring : DriverKind::epoll;
    auto driver = std::make_unique<FaultDriver>(std::make_unique<VirtualDriver>(1, kind), fault);
    FaultDriver& counting = *driver;
    LoopOptions options;
    options.driver = std::move(driver);
    Loop loop(std::move(options));
    loop.begin_run();
    const auto limited = [](const Program& program, HttpClient& http, ScriptedServer& server,
                            EchoServer& echo) -> Task<std::string> {
      co_return co_await timeout(5s, program.run(http, server, echo, server.url("")));
    };
    const Future<std::string> all = spawn(
        loop, ScriptedServer::answering(server, EchoServer::answering(echo, limited(program, http, server, echo))));
    loop.drive([&] { return all.is_done(); });
    submitted = counting.submitted();
    loop.shut_down();
    return all.outcome();
  }

  static void strike_each_request_of(const Program& program) {
    const UnhandledLog log;
    std::uint64_t most = 0;
    ASSERT_TRUE(run_with(program, {}, most).ok());
    const std::size_t before = open_descriptor_count();
    for (const int error : {ECONNRESET, ENOBUFS}) {
      for (std::uint64_t at = 1; at <= most; ++at) {
        std::uint64_t submitted = 0;
        const auto ended = run_with(program, {.at = at, .error = error}, submitted);
        if (ended.ok()) {
          EXPECT_EQ(*ended, program.gives) << at;
        } else {
          const Error* told = ended.failure().error();
          ASSERT_NE(told, nullptr) << at << ended.failure().describe();
          EXPECT_NE(told->kind(), ErrorKind::timed_out) << error << " at " << at << " of " << most;
        }
        ASSERT_EQ(open_descriptor_count(), before) << at;
      }
    }
    EXPECT_TRUE(log.empty()) << log.text();
  }
};

TEST_P(FaultyKernel, a_transfer_of_one_byte_at_a_time_changes_nothing) {
  std::uint64_t submitted = 0;
  for (const Program& program : {kEverything, kEchoes}) {
    const auto ended = run_with(program, {.at = 1, .every = 1, .bytes_max = 997}, submitted);
    ASSERT_TRUE(ended.ok()) << ended.failure().describe();
    EXPECT_EQ(*ended, program.gives);
  }
}

TEST_P(FaultyKernel, every_error_reaches_the_caller_or_is_made_good) { strike_each_request_of(kEverything); }

TEST_P(FaultyKernel, slow_every_error_of_an_echo_reaches_the_caller_or_is_made_good) {
  strike_each_request_of(kEchoes);
}

INSTANTIATE_TEST_SUITE_P(Each, FaultyKernel, ::testing::Values(Kernel::uring, Kernel::epoll),
                         [](const auto& info) { return name_of(info.param); });

}  // namespace
}  // namespace ringback

// A client that is cancelled before every turn of what it does, and one whose every request to the kernel
// goes wrong once: nothing is left behind, and whoever asks next on the same client gets their own answer.
#include <gtest/gtest.h>

#include "ringback/async/gather.h"
#include "ringback/async/timeout.h"
#include "ringback/driver/fault_driver.h"
#include "ringback/driver/virtual_driver.h"
#include "ringback/http/http_client.h"
#include "ringback/http/scripted_server_test.h"
#include "ringback/io/places_test.h"
#include "ringback/testing/unhandled_log.h"

namespace ringback {
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

Task<std::string> body_of(HttpClient& http, std::string url) {
  const http::Response response = co_await http.get(std::move(url));
  co_return response.body.text();
}

Task<> make_large(http::BodyWriter& out) {
  const std::string part(50'000, 'x');
  for (int i = 0; i < 4; ++i) co_await out.write(part);
}

Task<std::string> read_slowly(HttpClient& client, std::string url) {
  std::string all;
  http::Response response = co_await client.open(http::Request(http::Method::get, url));
  for (;;) {
    const Chunk chunk = co_await response.body.read();
    if (chunk.empty()) break;
    all.append(chunk.text());
    co_await sleep(1ms);
  }
  co_return all;
}

Task<std::string> uses_everything(HttpClient& http, ScriptedServer& server, std::string url) {
  std::string all;
  auto [first, second, third] = co_await gather(body_of(http, url + "/a"), body_of(http, url + "/moved"),
                                                read_slowly(http, server.url("/chunked")));
  all.append(first).append(second).append(third);
  http::Request large(http::Method::put, url + "/large");
  large.body = http::Body::made_by(make_large);
  const http::Response put = co_await http.send(std::move(large));
  all.append(put.body.text());
  const std::string end = co_await read_slowly(http, url + "/until-close");
  const std::string last = co_await body_of(http, url + "/last");
  co_return all + end + last;
}

constexpr std::string_view kEverything = "GET /aGET /pageabcdef200000the endGET /last";

struct Trial {
  int turns = 0;
  std::uint64_t submitted = 0;
  Outcome<std::string> ended = Failure();
};

// Cancels before turn `at`. Afterwards the client still gives everybody their own answer.
Trial run_once(std::unique_ptr<Driver> driver, int at) {
  Trial trial;
  ScriptedServer server(answer);
  HttpClient http({.connections_per_origin_max = 2, .redirects_max = 2});
  const std::string url = "http://localhost" + server.url("").substr(std::string_view("http://127.0.0.1").size());
  LoopOptions options;
  options.driver = std::move(driver);
  Loop loop(std::move(options));
  loop.begin_run();
  const auto for_ever = []() -> Task<> { co_await sleep(std::chrono::hours(24)); };
  const Future<void> serving = spawn(loop, ScriptedServer::answering(server, for_ever()));
  const Future<std::string> client = spawn(loop, uses_everything(http, server, url));
  loop.drive([&] {
    if (trial.turns++ == at) client.cancel();
    return client.is_done();
  });
  const Future<std::string> next = spawn(loop, body_of(http, url + "/next"));
  loop.drive([&] { return next.is_done(); });
  EXPECT_TRUE(next.outcome().ok()) << next.outcome().failure().describe();
  if (next.outcome().ok()) EXPECT_EQ(*next.outcome(), "GET /next");
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

class CancelledClient : public ::testing::TestWithParam<Kernel> {};

TEST_P(CancelledClient, before_every_turn_leaves_nothing_behind_and_a_client_that_works) {
  const UnhandledLog log;
  const Trial whole = run_once(make(GetParam()), -1);
  ASSERT_TRUE(whole.ended.ok()) << whole.ended.failure().describe();
  EXPECT_EQ(*whole.ended, kEverything);
  EXPECT_GT(whole.turns, 10);
  const std::size_t before = open_descriptor_count();
  for (int at = 0;; ++at) {
    const Trial trial = run_once(make(GetParam()), at);
    if (trial.turns <= at) break;
    if (trial.ended.ok()) {
      EXPECT_EQ(*trial.ended, kEverything);
    } else {
      EXPECT_TRUE(trial.ended.failure().is_cancelled()) << trial.ended.failure().describe();
    }
    ASSERT_FALSE(HasFailure()) << "cancelled before turn " << at;
    ASSERT_EQ(open_descriptor_count(), before) << "cancelled before turn " << at;
  }
  EXPECT_TRUE(log.empty()) << log.text();
}

INSTANTIATE_TEST_SUITE_P(Each, CancelledClient, ::testing::Values(Kernel::simulated_time, Kernel::uring, Kernel::epoll),
                         [](const auto& info) { return name_of(info.param); });

// The server is a part of it, so an error may hit either side: what the client says is the answer or an Error.
class FaultyKernel : public ::testing::TestWithParam<Kernel> {
 protected:
  static Outcome<std::string> run_with(Fault fault, std::uint64_t& submitted) {
    ScriptedServer server(answer);
    HttpClient http({.connections_per_origin_max = 2, .redirects_max = 2});
    const DriverKind kind = GetParam() == Kernel::uring ? DriverKind::uring : DriverKind::epoll;
    auto driver = std::make_unique<FaultDriver>(std::make_unique<VirtualDriver>(1, kind), fault);
    FaultDriver& counting = *driver;
    LoopOptions options;
    options.driver = std::move(driver);
    Loop loop(std::move(options));
    loop.begin_run();
    const auto limited = [](HttpClient& http, ScriptedServer& server) -> Task<std::string> {
      co_return co_await timeout(5s, uses_everything(http, server, server.url("")));
    };
    const Future<std::string> all = spawn(loop, ScriptedServer::answering(server, limited(http, server)));
    loop.drive([&] { return all.is_done(); });
    submitted = counting.submitted();
    loop.shut_down();
    return all.outcome();
  }
};

TEST_P(FaultyKernel, a_transfer_of_one_byte_at_a_time_changes_nothing) {
  std::uint64_t submitted = 0;
  const auto ended = run_with({.at = 1, .every = 1, .bytes_max = 997}, submitted);
  ASSERT_TRUE(ended.ok()) << ended.failure().describe();
  EXPECT_EQ(*ended, kEverything);
}

TEST_P(FaultyKernel, every_error_reaches_the_caller_or_is_made_good) {
  const UnhandledLog log;
  std::uint64_t most = 0;
  ASSERT_TRUE(run_with({}, most).ok());
  const std::size_t before = open_descriptor_count();
  for (const int error : {ECONNRESET, ENOBUFS}) {
    for (std::uint64_t at = 1; at <= most; ++at) {
      std::uint64_t submitted = 0;
      const auto ended = run_with({.at = at, .error = error}, submitted);
      if (ended.ok()) {
        EXPECT_EQ(*ended, kEverything) << at;
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

INSTANTIATE_TEST_SUITE_P(Each, FaultyKernel, ::testing::Values(Kernel::uring, Kernel::epoll),
                         [](const auto& info) { return name_of(info.param); });

}  // namespace
}  // namespace ringback

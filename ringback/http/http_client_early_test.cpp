// Servers that answer before they have the whole request: the sending goes on beside the reading, until
// the request is sent or the response has ended.
#include <gtest/gtest.h>

#include <thread>
#include <utility>

#include "ringback/async/timeout.h"
#include "ringback/http/echo_server_test.h"
#include "ringback/http/http_client.h"
#include "ringback/http/scripted_server_test.h"
#include "ringback/io/places_test.h"
#include "ringback/sync/queue.h"
#include "ringback/testing/virtual_time.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using namespace testing_places;
using namespace testing_http;
using ringback::testing::run_virtually;
using Then = Reply::Then;

// More than the kernel's buffers hold on the way there and back.
constexpr std::size_t kLarge = 8'000'000;

http::Request post(std::string url, http::Body body) {
  http::Request request(http::Method::post, std::move(url));
  request.body = std::move(body);
  return request;
}

http::Body made_of(std::string text, std::optional<std::uint64_t> bytes = std::nullopt) {
  return http::Body::made_by(
      [text = std::move(text)](http::BodyWriter& out) -> Task<> {
        const std::string_view all = text;
        for (std::size_t at = 0; at < all.size(); at += 50'000) co_await out.write(all.substr(at, 50'000));
      },
      bytes);
}

http::Body read_of(std::string text, std::optional<std::uint64_t> bytes = std::nullopt) {
  return http::Body::from(std::make_unique<PiecesSource>(std::move(text), 40'000), bytes);
}

Task<std::string> read_by_piece(http::Response response) {
  std::string all;
  for (;;) {
    const Chunk part = co_await response.body.read();
    if (part.empty()) co_return all;
    all.append(part.text());
  }
}

Task<std::string> sent(HttpClient& http, http::Request request) {
  http::Response response = co_await http.send(std::move(request));
  co_return response.body.text();
}

Task<std::string> opened(HttpClient& http, http::Request request) {
  http::Response response = co_await http.open(std::move(request));
  co_return co_await read_by_piece(std::move(response));
}

class EarlyAnswer : public PlaceTest {};

http::Body body_of_kind(int kind, const std::string& text) {
  if (kind == 0) return http::Body(text);
  if (kind == 1) return read_of(text);
  if (kind == 2) return read_of(text, text.size());
  return kind == 3 ? made_of(text) : made_of(text, text.size());
}

TEST_P(EarlyAnswer, slow_an_echo_gets_all_of_a_request_and_gives_it_back) {
  const auto ask = [](HttpClient& http, std::string url, const std::string& text) -> Task<> {
    for (int kind = 0; kind < 5; ++kind) {
      const std::string whole = co_await sent(http, post(url, body_of_kind(kind, text)));
      EXPECT_TRUE(whole == text) << kind << ": " << whole.size();
      if (kind > 2) continue;  // What a function makes is not for open().
      const std::string pieces = co_await opened(http, post(url, body_of_kind(kind, text)));
      EXPECT_TRUE(pieces == text) << kind << ": " << pieces.size();
    }
  };
  const std::string text = counted_text(kLarge);
  EchoServer server;
  HttpClient http;
  in_place(EchoServer::answering(server, ask(http, server.url(), text)));
}

TEST_P(EarlyAnswer, a_request_that_was_sent_to_its_end_leaves_a_connection_to_use_again) {
  const std::string text = counted_text(300'000);
  EchoServer server;
  HttpClient http;
  const auto five_times = [](HttpClient& http, std::string url, const std::string& text) -> Task<> {
    for (int i = 0; i < 5; ++i) {
      const std::string first = co_await sent(http, post(url, http::Body(text)));
      const std::string second = co_await opened(http, post(url, read_of(text, text.size())));
      EXPECT_TRUE(first == text && second == text) << i;
    }
  };
  in_place(EchoServer::answering(server, five_times(http, server.url(), text)));
  EXPECT_EQ(server.accepted(), 1U);
  EXPECT_EQ(http.idle_connections(), 1U);
}

TEST_P(EarlyAnswer, what_is_left_of_the_request_is_sent_by_whoever_reads_on_whatever_thread) {
  const std::string text = counted_text(kLarge);
  EchoServer server;
  HttpClient http;
  LoopThread serving;
  auto served = spawn(serving.loop(), EchoServer::answering(server, [](EchoServer&) -> Task<> {
                        Duration long_enough = 24h;
                        co_await sleep(long_enough);
                      }(server)));
  http::Response response = in_place(http.open(post(server.url(), http::Body(text))));
  std::string echoed;
  for (bool is_at_end = false; !is_at_end;) {
    const auto read_on = [&] {
      const Chunk part = wait(response.body.read());
      echoed.append(part.text());
      is_at_end = part.empty();
    };
    read_on();
    if (!is_at_end) std::thread(read_on).join();
    if (!is_at_end) echoed.append(in_place(response.body.read()).text());
  }
  EXPECT_TRUE(echoed == text) << echoed.size();
  served.cancel();
}

TEST_P(EarlyAnswer, that_is_whole_ends_the_sending_and_the_connection) {
  const std::string text = counted_text(kLarge);
  for (int which = 0; which < 6; ++which) {
    const std::string refused = "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig";
    ScriptedServer server({{{refused, Then::silence, true}}});
    HttpClient http;
    http::Body body = which < 2 ? http::Body(text) : which < 4 ? read_of(text) : made_of(text);
    http::Request request = post(server.url(), std::move(body));
    Task<std::string> asked = which % 2 == 0 ? sent(http, std::move(request)) : opened(http, std::move(request));
    EXPECT_EQ(in_place(ScriptedServer::answering(server, std::move(asked))), "big") << which;
    EXPECT_EQ(http.idle_connections(), 0U) << which;
  }
}

TEST_P(EarlyAnswer, that_has_no_body_ends_the_sending_too) {
  const std::string text = counted_text(kLarge);
  for (int which = 0; which < 2; ++which) {
    ScriptedServer server({{{"HTTP/1.1 204 No Content\r\n\r\n", Then::silence, true}}});
    HttpClient http;
    http::Request request = post(server.url(), which == 0 ? http::Body(text) : made_of(text));
    EXPECT_EQ(in_place(ScriptedServer::answering(server, sent(http, std::move(request)))), "");
    EXPECT_EQ(http.idle_connections(), 0U);
  }
}

RINGBACK_EVERY_PLACE(EarlyAnswer);

// Gives what is put, as it is put.
class QueueSource final : public http::BodySource {
 public:
  explicit QueueSource(Queue<std::string>& queue) : queue_(queue) {}
  Task<Chunk> read() override {
    Chunk piece;
    const std::optional<std::string> next = co_await queue_.next();
    if (next.has_value()) piece = Chunk::copy_of(bytes_of(*next));
    co_return piece;
  }

 private:
  Queue<std::string>& queue_;
};

// Each piece is made of the answer to the one before it.
TEST(EarlyAnswerInTime, a_conversation_goes_to_and_fro) {
  const auto talk = [](HttpClient& http, std::string url) -> Task<std::string> {
    Queue<std::string> said(1);
    said.try_put("1");
    http::Response response = co_await http.open(post(url, http::Body::from(std::make_unique<QueueSource>(said))));
    std::string all;
    for (;;) {
      const Chunk heard = co_await response.body.read();
      if (heard.empty()) co_return all;
      all.append(heard.text()).append(",");
      if (all.size() > 20) {
        said.close();
      } else {
        co_await said.put(std::string(heard.text()) + "0");
      }
    }
  };
  EchoServer server;
  HttpClient http;
  EXPECT_EQ(run_virtually(EchoServer::answering(server, talk(http, server.url()))), "1,10,100,1000,10000,100000,");
  EXPECT_EQ(http.idle_connections(), 1U);
}

TEST(EarlyAnswerInTime, a_read_that_was_given_up_has_lost_nothing_of_either) {
  const auto read_impatiently = [](HttpClient& http, http::Request request) -> Task<std::string> {
    http::Response response = co_await http.open(std::move(request));
    std::string all;
    for (std::size_t turn = 0;; ++turn) {
      const auto part = co_await outcome(timeout(turn % 3 == 0 ? 0ms : 1ms, response.body.read()));
      if (part.ok() && part.value().empty()) co_return all;
      if (part.ok()) all.append(part.value().text());
      if (!part.ok()) {
        EXPECT_EQ(part.failure().error()->kind(), ErrorKind::timed_out);
      }
    }
  };
  const std::string text = counted_text(1'000'000);
  EchoServer server;
  HttpClient http;
  for (const bool is_text : {true, false}) {
    auto request = post(server.url(), is_text ? http::Body(text) : read_of(text));
    const std::string echoed = run_virtually(EchoServer::answering(server, read_impatiently(http, std::move(request))));
    EXPECT_TRUE(echoed == text) << is_text << echoed.size();
  }
}

TEST(EarlyAnswerInTime, a_read_has_its_limit_where_neither_side_moves) {
  const auto wait_twice = [](HttpClient& http, http::Request request) -> Task<Duration> {
    const TimePoint begin = now();
    http::Response response = co_await http.open(std::move(request));
    for (const Duration limit : {2s, 3s}) {
      const auto part = co_await outcome(timeout(limit, response.body.read()));
      EXPECT_EQ(part.failure().error()->kind(), ErrorKind::timed_out);
    }
    co_return now() - begin;
  };
  const std::string text = counted_text(kLarge);
  for (const bool is_text : {true, false}) {
    ScriptedServer server({{{head_of(9), Then::silence, true}}});
    HttpClient http;
    auto request = post(server.url(), is_text ? http::Body(text) : read_of(text));
    EXPECT_EQ(run_virtually(ScriptedServer::answering(server, wait_twice(http, std::move(request)))), 5s);
  }
}

TEST(EarlyAnswerInTime, a_function_makes_the_body_to_its_end_before_open_returns_and_the_answer_is_kept) {
  const std::string text = counted_text(1024 * 1024);
  EchoServer server;
  HttpClient http;
  const std::string echoed =
      run_virtually(EchoServer::answering(server, opened(http, post(server.url(), made_of(text)))));
  EXPECT_TRUE(echoed == text) << echoed.size();
  EXPECT_EQ(http.idle_connections(), 1U);
  const std::string more = counted_text(2 * kLarge);
  EXPECT_EQ(kind_thrown_by([&] {
              return run_virtually(EchoServer::answering(server, opened(http, post(server.url(), made_of(more)))));
            }),
            ErrorKind::overloaded);
}

Task<> make_slowly(http::BodyWriter& out) {
  for (int i = 0; i < 10; ++i) {
    co_await out.write("part ");
    co_await out.flush();
    co_await sleep(10s);
  }
}

TEST(EarlyAnswerInTime, a_head_that_has_come_ends_its_limit_while_the_sending_goes_on) {
  EchoServer server;
  HttpClient http({.limits = {.response_head = 7s}});
  http::Request request = post(server.url(), http::Body::made_by(make_slowly));
  const std::string echoed = run_virtually(EchoServer::answering(server, sent(http, std::move(request))));
  EXPECT_EQ(echoed, "part part part part part part part part part part ");
}

// Gives a piece, and fails once the answer to it has come.
class FailingSource final : public http::BodySource {
 public:
  explicit FailingSource(ErrorKind kind) : kind_(kind) {}
  Task<Chunk> read() override {
    const bool is_first = !std::exchange(is_over_, true);
    if (is_first) co_return Chunk::copy_of(bytes_of("one piece"));
    co_await sleep(100ms);
    throw Error(kind_, "source", "it broke");
  }

 private:
  const ErrorKind kind_;
  bool is_over_ = false;
};

// Also a reset, which is not that of this connection: there is no answer to wait for.
TEST(EarlyAnswerInTime, a_source_that_fails_fails_the_call_and_every_read) {
  const auto send = [](HttpClient& http, http::Request request) -> Task<std::string> {
    co_return co_await timeout(500ms, sent(http, std::move(request)));
  };
  const auto count_failed_reads = [](HttpClient& http, http::Request request) -> Task<int> {
    http::Response response = co_await http.open(std::move(request));
    int failed = 0;
    for (int i = 0; i < 10; ++i) {
      const auto part = co_await outcome(timeout(500ms, response.body.read()));
      if (part.ok()) continue;
      EXPECT_TRUE(std::string_view(part.failure().error()->what()).starts_with("source"));
      ++failed;
    }
    co_return failed;
  };
  for (const ErrorKind kind : {ErrorKind::not_found, ErrorKind::reset}) {
    EchoServer server;
    HttpClient http;
    const auto request = [&] { return post(server.url(), http::Body::from(std::make_unique<FailingSource>(kind))); };
    EXPECT_EQ(kind_thrown_by([&] { return run_virtually(EchoServer::answering(server, send(http, request()))); }),
              kind);
    EXPECT_EQ(run_virtually(EchoServer::answering(server, count_failed_reads(http, request()))), 9);
    EXPECT_EQ(http.idle_connections(), 0U);
  }
}

// Counts what is taken of it.
class EndlessSource final : public http::BodySource {
 public:
  explicit EndlessSource(std::size_t& given) : given_(given) {}
  Task<Chunk> read() override {
    const Chunk none;
    co_await sleep(1s);
    ++given_;
    co_return Chunk::copy_of(bytes_of("and so on "));
  }

 private:
  std::size_t& given_;
};

// RFC 9112, section 9.5.
TEST(EarlyAnswerInTime, an_error_of_a_server_that_will_close_is_sent_no_more_of_the_request) {
  const std::string head = "HTTP/1.1 401 No\r\nContent-Length: 4\r\n";
  for (const bool closes : {true, false}) {
    for (const bool is_whole : {true, false}) {
      std::size_t given = 0;
      const std::string first = head + (closes ? "Connection: close\r\n\r\nno" : "\r\nno");
      ScriptedServer server({{{first, Then::keep, true, 5500ms}, {"no", Then::silence, true, 10s}}});
      HttpClient http;
      http::Request request = post(server.url(), http::Body::from(std::make_unique<EndlessSource>(given)));
      Task<std::string> asked = is_whole ? sent(http, std::move(request)) : opened(http, std::move(request));
      EXPECT_EQ(run_virtually(ScriptedServer::answering(server, std::move(asked))), "nono");
      EXPECT_EQ(given, closes ? 5U : 15U) << is_whole;
      EXPECT_EQ(http.idle_connections(), 0U);
    }
  }
}

TEST(EarlyAnswerInTime, a_redirect_that_comes_early_is_followed_and_the_text_sent_again) {
  const std::string text = counted_text(kLarge);
  const std::string redirect = "HTTP/1.1 307 Elsewhere\r\nLocation: /b\r\nContent-Length: 9\r\n\r\ngone";
  ScriptedServer server({{{redirect, Then::silence, true}}, {{ok("there")}}});
  HttpClient http({.redirects_max = 1});
  const auto open = [](HttpClient& http, http::Request request) -> Task<std::string> {
    co_return co_await timeout(1s, opened(http, std::move(request)));
  };
  const std::string there =
      run_virtually(ScriptedServer::answering(server, open(http, post(server.url("/a"), http::Body(text)))));
  EXPECT_EQ(there, "there");
  ASSERT_EQ(server.asked().size(), 1U);
  EXPECT_TRUE(server.asked()[0] == "POST /b " + text);
  EXPECT_EQ(server.accepted(), 2U);
}

}  // namespace
}  // namespace ringback

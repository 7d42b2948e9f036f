#include "ringback/http/http_client.h"

#include <gtest/gtest.h>

#include "ringback/async/gather.h"
#include "ringback/async/timeout.h"
#include "ringback/http/client_place_test.h"
#include "ringback/http/target.h"
#include "ringback/net/unix_socket.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using namespace testing_places;
using namespace testing_http;
using Then = Reply::Then;

class Client : public ClientPlaceTest {};

TEST_P(Client, gets_a_page) {
  ScriptedServer server({{{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Tea:  green \r\n\r\nhello"}}});
  HttpClient http;
  const http::Response page = with(server, http.get(server.url("/hello?you#top")));
  EXPECT_EQ(page.status, http::Status::ok);
  EXPECT_EQ(page.headers.get("x-tea"), "green");
  EXPECT_EQ(page.body.text(), "hello");
  EXPECT_EQ(server.asked(), std::vector<std::string>{"GET /hello?you"});
  EXPECT_NE(server.last_head().find("Host: 127.0.0.1:"), std::string::npos);
  EXPECT_NE(server.last_head().find("User-Agent: ringback\r\n"), std::string::npos);
}

TEST_P(Client, reads_every_way_in_which_a_body_may_be_framed) {
  const std::pair<std::string, bool> replies[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", true},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nTrailer: x\r\n\r\n", true},
      {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello", true},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
       "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
       true},
      {"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", false},
      {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello", false},
      {"HTTP/1.1 200 OK\r\n\r\nhello", false},
      {"HTTP/1.0 200 OK\r\n\r\nhello", false},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more", false},
  };
  for (const auto& [reply, is_kept] : replies) {
    ScriptedServer server({{{reply, is_kept ? Then::keep : Then::close}}});
    HttpClient http;
    EXPECT_EQ(with(server, body_of(http, server.url())), "hello") << reply;
    EXPECT_EQ(http.idle_connections(), is_kept ? 1U : 0U) << reply;
  }
}

TEST_P(Client, knows_which_responses_have_no_body_whatever_they_say) {
  const std::pair<http::Method, std::string> exchanges[] = {
      {http::Method::head, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"},
      {http::Method::head, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {http::Method::get, "HTTP/1.1 204 No Content\r\n\r\n"},
      {http::Method::get, "HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n"},
  };
  for (const auto& [method, reply] : exchanges) {
    ScriptedServer server({{{reply}}});
    HttpClient http;
    EXPECT_EQ(with(server, http.send(http::Request(method, server.url()))).body.text(), "");
    EXPECT_EQ(http.idle_connections(), 1U) << reply;
  }
}

TEST_P(Client, a_method_that_is_spelt_out_is_that_method) {
  ScriptedServer server({{{"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"}, {ok("x")}}});
  HttpClient http;
  const auto head_then_purge = [](HttpClient& http, ScriptedServer& server) -> Task<std::string> {
    http::Request head(http::Method::other, server.url("/a"));
    head.other_method = "HEAD";
    http::Request purge(http::Method::other, server.url("/b"));
    purge.other_method = "PURGE";
    const http::Response first = co_await http.send(std::move(head));
    const http::Response second = co_await http.send(std::move(purge));
    co_return first.body.text() + second.body.text();
  };
  EXPECT_EQ(with(server, head_then_purge(http, server)), "x");
  EXPECT_EQ(server.asked(), (std::vector<std::string>{"HEAD /a", "PURGE /b"}));
}

Task<std::vector<std::string>> get_in_turn(HttpClient& http, ScriptedServer& server, int count) {
  std::vector<std::string> bodies;
  for (int i = 0; i < count; ++i) {
    std::string body = co_await body_of(http, server.url("/" + std::to_string(i)));
    bodies.push_back(std::move(body));
  }
  co_return bodies;
}

TEST_P(Client, asks_again_on_the_connection_it_has) {
  ScriptedServer server({{{ok("a")}, {ok("b")}, {ok("c")}}});
  HttpClient http;
  EXPECT_EQ(with(server, get_in_turn(http, server, 3)), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(server.accepted(), 1U);
}

TEST_P(Client, takes_a_connection_that_was_used_elsewhere) {
  ScriptedServer server({{{ok("a")}, {ok("b")}, {ok("c")}, {ok("d")}}});
  HttpClient http;
  LoopThread loop;
  Pool pool(PoolOptions{.threads = 2});
  LoopThread serving;
  auto served = spawn(serving.loop(), ScriptedServer::answering(server, [](ScriptedServer&) -> Task<> {
                        Duration long_enough = 24h;
                        co_await sleep(long_enough);
                      }(server)));
  EXPECT_EQ(in_place(body_of(http, server.url())), "a");
  EXPECT_EQ(spawn(loop.loop(), body_of(http, server.url())).get(), "b");
  EXPECT_EQ(wait(body_of(http, server.url())), "c");
  EXPECT_EQ(spawn(pool, body_of(http, server.url())).get(), "d");
  EXPECT_EQ(server.accepted(), 1U);
  served.cancel();
}

TEST_P(Client, sends_a_text_with_its_length) {
  ScriptedServer server({{{ok("")}, {ok("")}}});
  HttpClient http;
  const auto posts = [](HttpClient& http, ScriptedServer& server) -> Task<> {
    auto first = co_await http.post(server.url("/a"), "some text", "text/plain");
    auto second = co_await http.post(server.url("/b"), "", "text/plain");
  };
  with(server, posts(http, server));
  EXPECT_EQ(server.asked(), (std::vector<std::string>{"POST /a some text", "POST /b"}));
  EXPECT_NE(server.last_head().find("Content-Length: 0\r\n"), std::string::npos);
}

http::Request request_with(ScriptedServer& server, http::Body body) {
  http::Request request(http::Method::put, server.url("/x"));
  request.body = std::move(body);
  return request;
}

http::Body made(std::vector<std::string> parts, std::optional<std::uint64_t> bytes = std::nullopt) {
  return http::Body::made_by(
      [parts = std::move(parts)](http::BodyWriter& out) -> Task<> {
        const auto write = [](http::BodyWriter& writer, const std::vector<std::string>& texts) -> Task<> {
          bool is_flushed = false;
          for (const std::string& text : texts) {
            co_await writer.write(text);
            if (!is_flushed) co_await writer.flush();
            is_flushed = true;
          }
        };
        return write(out, parts);
      },
      bytes);
}

TEST_P(Client, sends_a_body_that_is_made_chunk_by_chunk) {
  const std::string large(200'000, 'x');
  ScriptedServer server({{{ok("")}, {ok("")}, {ok("")}}});
  HttpClient http;
  const auto puts = [](HttpClient& http, ScriptedServer& server, const std::string& large) -> Task<> {
    auto unknown = request_with(server, made({"a", "", "bc", large}));
    auto known = request_with(server, made({"ab", "c"}, 3));
    auto text = request_with(server, http::Body(large));
    co_await http.send(std::move(unknown));
    co_await http.send(std::move(known));
    co_await http.send(std::move(text));
  };
  with(server, puts(http, server, large));
  EXPECT_EQ(server.asked(), (std::vector<std::string>{"PUT /x abc" + large, "PUT /x abc", "PUT /x " + large}));
  EXPECT_EQ(server.accepted(), 1U);
}

TEST_P(Client, passes_on_a_body_that_it_reads) {
  ScriptedServer source({{{ok("from there")}}});
  ScriptedServer target({{{ok("")}}});
  HttpClient http;
  const auto copy = [](HttpClient& http, std::string from, ScriptedServer& to) -> Task<> {
    http::Response response = co_await http.open(http::Request(http::Method::get, from));
    auto request = request_with(to, http::Body());
    request.body = std::move(response.body);
    co_await http.send(std::move(request));
  };
  with(source, ScriptedServer::answering(target, copy(http, source.url(), target)));
  EXPECT_EQ(target.asked(), std::vector<std::string>{"PUT /x from there"});
}

TEST_P(Client, a_body_that_is_not_as_long_as_announced_is_the_callers_error) {
  for (auto parts : {std::vector<std::string>{"ab"}, std::vector<std::string>{"ab", "cd"}}) {
    ScriptedServer server({{{ok("")}}});
    HttpClient http;
    EXPECT_EQ(kind_thrown_by([&] { return with(server, http.send(request_with(server, made(parts, 3)))); }),
              ErrorKind::invalid);
    EXPECT_EQ(http.idle_connections(), 0U);
  }
}

TEST_P(Client, an_answer_that_comes_first_ends_the_sending) {
  const std::string refused = "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig";
  ScriptedServer server({{{refused, Then::silence, true}}});
  HttpClient http;
  const http::Response response =
      with(server, http.send(request_with(server, http::Body(std::string(20'000'000, 'x')))));
  EXPECT_EQ(response.status, http::Status::content_too_large);
  EXPECT_EQ(response.body.text(), "big");
  EXPECT_EQ(http.idle_connections(), 0U);
}

TEST_P(Client, asks_over_a_unix_socket) {
  const std::string name = "/tmp/ringback-client-" + std::to_string(::getpid()) + ".sock";
  UnixListener listener(name);
  HttpClient http;
  const auto answer = [](UnixListener& listener) -> Task<> {
    UnixStream stream = co_await listener.accept();
    const Chunk request = co_await stream.read();
    EXPECT_NE(request.text().find("Host: localhost\r\n"), std::string_view::npos);
    const std::string reply = ok("local");
    co_await stream.write(reply);
  };
  std::string url = "http+unix://" + http::percent_encoded(name) + "/x";
  auto both = in_place(gather(answer(listener), body_of(http, url)));
  EXPECT_EQ(std::get<1>(both), "local");
}

TEST_P(Client, what_cannot_be_sent_is_refused_before_anybody_is_asked) {
  HttpClient http;
  const auto kind_of = [&](http::Request request) {
    return kind_thrown_by([&] { return in_place(http.send(std::move(request))); });
  };
  http::Request framed(http::Method::post, "http://127.0.0.1:1/");
  framed.headers.add("Content-Length", "5");
  http::Request coded(http::Method::post, "http://127.0.0.1:1/");
  coded.headers.add("transfer-encoding", "chunked");
  http::Request odd(http::Method::other, "http://127.0.0.1:1/");
  odd.other_method = "GET / HTTP/1.1\r\nX: y";
  EXPECT_EQ(kind_of(std::move(framed)), ErrorKind::invalid);
  EXPECT_EQ(kind_of(std::move(coded)), ErrorKind::invalid);
  EXPECT_EQ(kind_of(std::move(odd)), ErrorKind::invalid);
  EXPECT_EQ(kind_of(http::Request(http::Method::get, "/only/a/path")), ErrorKind::invalid);
  EXPECT_EQ(kind_of(http::Request(http::Method::get, "http://a/ HTTP/1.1\r\nX: y")), ErrorKind::invalid);
  EXPECT_EQ(kind_of(http::Request(http::Method::connect, "http://127.0.0.1:1/")), ErrorKind::invalid);
  EXPECT_EQ(kind_of(http::Request(http::Method::get, "https://127.0.0.1:1/")), ErrorKind::unsupported);
  EXPECT_EQ(kind_thrown_by([&] { return in_place(http.post("http://127.0.0.1:1/", "", "a\r\nX: y")); }),
            ErrorKind::invalid);
}

TEST_P(Client, nobody_listening_is_refused) {
  std::string url;
  {
    ScriptedServer server({});
    url = server.url();
  }
  HttpClient http;
  EXPECT_EQ(kind_thrown_by([&] { return in_place(http.get(url)); }), ErrorKind::refused);
}

RINGBACK_EVERY_PLACE(Client);

}  // namespace
}  // namespace ringback

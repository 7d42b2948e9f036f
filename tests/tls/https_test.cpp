// HTTP over TLS: our client and our server, and curl.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "ringback/async/gather.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/scope.h"
#include "ringback/async/sleep.h"
#include "ringback/http/http_client.h"
#include "ringback/http/http_server.h"
#include "ringback/http/router.h"
#include "ringback/io/line_reader.h"
#include "ringback/io/places_test.h"
#include "ringback/tls/certificates_test.h"
#include "ringback/tls/tls_stream.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using namespace testing_places;
using namespace testing_tls;
using http::Request;
using http::Response;

// The root that the tests trust, in a file, while it lives.
class RootFile {
 public:
  RootFile() : path_(::testing::TempDir() + "ringback_root_" + std::to_string(::getpid()) + ".pem") {
    std::ofstream(path_) << world().root.certificate;
  }
  ~RootFile() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

HttpServerOptions secure_options() {
  HttpServerOptions options;
  options.tls = a_server();
  return options;
}
HttpClientOptions trusting_options() {
  HttpClientOptions options;
  options.tls = a_client();
  return options;
}

// On a Loop of its own.
class SecureServer {
 public:
  explicit SecureServer(HttpServerOptions options = secure_options())
      : server_(TcpListener(Address::loopback(0)), router_, std::move(options)) {
    router_.get("/hello", [](Request&) { return Response::text("hello\n"); });
    router_.get("/rows", [](Request&) {
      return Response(http::Status::ok, http::Body::made_by([](http::BodyWriter& out) -> Task<> {
                        for (int i = 0; i < 1000; ++i) co_await out.write("row\n");
                      }));
    });
    router_.post("/mirror", [](Request& request) { return Response(http::Status::ok, std::move(request.body)); });
    served_.emplace(spawn(thread_.loop(), server_.serve()));
  }
  ~SecureServer() { stop(); }
  void stop() {
    server_.stop();
    if (served_.has_value()) served_->get();
    served_.reset();
  }

  std::string url(const std::string& path, const std::string& host = "localhost") const {
    return "https://" + host + ":" + std::to_string(server_.local().port()) + path;
  }
  Address local() const { return server_.local(); }
  HttpServerStats stats() const { return server_.stats(); }

 private:
  LoopThread thread_;
  Router router_;
  HttpServer server_;
  std::optional<Future<void>> served_;
};

class Https : public PlaceTest {};
RINGBACK_EVERY_PLACE(Https);

TEST_P(Https, is_asked_like_http_and_keeps_its_connection) {
  SecureServer server;
  HttpClient client(trusting_options());
  const std::string large(1'000'000, 'l');
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(in_place(client.get(server.url("/hello"))).body.text(), "hello\n");
    EXPECT_EQ(in_place(client.post(server.url("/mirror"), large, "text/plain")).body.text(), large);
    EXPECT_EQ(in_place(client.get(server.url("/rows"))).body.text().size(), 4000U);
  }
  EXPECT_EQ(server.stats().accepted, 1U);
  EXPECT_EQ(client.idle_connections(), 1U);
}

TEST_P(Https, is_not_asked_again_where_the_server_is_not_trusted_contract_46) {
  HttpServerOptions options;
  options.tls = server_of(make_identity({.alternative = "DNS:example.org"}, &world().root));
  SecureServer server(std::move(options));
  HttpClient client(trusting_options());
  const auto answer = in_place(outcome(client.get(server.url("/hello"))));
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.failure().error()->kind(), ErrorKind::untrusted);
  EXPECT_EQ(answer.failure().error()->peer(), server.local().to_string());
  EXPECT_EQ(client.idle_connections(), 0U);
  server.stop();
  EXPECT_EQ(server.stats().accepted, 1U);
  EXPECT_EQ(server.stats().requests, 0U);
}

TEST(HttpsClients, trust_whom_the_system_trusts) {
  const RootFile root;
  SecureServer server;
  ::setenv("SSL_CERT_FILE", root.path().c_str(), 1);
  HttpClient client;
  EXPECT_EQ(wait(client.get(server.url("/hello"))).body.text(), "hello\n");
  ::unsetenv("SSL_CERT_FILE");
  HttpClient other;
  const auto refused = wait_outcome(other.get(server.url("/hello")));
  EXPECT_EQ(refused.failure().error()->kind(), ErrorKind::untrusted);
}

TEST(HttpsClients, take_a_connection_without_tls_for_another_origin) {
  SecureServer server;
  HttpClient client(trusting_options());
  EXPECT_EQ(wait(client.get(server.url("/hello"))).body.text(), "hello\n");
  const std::string plain = "http" + server.url("/hello").substr(5);
  EXPECT_FALSE(wait_outcome(client.get(plain)).ok());
  EXPECT_EQ(wait(client.get(server.url("/hello"))).body.text(), "hello\n");
  EXPECT_EQ(server.stats().accepted, 2U);
}

// Answers one request without saying how long the answer is; `is_said`: says that it has ended.
Task<> answer_without_length(TcpListener& listener, bool is_said) {
  TcpStream tcp = co_await listener.accept();
  TlsStream stream = co_await TlsStream::accept(a_server(), std::move(tcp));
  LineReader lines(stream);
  for (;;) {
    const std::optional<std::string> line = co_await lines.next();
    if (!line.has_value() || line->empty()) break;
  }
  co_await stream.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it");
  if (is_said) co_await stream.shutdown_write();
}

TEST_P(Https, body_without_a_length_is_whole_only_where_its_end_was_said) {
  in_place([]() -> Task<> {
    HttpClient client(trusting_options());
    TcpListener listener(Address::loopback(0));
    const std::string url = "https://localhost:" + std::to_string(listener.port()) + "/";
    auto whole = co_await gather(client.get(url), answer_without_length(listener, true));
    EXPECT_EQ(std::get<0>(whole).body.text(), "all of it");
    auto cut = co_await gather(outcome(client.get(url)), answer_without_length(listener, false));
    EXPECT_FALSE(std::get<0>(cut).ok());
    EXPECT_EQ(std::get<0>(cut).failure().error()->kind(), ErrorKind::end_of_stream);
  }());
}

TEST(HttpsServers, wait_for_a_handshake_no_longer_than_for_a_head) {
  HttpServerOptions options = secure_options();
  options.header_timeout = 20ms;
  SecureServer server(std::move(options));
  TcpStream silent = wait(TcpStream::connect(server.local()));
  EXPECT_TRUE(wait(silent.read()).empty());
  while (server.stats().lost == 0) std::this_thread::yield();  // We see the end before it has been counted.
  server.stop();
  EXPECT_EQ(server.stats().lost, 1U);
}

Task<std::string> ask_and_stay(Address server) {
  TcpStream tcp = co_await TcpStream::connect(server);
  TlsStream stream = co_await TlsStream::connect(a_client(), std::move(tcp), "localhost");
  std::string all;
  co_await stream.write("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
  for (;;) {
    const Chunk chunk = co_await stream.read();  // throws where the end was not said
    if (chunk.empty()) break;
    all += chunk.text();
  }
  co_return all;
}

TEST(HttpsServers, say_their_end_where_nothing_more_is_asked) {
  HttpServerOptions options = secure_options();
  options.idle_timeout = 20ms;
  SecureServer server(std::move(options));
  EXPECT_TRUE(wait(ask_and_stay(server.local())).ends_with("\r\n\r\nhello\n"));
}

TEST(HttpsServers, stop_without_waiting_for_handshakes) {
  SecureServer server;
  TcpStream silent = wait(TcpStream::connect(server.local()));
  while (server.stats().accepted == 0) wait(yield());
  server.stop();
  EXPECT_EQ(server.stats().connections, 0U);
}

TEST(HttpsServers, count_handshakes_as_connections) {
  HttpServerOptions options = secure_options();
  options.connections_max = 1;
  SecureServer server(std::move(options));
  TcpStream silent = wait(TcpStream::connect(server.local()));
  TcpStream second = wait(TcpStream::connect(server.local()));
  EXPECT_TRUE(wait(second.read()).empty());
  EXPECT_EQ(server.stats().overloaded, 1U);
}

TEST(HttpsServers, are_understood_by_curl) {
  const RootFile root;
  SecureServer server;
  const auto ask = [&](const std::string& how) {
    const std::string command = "curl -sS --cacert " + root.path() + " " + how + " 2>&1";
    std::string text;
    char part[4096];
    FILE* pipe = ::popen(command.c_str(), "re");
    for (std::size_t got = 0; (got = std::fread(part, 1, sizeof part, pipe)) > 0;) text.append(part, got);
    const int status = ::pclose(pipe);
    return text + (WIFEXITED(status) ? std::to_string(WEXITSTATUS(status)) : "broke");
  };
  EXPECT_EQ(ask(server.url("/hello") + " " + server.url("/hello") + " -w '%{num_connects}\\n'"),
            "hello\n1\nhello\n0\n0");
  // Without a length only the end of TLS tells curl that it has all.
  std::string rows;
  for (int i = 0; i < 1000; ++i) rows += "row\n";
  EXPECT_EQ(ask("--http1.0 --no-alpn " + server.url("/rows")), rows + "0");
  EXPECT_EQ(ask(server.url("/hello", "127.0.0.1") + " -d x -o /dev/null -w '%{http_code} '"), "405 0");
  EXPECT_TRUE(ask("--connect-to ::localhost: " + server.url("/hello", "example.org")).ends_with("60"));
}

}  // namespace
}  // namespace ringback

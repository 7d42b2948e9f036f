// The server over real connections: limits, time, and how it ends.
#include "vectordb/server/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>

#include "ringback/async/wait.h"
#include "ringback/http/http_client.h"
#include "vectordb/server/server_thread_test.h"

namespace vectordb {
namespace {

namespace http = ringback::http;
using namespace std::chrono_literals;
using testing_server::ServerThread;

http::Response put(ringback::HttpClient& client, const std::string& url, std::string body) {
  http::Request request(http::Method::put, url);
  request.body = std::move(body);
  return wait(client.send(std::move(request)));
}

http::Response post(ringback::HttpClient& client, const std::string& url, std::string body) {
  return wait(client.post(url, std::move(body), "application/json"));
}

TEST(Server, speaks_json_over_http) {
  ServerThread server;
  ringback::HttpClient client;
  const http::Response made =
      put(client, server.url() + "/collections/a", R"({"vectors":{"size":2,"distance":"Dot"}})");
  EXPECT_EQ(made.status, http::Status::ok);
  EXPECT_EQ(made.headers.get("content-type"), "application/json");
  EXPECT_EQ(server.database().names(), std::vector<std::string>{"a"});
}

TEST(Server, a_body_beyond_the_limit_is_refused_in_json) {
  ServerThread server({.body_bytes_max = 1000});
  ringback::HttpClient client;
  const http::Response whole = put(client, server.url() + "/collections/a/points", std::string(1001, ' '));
  EXPECT_EQ(whole.status, http::Status::content_too_large);
  EXPECT_NE(whole.body.text().find("larger than allowed (limit: 1000 bytes)"), std::string::npos) << whole.body.text();
  http::Request chunked(http::Method::put, server.url() + "/collections/a/points");
  chunked.body = http::Body::made_by([](http::BodyWriter& out) -> ringback::Task<> {
    const std::string spaces(600, ' ');
    co_await out.write(spaces);
    co_await out.write(spaces);
  });
  const http::Response streamed = wait(client.send(std::move(chunked)));
  EXPECT_EQ(streamed.status, http::Status::content_too_large);
  EXPECT_NE(streamed.body.text().find("larger than allowed"), std::string::npos) << streamed.body.text();
}

// Enough for the search to take far longer than it may, on any machine: it is the server that stops it.
TEST(Server, a_search_stops_at_its_timeout) {
  ServerThread server;
  Collection collection = wait(server.database().create("large", {.dimension = 1024, .distance = Distance::dot}));
  for (std::uint64_t id = 0; id < 2000; ++id) {
    std::vector<Point> points(1);
    points[0] = {id, std::vector<float>(1024, 1.0F)};
    wait(collection.upsert(std::move(points)));
  }
  std::string searches = R"({"searches":[)";
  std::string vector = "1";
  for (int i = 1; i < 1024; ++i) vector += ",1";
  for (int i = 0; i < 500; ++i) searches += (i == 0 ? "" : ",") + (R"({"limit":1,"vector":[)" + vector + "]}");
  searches += "]}";
  ringback::HttpClient client;
  const http::Response late =
      post(client, server.url() + "/collections/large/points/search/batch?timeout=0.001", searches);
  EXPECT_EQ(late.status, http::Status::request_timeout);
  EXPECT_NE(late.body.text().find("Timeout error: "), std::string::npos) << late.body.text();
  // All of it would be a million.
  EXPECT_LT(collection.info().rows_looked_at, 900'000U);
}

ringback::Task<http::Response> counted(std::atomic<int>& seen, ringback::Task<http::Response> answer) {
  const std::string number = std::to_string(++seen);
  http::Response response = co_await std::move(answer);
  response.headers.set("X-Seen", number);
  co_return response;
}

TEST(Server, something_can_be_put_around_each_answer) {
  std::atomic<int> seen = 0;
  ServerOptions options;
  options.around = [&seen](http::Request&, ringback::Task<http::Response> answer) {
    return counted(seen, std::move(answer));
  };
  ServerThread server(std::move(options));
  ringback::HttpClient client;
  EXPECT_EQ(wait(client.get(server.url() + "/healthz")).headers.get("x-seen"), "1");
  EXPECT_EQ(wait(client.get(server.url() + "/collections")).headers.get("x-seen"), "2");
}

TEST(Server, stop_lets_what_runs_end_and_serve_return) {
  ServerThread server;
  ringback::HttpClient client;
  EXPECT_EQ(wait(client.get(server.url() + "/readyz")).status, http::Status::ok);
  server.end();
  EXPECT_THROW(wait(client.get(server.url() + "/readyz")), ringback::Error);
}

TEST(Server, listens_on_a_unix_socket_too) {
  Database database;
  const std::string name = "ringback_vectordb_" + std::to_string(::getpid());
  Server server(database, ringback::UnixListener("@" + name));
  ringback::testing_places::LoopThread loop;
  const ringback::Future<void> served = ringback::spawn(loop.loop(), server.serve());
  ringback::HttpClient client;
  EXPECT_EQ(wait(client.get("http+unix://%40" + name + "/healthz")).status, http::Status::ok);
  server.stop();
  served.get();
}

}  // namespace
}  // namespace vectordb

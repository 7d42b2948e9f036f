// What the client makes of answers, right ones and others: a server that says what it is told to.
#include "vectordb/client/client.h"

#include <gtest/gtest.h>

#include <string>

#include "ringback/async/future.h"
#include "ringback/async/wait.h"
#include "ringback/http/http_server.h"
#include "ringback/io/places_test.h"

namespace vectordb {
namespace {

namespace http = ringback::http;
using ringback::Error;
using ringback::ErrorKind;
using ringback::wait;

// Answers everything in one way, and keeps what it was asked last.
class Parrot {
 public:
  Parrot() : server_(ringback::TcpListener(ringback::Address::loopback(0)), handler_) {}
  ~Parrot() {
    server_.stop();
    served_.get();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.local().port()); }

  std::uint16_t status = 200;
  std::string answer;
  std::string asked;
  std::string target;

 private:
  ringback::Task<http::Response> reply(http::Request& request) {
    target = request.target;
    asked = co_await request.body.read_all();
    co_return http::Response::json(answer, http::Status(status));
  }

  std::function<ringback::Task<http::Response>(http::Request&)> handler_ = [this](http::Request& request) {
    return reply(request);
  };
  ringback::HttpServer server_;
  ringback::testing_places::LoopThread loop_;
  ringback::Future<void> served_ = ringback::spawn(loop_.loop(), server_.serve());
};

class ClientTest : public ::testing::Test {
 protected:
  std::optional<Error> count_fails(std::uint16_t status, std::string answer) {
    parrot_.status = status;
    parrot_.answer = std::move(answer);
    try {
      wait(client_.count("a"));
    } catch (const Error& error) {
      return error;
    }
    return std::nullopt;
  }

  Parrot parrot_;
  Client client_{parrot_.url()};
};

TEST_F(ClientTest, asks_as_qdrant_does) {
  parrot_.answer = R"({"result":{"points":[]},"status":"ok","time":0.1})";
  wait(client_.search("a b", {0.5F, 1}, {.limit = 3, .offset = 1, .score_threshold = 0.5F, .with_payload = true}));
  EXPECT_EQ(parrot_.target, "/collections/a%20b/points/query");
  EXPECT_EQ(parrot_.asked,
            R"({"query":[0.5,1],"limit":3,"offset":1,"score_threshold":0.5,"with_payload":true,"with_vector":false})");
  parrot_.answer = R"({"result":{"operation_id":7,"status":"completed"},"status":"ok","time":0.1})";
  std::vector<Point> points;
  points.push_back({18446744073709551615U, {1}, Payload::parse(R"({"a":1})")});
  points.push_back({*PointId::parse("550e8400-e29b-41d4-a716-446655440000"), {2}});
  EXPECT_EQ(wait(client_.upsert("a", std::move(points))).operation, 7U);
  EXPECT_EQ(parrot_.target, "/collections/a/points?wait=true");
  EXPECT_EQ(parrot_.asked, R"({"points":[{"id":18446744073709551615,"vector":[1],"payload":{"a":1}},)"
                           R"({"id":"550e8400-e29b-41d4-a716-446655440000","vector":[2]}]})");
}

TEST_F(ClientTest, passes_over_what_a_newer_server_says_besides) {
  parrot_.answer = R"({"usage":{"hardware":null},"time":0.1,"status":"ok","result":{"points":[
      {"id":1,"version":3,"score":0.5,"payload":null,"vector":null,"shard_key":"x","order_value":1}],"more":[]}})";
  const std::vector<Hit> hits = wait(client_.search("a", {1}));
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].id, PointId(1));
  EXPECT_EQ(hits[0].version, 3U);
  EXPECT_TRUE(hits[0].payload.is_empty());
}

TEST_F(ClientTest, statuses_are_kinds_of_errors) {
  const std::string said = R"({"status":{"error":"so it is"},"time":0.0})";
  const std::pair<std::uint16_t, ErrorKind> kinds[] = {
      {400, ErrorKind::invalid},    {401, ErrorKind::denied},      {403, ErrorKind::denied},
      {404, ErrorKind::not_found},  {408, ErrorKind::timed_out},   {409, ErrorKind::exists},
      {413, ErrorKind::overloaded}, {422, ErrorKind::invalid},     {429, ErrorKind::overloaded},
      {500, ErrorKind::io},         {501, ErrorKind::unsupported}, {503, ErrorKind::overloaded},
      {507, ErrorKind::exhausted}};
  for (const auto& [status, kind] : kinds) {
    const std::optional<Error> error = count_fails(status, said);
    ASSERT_TRUE(error.has_value()) << status;
    EXPECT_EQ(error->kind(), kind) << status;
    EXPECT_NE(std::string(error->what()).find("so it is"), std::string::npos) << error->what();
  }
}

TEST_F(ClientTest, an_answer_of_another_server_is_told_by_its_status) {
  const std::optional<Error> error = count_fails(404, "<html>not here</html>");
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->kind(), ErrorKind::unsupported);
  EXPECT_NE(std::string(error->what()).find("404 Not Found"), std::string::npos) << error->what();
  EXPECT_EQ(count_fails(502, "")->kind(), ErrorKind::io);
}

TEST_F(ClientTest, an_answer_that_is_none_is_malformed) {
  for (const char* answer : {"", "{", "[]", "{}", R"({"result":7})", R"({"result":{"count":-1}})", R"({"result":null})",
                             R"({"result":{"count":1}} x)"}) {
    const std::optional<Error> error = count_fails(200, answer);
    ASSERT_TRUE(error.has_value()) << answer;
    EXPECT_EQ(error->kind(), ErrorKind::malformed) << answer;
    EXPECT_EQ(error->peer(), parrot_.url());
  }
}

}  // namespace
}  // namespace vectordb

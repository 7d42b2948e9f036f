// Our client and node's HTTP server.
#include <gtest/gtest.h>

#include "ringback/async/gather.h"
#include "ringback/async/wait.h"
#include "ringback/http/http_client.h"
#include "tests/http/node_process.h"

namespace ringback {
namespace {

using testing_peers::NodeProcess;

class ClientWithNode : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing_peers::has_node()) GTEST_SKIP() << "node is not installed (tools/setup peers)";
    server_.emplace("node_server.mjs");
    base_ = "http://127.0.0.1:" + server_->read_line();
  }

  http::Response get(const std::string& path) { return wait(http_.get(base_ + path)); }
  std::string connection(const http::Response& response) const {
    return std::string(response.headers.get("x-connection").value_or("?"));
  }

  std::optional<NodeProcess> server_;
  std::string base_;
  HttpClient http_;
};

TEST_F(ClientWithNode, reads_every_kind_of_page_on_one_connection) {
  const std::pair<const char*, const char*> pages[] = {{"/hello", "hello"},         {"/chunked", "one two three"},
                                                       {"/trailers", "body"},       {"/nothing", ""},
                                                       {"/continue", "after that"}, {"/nowhere", "no such page"}};
  for (const auto& [path, text] : pages) {
    const http::Response response = get(path);
    EXPECT_EQ(response.body.text(), text) << path;
    EXPECT_EQ(connection(response), "1") << path;
  }
  EXPECT_EQ(get("/large").body.text(), std::string(3'000'000, 'x'));
  EXPECT_EQ(get("/nowhere").status, http::Status::not_found);
}

TEST_F(ClientWithNode, goes_on_with_a_new_connection_where_the_server_closes) {
  EXPECT_EQ(get("/close").body.text(), "bye");
  const http::Response next = get("/hello");
  EXPECT_EQ(next.body.text(), "hello");
  EXPECT_EQ(connection(next), "2");
}

TEST_F(ClientWithNode, head_has_no_body) {
  const http::Response response = wait(http_.send(http::Request(http::Method::head, base_ + "/hello")));
  EXPECT_EQ(response.status, http::Status::ok);
  EXPECT_TRUE(response.body.is_empty());
  EXPECT_EQ(connection(get("/hello")), "1");
}

TEST_F(ClientWithNode, sends_texts_and_streams) {
  const std::string large(1'000'000, 'y');
  for (const std::string& text : {std::string("some text"), large}) {
    const http::Response echoed = wait(http_.post(base_ + "/echo", text, "text/plain"));
    EXPECT_EQ(echoed.body.text(), text);
    EXPECT_EQ(echoed.headers.get("x-length"), std::to_string(text.size()));
  }
  http::Request request(http::Method::post, base_ + "/echo");
  request.body = http::Body::made_by([](http::BodyWriter& out) -> Task<> {
    for (int i = 0; i < 100; ++i) {
      co_await out.write("0123456789");
      co_await out.flush();
    }
  });
  const http::Response echoed = wait(http_.send(std::move(request)));
  EXPECT_EQ(echoed.body.text().size(), 1000U);
  EXPECT_EQ(echoed.headers.get("x-length"), "none");
}

Task<std::string> read_by_piece(HttpClient& http, http::Request request) {
  std::string all;
  http::Response response = co_await http.open(std::move(request));
  for (;;) {
    const Chunk part = co_await response.body.read();
    if (part.empty()) co_return all;
    all.append(part.text());
  }
}

// It answers while it still reads, and reads no more than is taken of its answer.
TEST_F(ClientWithNode, slow_what_is_sent_while_its_echo_comes_is_not_cut_short) {
  const std::string large(8'000'000, 'y');
  const auto echo_of = [&](http::Body body) {
    http::Request request(http::Method::post, base_ + "/echo");
    request.body = std::move(body);
    return request;
  };
  http::Body made = http::Body::made_by([&](http::BodyWriter& out) -> Task<> { co_await out.write(large); });
  EXPECT_TRUE(wait(http_.send(echo_of(large))).body.text() == large);
  EXPECT_TRUE(wait(http_.send(echo_of(std::move(made)))).body.text() == large);
  EXPECT_TRUE(wait(read_by_piece(http_, echo_of(large))) == large);
  http::Request of_echo = echo_of(http::Body());
  of_echo.body = wait(http_.open(echo_of(large))).body;  // which is still being sent
  EXPECT_TRUE(wait(read_by_piece(http_, std::move(of_echo))) == large);
}

TEST_F(ClientWithNode, a_page_that_is_cut_off_is_an_error) {
  const auto cut = wait_outcome(http_.get(base_ + "/cut"));
  ASSERT_FALSE(cut.ok());
  EXPECT_EQ(cut.failure().error()->kind(), ErrorKind::end_of_stream);
}

TEST_F(ClientWithNode, follows_its_redirects_where_asked_to) {
  HttpClient http({.redirects_max = 3});
  EXPECT_EQ(wait(http.get(base_ + "/moved")).body.text(), "hello");
  EXPECT_EQ(get("/moved").status, http::Status::found);
}

TEST_F(ClientWithNode, two_hundred_at_once_share_sixteen_connections) {
  const auto fetch = [](HttpClient& http, std::string url) -> Task<std::string> {
    const http::Response page = co_await http.get(std::move(url));
    co_return page.body.text();
  };
  std::vector<Task<std::string>> all;
  for (int i = 0; i < 200; ++i) all.push_back(fetch(http_, base_ + "/chunked"));
  EXPECT_EQ(wait(gather(std::move(all))), std::vector<std::string>(200, "one two three"));
  EXPECT_LE(http_.idle_connections(), 16U);
}

}  // namespace
}  // namespace ringback

// Our HTTP server and node's clients: fetch (undici) and http.request.
#include <gtest/gtest.h>

#include <thread>

#include "ringback/async/wait.h"
#include "ringback/http/http_server.h"
#include "ringback/http/router.h"
#include "tests/http/node_process.h"

namespace ringback {
namespace {

using testing_peers::NodeProcess;

Task<http::Response> hello(http::Request&, std::string name) { co_return http::Response::text("hello " + name); }

Task<http::Response> echo(http::Request& request) {
  std::string body = co_await request.body.read_all();
  co_return http::Response::text(std::move(body));
}

Task<http::Response> nothing(http::Request&) { co_return http::Response(http::Status::no_content); }

Task<> write_rows(http::BodyWriter& out) {
  for (int row = 0; row < 1000; ++row) co_await out.write("row\n");
}
Task<http::Response> rows(http::Request&) {
  co_return http::Response(http::Status::ok, http::Body::made_by(write_rows));
}

Task<> write_for_ever(http::BodyWriter& out) {
  const std::string page(10'000, 'x');
  for (;;) co_await out.write(page);
}
Task<http::Response> endless(http::Request&) {
  co_return http::Response(http::Status::ok, http::Body::made_by(write_for_ever));
}

TEST(ServerWithNode, fetch_and_http_request_get_what_they_ask_for) {
  if (!testing_peers::has_node()) GTEST_SKIP() << "node is not installed (tools/setup peers)";
  Router router;
  router.get("/hello/{name}", hello);
  router.post("/echo", echo);
  router.get("/nothing", nothing);
  router.get("/rows", rows);
  router.get("/endless", endless);
  HttpServer server(TcpListener(Address::loopback(0)), router);
  std::thread serving([&server] { wait(server.serve()); });
  NodeProcess node("node_client.mjs", "http://" + server.local().to_string());
  std::string said;
  for (std::string line = node.read_line(); !line.empty(); line = node.read_line()) said.append(line).append("\n");
  EXPECT_EQ(node.end(), 0);
  EXPECT_EQ(said, "all is well\n");
  server.stop();
  serving.join();
  EXPECT_EQ(server.stats().connections, 0U);
}

}  // namespace
}  // namespace ringback

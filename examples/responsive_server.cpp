// A server that stays responsive: one request computes for long, the others do not notice.
#include <atomic>
#include <cstdio>
#include <string>

#include "ringback/async/on.h"
#include "ringback/async/run.h"
#include "ringback/exec/pool.h"
#include "ringback/http/http_client.h"
#include "ringback/http/http_server.h"
#include "ringback/http/router.h"

using namespace ringback;

std::atomic<bool> enough{false};

// Stands for minutes of work: it computes until somebody has heard enough.
std::uint64_t compute() {
  std::uint64_t rounds = 0;
  while (!enough.load()) ++rounds;
  return rounds;
}

// [slow]
// What computes goes to a Pool: on the loop it would hold up everybody.
Task<http::Response> slow(Pool& workers) {
  const std::uint64_t rounds = co_await offload(workers, compute);
  co_return http::Response::text(rounds > 0 ? "computed\n" : "did nothing\n");
}

void add_routes(Router& router, Pool& workers) {
  router.get("/slow", [&workers](http::Request&) { return slow(workers); });
  router.get("/quick", [](http::Request&) { return http::Response::text("quick\n"); });
}
// [/slow]

Task<> ask_slowly(HttpClient& http, std::string url, bool& has_ended) {
  const http::Response response = co_await http.get(url);
  has_ended = true;
  std::printf("slow: %s", response.body.text().c_str());
}

Task<> ask_quickly(HttpClient& http, std::string url, const bool& slow_has_ended) {
  int answers = 0;
  for (int i = 0; i < 1000; ++i) {
    const http::Response response = co_await http.get(url);
    if (response.status == http::Status::ok && !slow_has_ended) ++answers;
  }
  std::printf("quick: %d answers while the slow one computed\n", answers);
  enough = true;
}

Task<> serve_and_ask(Pool& workers) {
  Router router;
  add_routes(router, workers);
  HttpServer server(TcpListener(Address::loopback(0)), router);
  co_await with_scope([&server](Scope& scope) -> Task<> {
    HttpClient http;
    bool has_ended = false;
    const std::string base = "http://" + server.local().to_string();
    scope.spawn(server.serve());
    co_await gather(ask_slowly(http, base + "/slow", has_ended), ask_quickly(http, base + "/quick", has_ended));
    server.stop();
  });
}

int main() {
  Pool workers({.threads = 2});
  run(serve_and_ask(workers));
}

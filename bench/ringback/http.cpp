// Ours: an HTTP server that says hello.
#include "bench/program.h"
#include "ringback/async/run.h"
#include "ringback/async/scope.h"
#include "ringback/http/http_server.h"
#include "ringback/http/router.h"

using namespace ringback;

namespace {

http::Response hello(http::Request& /*request*/) { return http::Response::text("Hello, world!"); }
Task<http::Response> hello_task(http::Request& /*request*/) { co_return http::Response::text("Hello, world!"); }

// Serves until `count` connections have ended. The server has a listener of its own, which nobody asks.
template <typename Handler>
Task<std::uint64_t> serve(std::uint64_t count, Handler handler) {
  Router router;
  router.get("/", handler);
  HttpServer server(TcpListener(Address::loopback(0)), router);
  TcpListener listener(Address::loopback(0));
  bench::tell_port(listener.port());
  co_await with_scope([&server, &listener, count](Scope& scope) -> Task<> {
    for (std::uint64_t i = 0; i < count; ++i) {
      TcpStream peer = co_await listener.accept();
      peer.set_no_delay(true);
      scope.spawn(server.serve_connection(std::make_unique<TcpStream>(std::move(peer))));
    }
  });
  co_return server.stats().accepted;
}
const bench::Workload kHttp("http", [](std::uint64_t count) { return run(serve(count, hello)); });
// What a search over HTTP stands beside: the server alone.
const bench::Workload kBare("http_search_bare", [](std::uint64_t count) { return run(serve(count, hello)); });
const bench::Workload kBareToo("http_search_2000_bare", [](std::uint64_t count) { return run(serve(count, hello)); });
const bench::Workload kTask("http_task", [](std::uint64_t count) { return run(serve(count, hello_task)); });

}  // namespace

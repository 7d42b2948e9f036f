// One fetch in four ways to wait; a download with its progress; an upload that is made as it goes.
#include <cstdio>
#include <string>
#include <thread>

#include "ringback/async/start.h"
#include "ringback/async/timeout.h"
#include "ringback/exec/pool.h"
#include "ringback/http/http_client.h"
#include "ringback/http/http_server.h"
#include "ringback/http/router.h"

using namespace ringback;
using namespace std::chrono_literals;

Task<http::Response> greet(http::Request&, std::string name) { co_return http::Response::text("hello " + name); }

Task<http::Response> scene(http::Request&) { co_return http::Response(http::Status::ok, std::string(1'000'000, 's')); }

Task<http::Response> count(http::Request& request) {
  const std::string all = co_await request.body.read_all();
  co_return http::Response::text(std::to_string(all.size()) + " bytes");
}

// [download]
Task<std::size_t> download(HttpClient& http, std::string url) {
  http::Response response = co_await http.open(http::Request(http::Method::get, url));
  const std::uint64_t all = response.body.bytes().value_or(0);
  std::size_t done = 0;
  std::size_t told = 0;
  while (true) {
    const Chunk chunk = co_await response.body.read();  // nothing more is taken from the server until it is asked for
    if (chunk.empty()) break;
    done += chunk.size();
    for (; told < 4 * done / all; ++told) std::printf("%zu %%\n", 25 * (told + 1));
  }
  co_return done;
}
// [/download]

// [upload]
Task<> write_rows(http::BodyWriter& out) {
  for (int row = 0; row < 1000; ++row) co_await out.write("a row\n");  // waits while the server is slower
}

Task<std::string> upload(HttpClient& http, std::string url) {
  http::Request request(http::Method::post, url);
  request.headers.set("Content-Type", "text/csv");
  request.body = http::Body::made_by(write_rows);
  const http::Response response = co_await http.send(std::move(request));
  co_return response.body.text();
}
// [/upload]

void fetch_in_every_way(HttpClient& http, Pool& pool, const std::string& base) {
  // [block]
  http::Response page = wait(timeout(2s, http.get(base + "/hello/you")));  // on a plain thread: no loop
  std::printf("wait: %s\n", page.body.text().c_str());
  // [/block]

  // [callback]
  start(http.get(base + "/hello/callback"), on(Inline()), [](Outcome<http::Response> response) {
    std::printf("callback: %s\n", response ? response->body.text().c_str() : response.failure().describe().c_str());
  });
  // [/callback]

  // [future]
  Future<http::Response> coming = spawn(pool, http.get(base + "/hello/future"));
  std::printf("future: %s\n", coming.get().body.text().c_str());
  // [/future]

  std::printf("downloaded %zu bytes\n", wait(download(http, base + "/scene")));
  std::printf("uploaded %s\n", wait(upload(http, base + "/rows")).c_str());
}

int main() {
  Router router;
  router.get("/hello/{name}", greet);
  router.get("/scene", scene);
  router.post("/rows", count);
  HttpServer server(TcpListener(Address::loopback(0)), router);
  std::thread serving([&server] { wait(server.serve()); });
  Pool pool(PoolOptions{.threads = 2});
  HttpClient http;
  fetch_in_every_way(http, pool, "http://" + server.local().to_string());
  server.stop();
  serving.join();
}

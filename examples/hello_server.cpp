// A web server, and somebody who asks it.
#include <cstdio>
#include <string>

#include "ringback/async/run.h"
#include "ringback/http/http_client.h"
#include "ringback/http/http_server.h"
#include "ringback/http/router.h"

using namespace ringback;

// [handlers]
Task<http::Response> greet(http::Request& request, std::string name) {
  const std::string mark = request.query_value("mark").value_or("!");
  co_return http::Response::text("hello " + name + mark + "\n");
}

http::Response add(http::Request& /*request*/, int left, int right) {
  return http::Response::json("{\"sum\":" + std::to_string(left + right) + "}\n");
}

// Comes as it is read, and goes as it comes: nothing is kept.
http::Response shout(http::Request& request) { return http::Response(http::Status::ok, std::move(request.body)); }
// [/handlers]

Task<> ask(Address server) {
  HttpClient http;
  const std::string base = "http://" + server.to_string();
  for (const char* path : {"/hello/you", "/hello/%E4%BD%A0?mark=%3F", "/add/40/2", "/add/40/two", "/nothing"}) {
    const http::Response response = co_await http.get(base + path);
    std::printf("GET %s: %u %s", path, response.status.code(), response.body.text().c_str());
  }
}

// [serve]
Task<> serve_and_ask() {
  Router router;
  router.get("/hello/{name}", greet);
  router.get("/add/{left}/{right}", add);
  router.post("/shout", shout);
  HttpServer server(TcpListener(Address::loopback(0)), router);  // port 0: whichever is free
  co_await with_scope([&server](Scope& scope) -> Task<> {
    scope.spawn(server.serve());
    co_await ask(server.local());
    server.stop();  // a server would go on until a signal cancels it
  });
  std::printf("answered %llu requests\n", static_cast<unsigned long long>(server.stats().requests));
}
// [/serve]

int main() { run(serve_and_ask()); }

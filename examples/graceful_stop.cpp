// A server that is told to stop while it works: it accepts nothing more, lets requests end for a time limit, cancels
// those that have not, and exits with 0.
#include <csignal>
#include <cstdio>

#include <unistd.h>

#include "ringback/async/run.h"
#include "ringback/async/scope.h"
#include "ringback/async/sleep.h"
#include "ringback/http/http_client.h"
#include "ringback/http/http_server.h"
#include "ringback/http/router.h"
#include "ringback/io/signal_set.h"
#include "ringback/sync/event.h"

using namespace ringback;
using namespace std::chrono_literals;

// [serve]
Event is_stopping;  // for whoever has to know: a health check that says 503, a handler in a long loop

// Serves until SIGINT or SIGTERM comes, and then until the running requests have ended or have been cancelled.
Task<> serve_until_told(HttpServer& server) {
  SignalSet signals({SIGINT, SIGTERM});  // from here on they are awaited, and no longer end the program
  co_await with_scope([&server, &signals](Scope& scope) -> Task<> {
    scope.spawn(server.serve());
    co_await signals.next();
    std::puts("server: told to stop");
    server.stop();
    is_stopping.set();
  });
  std::printf("server: stopped, with %zu connections open\n", server.stats().connections);
}
// [/serve]

// Set when both requests are in their handlers.
Event both_are_running;
int running = 0;

void count_running() {
  if (++running == 2) both_are_running.set();
}

// [handlers]
// Ends within the limit: nothing happens to it.
Task<http::Response> save(http::Request& /*request*/) {
  count_running();
  co_await is_stopping.wait();
  std::puts("save: finished");
  co_return http::Response::text("saved\n");
}

// Does not end within the limit: it is cancelled where it waits, and its clean-up runs.
Task<http::Response> report(http::Request& /*request*/) {
  struct CleanUp {
    ~CleanUp() { std::puts("report: cancelled, cleaned up"); }
  };
  const CleanUp clean_up;
  count_running();
  co_await sleep(1h);
  co_return http::Response::text("never sent\n");
}
// [/handlers]

Task<std::string> ask(std::string url) {
  HttpClient http;
  auto end = co_await outcome(http.get(url));
  co_return end ? end->body.text() : "no answer\n";
}

// Sends the signal to its own process, as `kill` would, once both requests are in their handlers.
Task<> tell_to_stop() {
  co_await both_are_running.wait();
  ::kill(::getpid(), SIGTERM);
}

// [server]
Task<> serve_and_ask() {
  Router router;
  router.get("/save", save);
  router.get("/report", report);
  HttpServerOptions options;
  options.stop_timeout = 1s;  // for requests that run when stop() is called; then they are cancelled
  HttpServer server(TcpListener(Address::loopback(0)), router, std::move(options));
  // [/server]
  const std::string base = "http://" + server.local().to_string();
  auto [served, saved, reported, told] = co_await gather(serve_until_told(server), ask(base + "/save"),  //
                                                         ask(base + "/report"), tell_to_stop());
  std::printf("who asked for /save: %swho asked for /report: %s", saved.c_str(), reported.c_str());
}

int main() { run(serve_and_ask()); }

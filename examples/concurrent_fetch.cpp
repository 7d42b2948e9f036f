// Many pages of a server, a few at once, each told as it comes; one of them never does.
#include <cstdio>
#include <string>

#include "ringback/async/map.h"
#include "ringback/async/run.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "ringback/driver/virtual_driver.h"
#include "ringback/http/http_client.h"
#include "ringback/http/http_server.h"
#include "ringback/http/router.h"
#include "ringback/sync/semaphore.h"

using namespace ringback;
using namespace std::chrono_literals;

// The server, which this program starts itself: page n takes n times 100 ms.
Task<http::Response> page(http::Request&, int number) {
  const Duration thinks = number == 7 ? Duration(1h) : number * 100ms;
  co_await sleep(thinks);
  co_return http::Response::text("page " + std::to_string(number));
}

// [fetch]
Task<std::string> fetch(HttpClient& http, std::string url) {
  http::Response response = co_await timeout(2s, http.get(url));
  if (!response.status.is_success()) throw Error(ErrorKind::not_found, "fetch", response.reason, 0, url);
  co_return response.body.text();
}
// [/fetch]
double seconds_since(TimePoint begin) { return std::chrono::duration<double>(now() - begin).count(); }
// [one]
Task<> one_after_the_other(HttpClient& http, std::string base) {
  const TimePoint begin = now();
  for (const char* number : {"3", "4", "5"}) co_await fetch(http, base + number);
  std::printf("one after the other: %.1f s\n", seconds_since(begin));
}
// [/one]

// [gather]
Task<> side_by_side(HttpClient& http, std::string base) {
  const TimePoint begin = now();
  auto [a, b, c] = co_await gather(fetch(http, base + "3"), fetch(http, base + "4"), fetch(http, base + "5"));
  std::printf("side by side: %.1f s: %s %s %s\n", seconds_since(begin), a.c_str(), b.c_str(), c.c_str());
}
// [/gather]

// [limit]
Task<> at_most_four(HttpClient& http, std::vector<std::string> urls) {
  Semaphore at_most{4};
  std::size_t done = 0;
  auto pages = each(urls, [&](std::string url) -> Task<std::string> {
    auto permit = co_await at_most.acquire();
    co_return co_await fetch(http, url);
  });
  co_await as_completed(std::move(pages), [&](Outcome<std::string> page) {
    std::printf("%2zu of %zu: %s\n", ++done, urls.size(), page ? page->c_str() : page.failure().describe().c_str());
  });
}
// [/limit]

Task<> fetch_pages(HttpServer& server) {
  HttpClient http;
  const std::string base = "http://" + server.local().to_string() + "/page/";
  std::vector<std::string> urls;
  for (int number = 1; number <= 10; ++number) urls.push_back(base + std::to_string(number));
  co_await one_after_the_other(http, base);
  co_await side_by_side(http, base);
  co_await at_most_four(http, urls);
  server.stop();
}

int main() {
  Router router;
  router.get("/page/{number}", page);
  HttpServer server(TcpListener(Address::loopback(0)), router, {.stop_timeout = 0s});
  run(gather(server.serve(), fetch_pages(server)), {.loop = {.driver = std::make_unique<VirtualDriver>()}});
}

#include "tests/simulation/depot.h"

#include <stdexcept>

#include "ringback/async/gather.h"
#include "ringback/async/race.h"
#include "ringback/http/http_server.h"
#include "ringback/io/file.h"
#include "ringback/testing/simulation_test.h"

namespace ringback::testing_simulation {
namespace {

using namespace std::chrono_literals;
using testing::Census;

constexpr int kClients = 3;
constexpr int kItemsOfAClient = 4;
constexpr int kAttemptsMost = 6;

void demand(bool is_so, const std::string& what) {
  if (!is_so) throw std::runtime_error(what);
}

// What was cancelled goes on being so; any other failure is one that faults may bring.
template <typename T>
void pass_cancellation(const Outcome<T>& ended) {
  if (!ended.ok() && ended.failure().is_cancelled()) ended.failure().raise();
}

std::string body_of(int item) { return std::string(static_cast<std::size_t>(item) * 700 % 50'000, 'x'); }

std::string record_of(int item) {
  std::string record = std::to_string(item);
  record.resize(15, '.');
  return record + "\n";
}

}  // namespace

testing::SimulationOptions faults_of(std::uint64_t seed) {
  testing::SimulationOptions options{.seed = seed, .network = {.latency_max = 20ms}, .limit = 10min};
  switch (seed % 4) {
    case 0: break;
    case 1: options.network.loss = 0.05; break;
    case 2:
      options.network.reset = 0.02;
      options.disk = {.short_transfer = 0.3, .broken = 0.1, .full = 0.1};
      break;
    default:
      options.network = {.latency_max = 50ms,
                         .loss = 0.02,
                         .reset = 0.01,
                         .silence = 0.005,
                         .refusal = 0.05,
                         .segment_bytes = 2000,
                         .window_bytes = 8000,
                         .buffer_bytes = 4000};
      options.disk = {.short_transfer = 0.2, .broken = 0.05};
  }
  return options;
}

// Between the put and its note nothing suspends, so that they are one.
Task<http::Response> Depot::take_in(http::Request& request, int item) {
  const Census::Member here(census_);
  const std::string body = co_await request.body.read_all();
  if (body != body_of(item)) throw std::runtime_error("a body arrived changed");
  co_await arrivals_.put(item);
  put_.insert(item);
  co_return http::Response::text("stored\n");
}

Task<> Depot::consume() {
  const Census::Member here(census_);
  for (;;) {
    auto first = co_await race(arrivals_.next(), sleep(some_time(20)));
    if (first.index() != 0) continue;
    const std::optional<int> item = std::get<0>(first);
    if (!item) co_return;
    co_await store(*item);
  }
}

Task<> Depot::store(int item) {
  const Census::Member here(census_);
  Permit permit = co_await permit_in_the_end();
  demand(++writing_ <= writers_most_, "more write than there are permits");
  const std::size_t place = places_++;
  co_await sleep(some_time(100));  // Slower than the clients, so that all lines fill up.
  co_await keep_trying_to_write(place, record_of(item));
  --writing_;
  stored_.insert(item);
  records_.resize(std::max(records_.size(), place + 1));
  records_[place] = record_of(item);
}

// Now and then it gives up and lines up again.
Task<Permit> Depot::permit_in_the_end() {
  const Census::Member here(census_);
  while (below(2) == 0) {
    auto first = co_await race(writers_.acquire(), sleep(some_time(30)));
    if (first.index() == 0) co_return std::get<0>(std::move(first));
  }
  co_return co_await writers_.acquire();
}

Task<> Depot::keep_trying_to_write(std::size_t place, std::string record) {
  for (;;) {
    const auto written = co_await outcome(file_->write_at(place * kRecordBytes, bytes_of(record)));
    if (written.ok()) co_return;
    pass_cancellation(written);
    demand(has_faults_, "a write failed on a sound disk");
    co_await sleep(some_time(5));
  }
}

Task<bool> Depot::post(HttpClient& http, std::string url, int item) {
  const Census::Member here(census_);
  posted_.insert(item);
  const http::Response answer = co_await http.post(url + "/items/" + std::to_string(item), body_of(item), "text/plain");
  if (answer.status != http::Status::ok) co_return false;
  acknowledged_.insert(item);
  co_return true;
}

Task<> Depot::post_until_acknowledged(HttpClient& http, std::string url, int item) {
  const Census::Member here(census_);
  for (int attempt = 0; attempt < kAttemptsMost; ++attempt) {
    const auto posted = co_await outcome(timeout(3s, post(http, url, item)));
    pass_cancellation(posted);
    if (posted.ok() && *posted) co_return;
    demand(has_faults_, "a post failed on a sound network");
    ++failures_;
    co_await sleep(some_time(300));
  }
}

// The loser is cancelled wherever it is: the item may have been put, or not.
Task<> Depot::post_in_a_race(HttpClient& http, std::string url, int item) {
  const Census::Member here(census_);
  const auto first = co_await outcome(race(post(http, url, item), sleep(some_time(100))));
  pass_cancellation(first);
}

Task<> Depot::be_client(HttpClient& http, std::string url, int first) {
  const Census::Member here(census_);
  for (int i = 0; i < kItemsOfAClient; i += 2) {
    const int item = first + i;
    switch (below(3)) {
      case 0: {
        co_await gather(post_until_acknowledged(http, url, item), post_until_acknowledged(http, url, item + 1));
        break;
      }
      case 1: co_await post_in_a_race(http, url, item); break;
      default: co_await post_until_acknowledged(http, url, item); break;
    }
    co_await sleep(some_time(50));
  }
}

// What comes back is what was sent, or the beginning of it.
Task<> Depot::chat(Address at) {
  const Census::Member here(census_);
  const std::string text = body_of(static_cast<int>(1 + below(100)));
  const auto back = co_await outcome(timeout(5s, ask_echo(at, text)));
  pass_cancellation(back);
  demand(back.ok() ? *back == text : has_faults_, "an echo came back changed, or not at all");
  if (!back.ok()) ++failures_;
}

Task<> Depot::chat_and_be_cancelled(Address at) {
  const Census::Member here(census_);
  co_await with_scope([this, at](Scope& scope) -> Task<> {
    for (int i = 0; i < 3; ++i) scope.spawn(chat(at));
    co_await sleep(some_time(60));
    scope.cancel();
  });
}

Task<> Depot::cut_now_and_then() {
  for (;;) {
    co_await sleep(some_time(2000));
    simulation_.cut_network();
    co_await sleep(some_time(1000));
    simulation_.heal_network();
    if (below(3) == 0) simulation_.reset_connections();
  }
}

Task<> Depot::ask(Address depot, Address echo) {
  HttpClient http;
  const std::string url = "http://" + depot.to_string();
  co_await with_scope([&](Scope& scope) -> Task<> {
    for (int i = 0; i < kClients; ++i) scope.spawn(be_client(http, url, 1 + i * kItemsOfAClient));
    scope.spawn(chat(echo));
    scope.spawn(chat_and_be_cancelled(echo));
    co_return;
  });
}

Task<> Depot::serve_and_ask() {
  Router router;
  router.post("/items/{item}", [this](http::Request& request, int item) { return take_in(request, item); });
  HttpServerOptions options;
  options.on_error = [](const Failure&, const http::Request&) {};  // Of broken connections.
  TcpListener echo(anywhere());
  HttpServer server(TcpListener(anywhere()), router, std::move(options));
  co_await with_scope([&](Scope& scope) -> Task<> {
    if (simulation_.events() % 2 == 0 && has_faults_) scope.spawn(cut_now_and_then());
    scope.spawn(serve_echo(echo));
    scope.spawn([&]() -> Task<> {
      co_await ask(server.local(), echo.local());
      server.stop();
    });
    co_await server.serve();
    scope.cancel();
  });
  simulation_.heal_network();
}

Task<> Depot::run() {
  File file = co_await File::open(file_name_, {.read = true, .write = true, .create = true, .truncate = true});
  file_ = &file;
  co_await with_scope([&](Scope& scope) -> Task<> {
    for (int i = 0; i < 5; ++i) scope.spawn(consume());
    co_await serve_and_ask();
    arrivals_.close();
  });
  simulation_.set_disk_faults({});
  co_await read_back();
  co_await file.close();
}

Task<> Depot::read_back() {
  std::string record(kRecordBytes, '\0');
  for (std::size_t place = 0; place < places_; ++place) {
    const std::size_t got = co_await file_->read_at(place * kRecordBytes, std::as_writable_bytes(std::span(record)));
    demand(got == kRecordBytes && record == records_[place], "the file holds something else than was stored");
  }
}

void Depot::check() const {
  demand(census_.alive() == 0, "frames were left behind");
  demand(writers_.available() == writers_most_, "a permit has gone");
  demand(put_ == stored_,
         std::to_string(put_.size()) + " items were put, " + std::to_string(stored_.size()) + " stored");
  for (const int item : acknowledged_) demand(put_.contains(item), "an item was acknowledged and never put");
  for (const int item : put_) demand(posted_.contains(item), "an item was put that nobody has posted");
}

}  // namespace ringback::testing_simulation

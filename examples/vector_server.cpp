// A vector database over HTTP and a client that asks it, in one program, on one thread and a pool.
#include <cstdio>
#include <string>

#include "ringback/async/outcome_of.h"
#include "ringback/async/run.h"
#include "ringback/async/timeout.h"
#include "vectordb/client/client.h"
#include "vectordb/server/server.h"

using namespace ringback;
using namespace std::chrono_literals;
using vectordb::Payload;

// [client]
Task<> first_steps(std::string url) {
  vectordb::Client client(url);
  co_await client.create_collection("cities", {.dimension = 4, .distance = vectordb::Distance::dot});

  std::vector<vectordb::Point> points;
  points.push_back({1, {0.05F, 0.61F, 0.76F, 0.74F}, Payload::parse(R"({"city": "Berlin"})")});
  points.push_back({2, {0.19F, 0.81F, 0.75F, 0.11F}, Payload::parse(R"({"city": "London"})")});
  points.push_back({3, {0.18F, 0.01F, 0.85F, 0.80F}, Payload::parse(R"({"city": "北京"})")});
  co_await client.upsert("cities", std::move(points));

  std::vector<float> near = {0.2F, 0.1F, 0.9F, 0.7F};
  const std::vector<vectordb::Hit> hits =
      co_await timeout(2s, client.search("cities", std::move(near), {.limit = 2, .with_payload = true}));
  for (const vectordb::Hit& hit : hits) {
    std::printf("%s  %.3f  %s\n", hit.id.text().c_str(), hit.score, hit.payload.json().c_str());
  }
  const std::size_t count = co_await client.count("cities");
  std::printf("%zu points\n", count);
}
// [/client]

// [refused]
// What the server refuses arrives as an Error of a kind, with the server's own sentence.
Task<> ask_wrongly(std::string url) {
  vectordb::Client client(url);
  std::vector<float> short_one = {0.2F, 0.1F};
  auto ended = co_await outcome(client.search("cities", std::move(short_one)));
  std::printf("%s\n", std::string(to_string(ended.failure().error()->kind())).c_str());
}
// [/refused]

// [server]
Task<> serve_and_ask() {
  vectordb::Database database;
  vectordb::Server server(database, TcpListener(Address::loopback(0)));  // port 0: whichever is free
  co_await with_scope([&server](Scope& scope) -> Task<> {
    scope.spawn(server.serve());
    const std::string url = "http://127.0.0.1:" + std::to_string(server.local().port());
    co_await first_steps(url);
    co_await ask_wrongly(url);
    server.stop();  // what runs may end; then serve() returns, and with it the scope
  });
  std::printf("the server has ended\n");
}
// [/server]

int main() { run(serve_and_ask()); }

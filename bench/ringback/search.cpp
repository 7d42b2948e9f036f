// Ours: the vector database over HTTP, on one worker beside the thread that moves bytes.
#include <thread>

#include "bench/program.h"
#include "bench/vectors.h"
#include "ringback/async/run.h"
#include "vectordb/server/server.h"

using namespace ringback;

namespace {

Task<> fill(vectordb::Collection collection, std::size_t points) {
  const std::vector<float> rows = bench::make_rows(bench::kSearchDimension, points);
  std::vector<vectordb::Point> made;
  for (std::size_t row = 0; row < points; ++row) {
    const auto from = rows.begin() + static_cast<std::ptrdiff_t>(row * bench::kSearchDimension);
    made.push_back({.id = row, .vector = std::vector<float>(from, from + bench::kSearchDimension)});
  }
  co_await collection.upsert(std::move(made));
}

// Serves until the driver has asked everything; gives how many connections there were.
Task<std::uint64_t> serve(std::size_t points) {
  vectordb::Database database({.threads = 1});
  const vectordb::CollectionOptions options{.dimension = bench::kSearchDimension, .distance = vectordb::Distance::dot};
  const vectordb::Collection collection = co_await database.create("bench", options);
  co_await fill(collection, points);
  vectordb::Server server(database, TcpListener(Address::loopback(0)));
  const std::jthread stops([&server] {
    bench::blocking_wait_for_end();
    server.stop();
  });
  bench::begin_measuring();
  bench::tell_port(server.local().port());
  co_await server.serve();
  co_return server.stats().accepted;
}
const bench::Workload kSearch("http_search", [](std::uint64_t) { return run(serve(10'000)); });
const bench::Workload kSample("http_search_2000", [](std::uint64_t) { return run(serve(2'000)); });

}  // namespace

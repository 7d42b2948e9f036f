#include "demo/package_service.h"

#include <charconv>
#include <iterator>
#include <ostream>
#include <thread>

#include "cli/arguments.h"
#include "cli/text_model.h"
#include "ringback/async/map.h"
#include "ringback/async/on.h"
#include "ringback/async/run.h"
#include "ringback/async/sleep.h"

namespace ringback::demo {
namespace {

constexpr std::size_t kBatch = 1024;
constexpr std::string_view kLater = "/later/";

std::vector<cli::TextRecord> sample_of(const cli::PackageRecords& records) {
  std::vector<cli::TextRecord> texts;
  const std::size_t count = std::min(kSampleSize, records.size());
  for (const std::string& name : records.spread(count))
    texts.push_back(cli::text_of_package(name, *records.find(name)));
  return texts;
}

// One batch, on a worker.
Task<> fill_batch(vectordb::Collection collection, const vectordb::TextEmbedder& embedder,
                  const std::vector<cli::TextRecord>& texts, std::size_t first) {
  std::vector<vectordb::Point> points;
  for (std::size_t i = first; i < std::min(first + kBatch, texts.size()); ++i) {
    points.push_back({texts[i].id, embedder.embed(texts[i].text), texts[i].payload});
  }
  co_await collection.upsert(std::move(points));
}

Task<> fill(vectordb::Database& database, const cli::PackageRecords& records, bool only_sample) {
  co_await fill_collection(database, kSample, sample_of(records));
  if (!only_sample) co_await fill_collection(database, kPackages, cli::texts_of_packages(records));
}

}  // namespace

Task<> fill_collection(vectordb::Database& database, std::string name, std::vector<cli::TextRecord> texts) {
  vectordb::TextEmbedder embedder;
  for (const cli::TextRecord& record : texts) embedder.count(record.text);
  const vectordb::Collection collection = co_await database.create(std::move(name), cli::collection_of_texts(embedder));
  std::vector<std::size_t> firsts;
  for (std::size_t first = 0; first < texts.size(); first += kBatch) firsts.push_back(first);
  co_await map(firsts, 2,
               [&](std::size_t first) { return on(database.pool(), fill_batch(collection, embedder, texts, first)); });
}

Duration take_latency(http::Request& request) {
  if (!request.target.starts_with(kLater)) return Duration::zero();
  Duration::rep nanoseconds = 0;
  const char* const end = request.target.data() + request.target.size();
  const auto [rest, error] = std::from_chars(request.target.data() + kLater.size(), end, nanoseconds);
  if (error != std::errc() || nanoseconds < 0 || rest == end || *rest != '/') return Duration::zero();
  request.target.erase(0, static_cast<std::size_t>(rest - request.target.data()));
  return Duration(nanoseconds);
}

Task<http::Response> delayed(http::Request& request, Task<http::Response> answer) {
  const Duration latency = take_latency(request);
  if (latency > Duration::zero()) co_await sleep(latency);
  co_return co_await std::move(answer);
}

Task<http::Response> delayed_blocking(http::Request& request, Task<http::Response> answer) {
  std::this_thread::sleep_for(take_latency(request));
  co_return co_await std::move(answer);
}

int serve_packages_command(const std::vector<std::string>& words, std::ostream& out) {
  bool only_sample = false;
  bool is_blocking = false;
  std::vector<std::filesystem::path> files = cli::package_record_files();
  cli::Arguments arguments("ringback-demo serve-packages", "Packages as a vector database on loopback; for compare.");
  arguments.flag("--sample", "only so many that a search takes no time", only_sample);
  arguments.flag("--blocking", "delay as a blocking server would", is_blocking);
  arguments.option("--records", "FILE", "another file of records",
                   [&](std::string_view value) { files = {std::filesystem::path(value)}; });
  if (!arguments.parse(words)) {
    out << arguments.help();
    return 0;
  }
  vectordb::Database database;
  wait(fill(database, cli::PackageRecords::load(files), only_sample));
  vectordb::ServerOptions options;
  options.around = is_blocking ? delayed_blocking : delayed;
  vectordb::Server server(database, TcpListener(Address::loopback(0)), std::move(options));
  out << "port " << server.local().port() << std::endl;
  run(server.serve());
  return 0;
}

}  // namespace ringback::demo

// Finding packages by what they are for: texts into vectors, vectors into a collection, and a question.
#include <cstdio>

#include "ringback/async/run.h"
#include "ringback/async/timeout.h"
#include "vectordb/collection/database.h"
#include "vectordb/text/embedder.h"

using namespace ringback;
using namespace std::chrono_literals;
using namespace vectordb;

struct Package {
  const char* name;
  const char* description;
};

constexpr Package kPackages[] = {
    {"gnuchess", "plays a game of chess, either against the user or against itself"},
    {"tcpdump", "command-line network traffic analyzer that prints captured packets"},
    {"rsync", "fast, versatile, remote and local file-copying tool, used for backups"},
    {"borgbackup", "deduplicating and compressing backup program for files on a remote server"},
    {"sniffit", "packet sniffer and monitoring tool for networks"},
    {"imagemagick", "image manipulation programs that create, edit and convert pictures"},
};

// [store]
Task<Collection> store(Database& database, TextEmbedder& embedder) {
  for (const Package& package : kPackages) embedder.count(package.description);  // which words are common

  auto packages = co_await database.create("packages", {.dimension = TextEmbedder::kDimension});
  std::vector<Point> points;
  for (const Package& package : kPackages) {
    points.push_back({.id = points.size(),
                      .vector = embedder.embed(package.description),
                      .payload = Payload::parse("{\"name\":\"" + std::string(package.name) + "\"}")});
  }
  co_await packages.upsert(std::move(points));
  co_return packages;
}
// [/store]

// [ask]
Task<> ask(Collection packages, const TextEmbedder& embedder, std::string question) {
  SearchOptions nearest{.limit = 2, .with_payload = true};
  // Past its second it stops computing.
  const auto hits = co_await timeout(1s, packages.search(embedder.embed(question), nearest));
  std::printf("%s\n", question.c_str());
  for (const Hit& hit : hits) std::printf("  %.2f %s\n", static_cast<double>(hit.score), hit.payload.json().c_str());
}
// [/ask]

// [main]
Task<> search_packages() {
  Database database;
  TextEmbedder embedder;
  auto packages = co_await store(database, embedder);
  for (const char* question :
       {"play chess against the computer", "backup files to remote server", "network packet sniffer"}) {
    co_await ask(packages, embedder, question);
  }
}

int main() { run(search_packages()); }
// [/main]

#include "demo/package_service.h"

#include <gtest/gtest.h>

#include "cli/search.h"
#include "cli/text_model.h"
#include "ringback/async/wait.h"

namespace ringback::demo {
namespace {

using namespace std::chrono_literals;

cli::PackageRecords some_records() {
  return cli::PackageRecords::parse(
      "Package: gnuchess\nDescription: Plays a game of chess against the user\n\n"
      "Package: rsync\nDescription: fast, versatile, remote (and local) file-copying tool\n\n"
      "Package: tcpdump\nDescription: command-line network traffic analyzer\n");
}

TEST(PackageService, takes_the_latency_off_the_target) {
  http::Request request(http::Method::get, "/later/50000000/collections?x=1");
  EXPECT_EQ(take_latency(request), 50ms);
  EXPECT_EQ(request.target, "/collections?x=1");
  for (const char* target : {"/collections", "/later/", "/later/x/y", "/later/-5/y", "/later/5", "/later"}) {
    http::Request other(http::Method::get, target);
    EXPECT_EQ(take_latency(other), 0ns) << target;
    EXPECT_EQ(other.target, target);
  }
}

TEST(PackageService, fills_a_collection_whose_model_anyone_can_read) {
  vectordb::Database database;
  wait(fill_collection(database, kSample, cli::texts_of_packages(some_records())));
  const vectordb::CollectionInfo info = database.collection(kSample).info();
  EXPECT_EQ(info.points, 3U);
  const vectordb::TextEmbedder embedder = cli::embedder_of(info);
  const auto hits =
      wait(database.collection(kSample).search(embedder.embed("network traffic"), {.limit = 1, .with_payload = true}));
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(cli::found_text(hits[0]).name, "tcpdump");
}

}  // namespace
}  // namespace ringback::demo

// The client against the server, over loopback, in every place.
#include "vectordb/client/client.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ringback/async/gather.h"
#include "ringback/io/places_test.h"
#include "vectordb/server/server_thread_test.h"

namespace vectordb {
namespace {

using namespace ringback::testing_places;
using ringback::Error;
using ringback::ErrorKind;
using ringback::Task;

class ClientTest : public PlaceTest {
 protected:
  // What `call` is refused with.
  template <typename Call>
  Error refusal(Call call) {
    try {
      in_place(std::move(call));
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "it was not refused";
    return {ErrorKind::io, "test", "nothing"};
  }

  testing_server::ServerThread server_;
  Client client_{server_.url()};
};

std::vector<Point> cities() {
  std::vector<Point> points;
  points.push_back(
      {1, {0.05F, 0.61F, 0.76F, 0.74F}, Payload::parse(R"({"city":"Köln","n":9007199254740993,"f":1.10})")});
  points.push_back({2, {0.19F, 0.81F, 0.75F, 0.11F}});
  points.push_back({*PointId::parse("550e8400-e29b-41d4-a716-446655440000"), {0.18F, 0.01F, 0.85F, 0.80F}});
  return points;
}

Task<> first_steps(Client& client) {
  const CollectionOptions options{
      .dimension = 4, .distance = Distance::dot, .metadata = Payload::parse(R"({"by":"us"})")};
  co_await client.create_collection("cities", options);
  const Written written = co_await client.upsert("cities", cities());
  EXPECT_EQ(written.operation, 1U);
  const SearchOptions with_all{.limit = 2, .with_payload = true, .with_vector = true};
  const std::vector<float> near = {0.2F, 0.1F, 0.9F, 0.7F};
  const std::vector<Hit> hits = co_await client.search("cities", near, with_all);
  EXPECT_EQ(hits.size(), 2U);
  EXPECT_EQ(hits[0].id.text(), "550e8400-e29b-41d4-a716-446655440000");
  EXPECT_NEAR(hits[0].score, 1.362, 1e-3);
  EXPECT_EQ(hits[1].payload.json(), R"({"city":"Köln","n":9007199254740993,"f":1.10})");
  EXPECT_EQ(hits[1].vector, cities()[0].vector);
}

Task<> every_call(Client& client) {
  const std::size_t count = co_await client.count("cities");
  EXPECT_EQ(count, 3U);
  const std::vector<std::vector<float>> vectors = {{0, 1, 0, 0}, {0, 0, 1, 1}};
  const auto both = co_await client.batch_search("cities", vectors, {.limit = 1});
  EXPECT_EQ(both.size(), 2U);
  EXPECT_EQ(both[0][0].id, PointId(2));
  const ScrollPage page = co_await client.scroll("cities", {.limit = 2});
  EXPECT_EQ(page.points.size(), 2U);
  EXPECT_EQ(page.points[0].payload.json(), R"({"city":"Köln","n":9007199254740993,"f":1.10})");
  const ScrollPage rest = co_await client.scroll("cities", {.from = page.next, .limit = 2});
  EXPECT_EQ(rest.points.size(), 1U);
  EXPECT_FALSE(rest.next.has_value());
  std::vector<PointId> ids = {2, 77};
  const std::vector<Point> found = co_await client.retrieve("cities", ids, {.vector = true});
  EXPECT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].vector, cities()[1].vector);
  const CollectionInfo info = co_await client.info("cities");
  EXPECT_EQ(info.points, 3U);
  EXPECT_EQ(info.options.dimension, 4U);
  EXPECT_EQ(info.options.distance, Distance::dot);
  EXPECT_EQ(info.options.metadata.json(), R"({"by":"us"})");
}

Task<> the_end(Client& client) {
  std::vector<PointId> ids = {1, 77};
  const Written removed = co_await client.remove("cities", std::move(ids));
  EXPECT_EQ(removed.operation, 2U);
  const std::size_t left = co_await client.count("cities");
  EXPECT_EQ(left, 2U);
  const std::vector<std::string> names = co_await client.collections();
  EXPECT_EQ(names, std::vector<std::string>{"cities"});
  const bool was_there = co_await client.drop_collection("cities");
  const bool is_there = co_await client.collection_exists("cities");
  EXPECT_TRUE(was_there);
  EXPECT_FALSE(is_there);
  const std::string name = co_await client.server_name();
  EXPECT_TRUE(name.starts_with("ringback")) << name;
}

TEST_P(ClientTest, does_what_a_collection_does) {
  in_place(first_steps(client_));
  in_place(every_call(client_));
  in_place(the_end(client_));
}

TEST_P(ClientTest, errors_have_their_kinds_and_the_servers_words) {
  in_place(first_steps(client_));
  const Error unknown = refusal([this] { return client_.count("rivers"); });
  EXPECT_EQ(unknown.kind(), ErrorKind::not_found);
  EXPECT_NE(std::string(unknown.what()).find("Collection `rivers` doesn't exist!"), std::string::npos)
      << unknown.what();
  EXPECT_EQ(unknown.operation(), "POST /collections/rivers/points/count");
  EXPECT_EQ(unknown.peer(), server_.url());
  EXPECT_EQ(refusal([this] { return client_.create_collection("cities", {.dimension = 4}); }).kind(),
            ErrorKind::exists);
  const Error wrong = refusal([this] { return client_.search("cities", {1, 2}); });
  EXPECT_EQ(wrong.kind(), ErrorKind::invalid);
  EXPECT_EQ(refusal([this] { return client_.create_collection("none", {.dimension = 0}); }).kind(), ErrorKind::invalid);
}

TEST_P(ClientTest, many_calls_go_on_at_once) {
  in_place(first_steps(client_));
  const auto put = [](Client& client, std::uint64_t id) -> Task<> {
    std::vector<Point> points(1);
    points[0].id = id;
    points[0].vector = {1, 2, 3, static_cast<float>(id)};
    co_await client.upsert("cities", std::move(points));
  };
  std::vector<Task<>> writes;
  for (std::uint64_t id = 100; id < 140; ++id) writes.push_back(put(client_, id));
  in_place(ringback::gather(std::move(writes)));
  EXPECT_EQ(in_place(client_.count("cities")), 43U);
}

RINGBACK_EVERY_PLACE(ClientTest);

TEST(Client, a_wrong_url_is_refused_at_once) { EXPECT_THROW(Client("localhost:6333"), Error); }

TEST(Client, a_key_is_sent) {
  testing_server::ServerThread server({.api_key = "secret"});
  Client stranger(server.url());
  Client friendly(server.url() + "/", {.api_key = "secret"});
  EXPECT_EQ(kind_thrown_by([&] { return ringback::wait(stranger.collections()); }), ErrorKind::denied);
  EXPECT_TRUE(ringback::wait(friendly.collections()).empty());
}

}  // namespace
}  // namespace vectordb

// The API without a network: requests as values, through the routes.
#include "vectordb/server/internal/responder.h"

#include <gtest/gtest.h>

#include <latch>
#include <optional>
#include <string>

#include "ringback/async/future.h"
#include "ringback/async/wait.h"
#include "vectordb/server/internal/api_shapes_test.h"
#include "vectordb/server/internal/routes.h"

namespace vectordb::internal {
namespace {

namespace http = ringback::http;
using testing_shapes::expect_shape;

struct Answer {
  int status = 0;
  std::string body;
};

class Api : public ::testing::Test {
 protected:
  explicit Api(std::string api_key = {}) : responder_(database_, std::move(api_key), kBodyMax) {}

  Answer call(http::Method method, std::string target, std::string body = {}, std::string_view key = {}) {
    http::Request request(method, std::move(target));
    request.body = std::move(body);
    if (!key.empty()) request.headers.set("api-key", key);
    http::Reply reply = router_(request);
    http::Response response =
        reply.response() != nullptr ? std::move(*reply.response()) : wait(std::move(reply.task()));
    return {response.status.code(), response.body.text()};
  }
  Answer get(std::string target) { return call(http::Method::get, std::move(target)); }
  Answer put(std::string target, std::string body) {
    return call(http::Method::put, std::move(target), std::move(body));
  }
  Answer post(std::string target, std::string body) {
    return call(http::Method::post, std::move(target), std::move(body));
  }
  Answer remove(std::string target) { return call(http::Method::delete_, std::move(target)); }

  // Status, and what the message has in it.
  static void expect_refused(const Answer& answer, int status, std::string_view words) {
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_TRUE(answer.body.starts_with(R"({"status":{"error":")")) << answer.body;
    EXPECT_NE(answer.body.find(words), std::string::npos) << answer.body;
    expect_shape("ErrorResponse", answer.body);
  }
  // 200, and the result as it stands there.
  static void expect_result(const Answer& answer, std::string_view result) {
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_TRUE(
        answer.body.starts_with(std::string(R"({"result":)").append(result).append(R"(,"status":"ok","time":)")))
        << answer.body;
  }

  void make_cities() {
    expect_result(put("/collections/cities", R"({"vectors":{"size":4,"distance":"Dot"}})"), "true");
    expect_result(put("/collections/cities/points?wait=true", R"({"points":[
        {"id":1,"vector":[0.05,0.61,0.76,0.74],"payload":{"city":"Berlin","n":9007199254740993}},
        {"id":2,"vector":[0.19,0.81,0.75,0.11],"payload":{"city":["Köln","London"]}},
        {"id":3,"vector":[0.36,0.55,0.47,0.94]},
        {"id":4,"vector":[0.18,0.01,0.85,0.80],"payload":{"city":"北京","f":1.10}},
        {"id":"550e8400-e29b-41d4-a716-446655440000","vector":[0.24,0.18,0.22,0.44]}]})"),
                  R"({"operation_id":1,"status":"completed"})");
  }

  static constexpr std::size_t kBodyMax = 4096;
  Database database_{{.threads = 2}};
  Responder responder_;
  Routes router_{responder_};
};

const char* const kNear = R"({"vector":[0.2,0.1,0.9,0.7],"limit":3})";

TEST_F(Api, says_who_it_is_and_that_it_is_well) {
  const Answer identity = get("/");
  EXPECT_EQ(identity.status, 200);
  EXPECT_NE(identity.body.find("ringback"), std::string::npos);
  expect_shape("VersionInfo", identity.body);
  for (const char* check : {"/healthz", "/livez", "/readyz"}) EXPECT_EQ(get(check).status, 200);
}

TEST_F(Api, collections_come_and_go) {
  expect_result(get("/collections"), R"({"collections":[]})");
  make_cities();
  expect_result(get("/collections"), R"({"collections":[{"name":"cities"}]})");
  expect_result(get("/collections/cities/exists"), R"({"exists":true})");
  expect_result(get("/collections/none/exists"), R"({"exists":false})");
  const Answer info = get("/collections/cities");
  EXPECT_NE(info.body.find(R"("points_count":5)"), std::string::npos) << info.body;
  EXPECT_NE(info.body.find(R"("vectors":{"size":4,"distance":"Dot"})"), std::string::npos) << info.body;
  expect_shape("CollectionInfo", info.body);
  expect_refused(put("/collections/cities", R"({"vectors":{"size":4,"distance":"Dot"}})"), 409, "already exists");
  expect_result(remove("/collections/cities"), "true");
  expect_result(remove("/collections/cities"), "false");
  expect_refused(get("/collections/cities"), 404, "Not found: Collection `cities` doesn't exist!");
}

TEST_F(Api, names_of_collections_are_decoded) {
  expect_result(put("/collections/a%20b", R"({"vectors":{"size":1,"distance":"Dot"}})"), "true");
  expect_result(get("/collections"), R"({"collections":[{"name":"a b"}]})");
}

TEST_F(Api, finds_the_nearest) {
  make_cities();
  const Answer plain = post("/collections/cities/points/search", kNear);
  EXPECT_TRUE(plain.body.starts_with(R"({"result":[{"id":4,"version":1,"score":1.36)")) << plain.body;
  expect_shape("ScoredPoint[]", plain.body);
  const Answer full =
      post("/collections/cities/points/search",
           R"({"vector":[0.2,0.1,0.9,0.7],"limit":2,"offset":1,"with_payload":true,"with_vector":true})");
  EXPECT_NE(full.body.find(R"("payload":{"city":"Berlin","n":9007199254740993},"vector":[0.05,0.61,0.76,0.74])"),
            std::string::npos)
      << full.body;
  const Answer some = post("/collections/cities/points/search",
                           R"({"vector":[0.2,0.1,0.9,0.7],"limit":1,"with_payload":{"exclude":["city"]}})");
  EXPECT_NE(some.body.find(R"("payload":{"f":1.10})"), std::string::npos) << some.body;
  const Answer few =
      post("/collections/cities/points/search", R"({"vector":[0.2,0.1,0.9,0.7],"limit":9,"score_threshold":1.3})");
  EXPECT_EQ(few.body.find(R"("id":1)"), std::string::npos) << few.body;
}

TEST_F(Api, a_query_is_the_same_and_more) {
  make_cities();
  const Answer by_vector = post("/collections/cities/points/query", R"({"query":[0.2,0.1,0.9,0.7],"limit":1})");
  EXPECT_TRUE(by_vector.body.starts_with(R"({"result":{"points":[{"id":4,)")) << by_vector.body;
  expect_shape("QueryResponse", by_vector.body);
  const Answer by_point = post("/collections/cities/points/query", R"({"query":4,"limit":2,"offset":1})");
  EXPECT_EQ(by_point.body.find(R"("id":4)"), std::string::npos) << by_point.body;
  EXPECT_TRUE(by_point.body.starts_with(R"({"result":{"points":[{"id":3,)")) << by_point.body;
  expect_refused(post("/collections/cities/points/query", R"({"query":99})"), 404, "No point with id 99");
}

TEST_F(Api, batches_answer_in_the_order_of_the_questions) {
  make_cities();
  const Answer searched =
      post("/collections/cities/points/search/batch",
           R"({"searches":[{"vector":[0,1,0,0],"limit":1},{"vector":[0.2,0.1,0.9,0.7],"limit":1}]})");
  const std::size_t two = searched.body.find(R"([[{"id":2,)");
  EXPECT_NE(two, std::string::npos) << searched.body;
  EXPECT_NE(searched.body.find(R"(],[{"id":4,)", two), std::string::npos) << searched.body;
  const Answer queried = post("/collections/cities/points/query/batch",
                              R"({"searches":[{"query":4,"limit":1},{"query":[0,1,0,0],"limit":1}]})");
  EXPECT_NE(queried.body.find(R"([{"points":[{"id":1,)"), std::string::npos) << queried.body;
  expect_result(post("/collections/cities/points/query/batch", R"({"searches":[]})"), "[]");
}

TEST_F(Api, points_are_got_by_their_ids) {
  make_cities();
  expect_result(get("/collections/cities/points/3"), R"({"id":3,"payload":{},"vector":[0.36,0.55,0.47,0.94]})");
  EXPECT_EQ(get("/collections/cities/points/550E8400-E29B-41D4-A716-446655440000").status, 200);
  expect_refused(get("/collections/cities/points/77"), 404, "Not found: Point with id 77 does not exists!");
  expect_refused(get("/collections/cities/points/x7"), 400, "\\\"x7\\\" as point id");
  expect_result(post("/collections/cities/points", R"({"ids":[4,77,1],"with_payload":["city"]})"),
                R"([{"id":4,"payload":{"city":"北京"}},{"id":1,"payload":{"city":"Berlin"}}])");
  expect_shape("Record[]", post("/collections/cities/points", R"({"ids":[4]})").body);
}

TEST_F(Api, pages_follow_one_another) {
  make_cities();
  const Answer first = post("/collections/cities/points/scroll", R"({"limit":3,"with_payload":false})");
  expect_result(first, R"({"points":[{"id":1},{"id":2},{"id":3}],"next_page_offset":4})");
  expect_shape("ScrollResult", first.body);
  expect_result(post("/collections/cities/points/scroll", R"({"limit":3,"offset":4,"with_payload":false})"),
                R"({"points":[{"id":4},{"id":"550e8400-e29b-41d4-a716-446655440000"}],"next_page_offset":null})");
  expect_result(post("/collections/cities/points/count", "{}"), R"({"count":5})");
}

TEST_F(Api, points_are_removed) {
  make_cities();
  const Answer removed = post("/collections/cities/points/delete", R"({"points":[1,2,77]})");
  expect_result(removed, R"({"operation_id":2,"status":"acknowledged"})");
  expect_shape("UpdateResult", removed.body);
  expect_result(post("/collections/cities/points/count", R"({"exact":true})"), R"({"count":3})");
}

TEST_F(Api, bad_input_changes_nothing_and_is_told_by_field) {
  make_cities();
  const std::string points = "/collections/cities/points";
  expect_refused(put(points, R"({"points":[{"id":9,"vector":[1,2,3,4]},{"id":10,"vector":[1,2,3]}]})"), 400,
                 "points[1].vector");
  expect_refused(put(points, R"({"points":[{"id":9,"vector":[1,2,3,NaN]}]})"), 400, "points[0].vector[3]");
  expect_refused(put(points, R"({"points":[{"id":9,"vector":[1,2,3,1e39]}]})"), 400, "points[0].vector[3]");
  expect_refused(put(points, R"({"points":[{"id":-9,"vector":[1,2,3,4]}]})"), 400, "points[0].id");
  expect_refused(put(points, R"({"points":[{"id":9,"vector":[1,2,3,4]})"), 400, "line 1 column ");
  expect_refused(put(points, std::string(kBodyMax + 1, ' ')), 413, "larger than allowed (limit: 4096 bytes)");
  expect_refused(put(points, ""), 400, "there is nothing");
  expect_refused(put("/collections/none/points", R"({"points":[]})"), 404, "Collection `none` doesn't exist!");
  expect_refused(put(points + "?wait=maybe", R"({"points":[]})"), 400, "wait: `maybe`");
  expect_refused(put(points + "?ordering=none", R"({"points":[]})"), 400, "ordering");
  expect_refused(put(points + "?wait=%zz", R"({"points":[]})"), 400, "");
  expect_refused(post(points + "/search", R"({"vector":[1,2],"limit":1})"), 400, "vector");
  expect_refused(post(points + "/search", R"({"vector":[1,2,3,4],"limit":1,"filter":{"must":[]}})"), 400, "filter");
  expect_refused(post(points + "/search?timeout=0", kNear), 400, "timeout");
  expect_refused(post(points + "/search?consistency=0", kNear), 400, "consistency");
  expect_refused(post(points + "/recommend", "{}"), 405, "no call `POST /collections/cities/points/recommend`");
  expect_refused(get("/collections/%zz"), 400, "GET /collections/%zz");
  expect_refused(get("/metrics/x"), 404, "no call `GET /metrics/x`");
  expect_result(post(points + "/count", "{}"), R"({"count":5})");
}

TEST_F(Api, limits_may_be_larger_than_anything) {
  make_cities();
  const std::string points = "/collections/cities/points";
  const std::string most = "18446744073709551615";
  const std::string limits = R"("limit":)" + most + R"(,"offset":)" + most;
  expect_result(post(points + "/search", R"({"vector":[1,2,3,4],)" + limits + "}"), "[]");
  expect_result(post(points + "/query", R"({"query":[1,2,3,4],)" + limits + "}"), R"({"points":[]})");
  expect_result(post(points + "/query", R"({"query":1,)" + limits + "}"), R"({"points":[]})");
  EXPECT_EQ(post(points + "/query", R"({"query":1,"limit":)" + most + "}").status, 200);
  expect_result(post(points + "/scroll", R"({"limit":)" + most + R"(,"offset":)" + most + "}"),
                R"({"points":[{"id":"550e8400-e29b-41d4-a716-446655440000","payload":{}}],"next_page_offset":null})");
}

TEST_F(Api, nothing_is_a_list_too) {
  make_cities();
  const std::string points = "/collections/cities/points";
  EXPECT_EQ(put(points, R"({"points":[]})").status, 200);
  EXPECT_EQ(put(points, R"({"batch":{"ids":[],"vectors":[]}})").status, 200);
  EXPECT_EQ(post(points + "/delete", R"({"points":[]})").status, 200);
  expect_result(post(points, R"({"ids":[]})"), "[]");
  expect_result(post(points + "/count", "{}"), R"({"count":5})");
  expect_refused(put(points, R"({"points":[{"id":9,"vector":[]}]})"), 400, "points[0].vector");
  expect_refused(post(points + "/search", R"({"vector":[],"limit":1})"), 400, "vector");
}

TEST_F(Api, parameters_that_mean_nothing_here_are_taken) {
  make_cities();
  EXPECT_EQ(post("/collections/cities/points/search?consistency=majority&timeout=5", kNear).status, 200);
  EXPECT_EQ(put("/collections/cities/points?ordering=strong&wait=false&timeout=3",
                R"({"points":[{"id":9,"vector":[1,2,3,4]}]})")
                .status,
            200);
}

// What reads bodies is the Pool, and nobody else: where it takes no more work, it is not read.
TEST(FullPool, refuses_a_body_and_says_so) {
  ringback::Pool pool({.threads = 1, .queue_max = 1});
  Database database({.pool = &pool});
  Responder responder(database, {}, 4096);
  const Routes routes(responder);
  std::latch begun(1);
  std::latch end(1);
  const auto running = ringback::spawn(pool, [&] {
    begun.count_down();
    end.wait();
  });
  begun.wait();
  const auto queued = ringback::spawn(pool, [] {});
  http::Request request(http::Method::put, "/collections/a/points");
  request.body = "{";
  http::Reply reply = routes(request);
  const http::Response response = wait(std::move(reply.task()));
  end.count_down();
  EXPECT_EQ(response.status, http::Status::service_unavailable);
  EXPECT_NE(response.body.text().find("Service unavailable: "), std::string::npos) << response.body.text();
  running.get();
  queued.get();
}

class LockedApi : public Api {
 protected:
  LockedApi() : Api("secret") {}
};

TEST_F(LockedApi, asks_for_the_key) {
  expect_refused(get("/collections"), 401, "Must provide an API key");
  expect_refused(call(http::Method::get, "/collections", {}, "secreT"), 401, "Invalid API key");
  EXPECT_EQ(call(http::Method::get, "/collections", {}, "secret").status, 200);
  http::Request bearer(http::Method::get, "/collections");
  bearer.headers.set("Authorization", "Bearer secret");
  EXPECT_EQ(wait(std::move(router_(bearer).task())).status.code(), 200);
  EXPECT_EQ(get("/").status, 200);
  EXPECT_EQ(get("/healthz").status, 200);
}

}  // namespace
}  // namespace vectordb::internal

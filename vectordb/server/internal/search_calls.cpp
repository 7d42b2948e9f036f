// The calls that look for the nearest points.
#include <algorithm>

#include "vectordb/server/internal/answers.h"
#include "vectordb/server/internal/calls.h"
#include "vectordb/server/internal/refusal.h"
#include "vectordb/server/internal/search_request.h"

namespace vectordb::internal {

using ringback::Task;

namespace {

const PointId* point_of(const SearchRequest& request) { return std::get_if<PointId>(&request.target); }

std::size_t saturating_sum(std::size_t a, std::size_t b) { return a > SIZE_MAX - b ? SIZE_MAX : a + b; }

// Near to a point, it is the nearest itself: one more is looked for, from the first on.
SearchOptions options_of(const SearchRequest& request) {
  SearchOptions options{.limit = request.limit,
                        .offset = request.offset,
                        .score_threshold = request.score_threshold,
                        .with_payload = !request.with_payload.is_none(),
                        .with_vector = request.with_vector};
  if (point_of(request) != nullptr) {
    options.limit = saturating_sum(saturating_sum(request.limit, request.offset), 1);
    options.offset = 0;
  }
  return options;
}

// Leaves out the point that was asked about, and then those before the offset.
void leave_out_target(const SearchRequest& request, std::vector<Hit>& hits) {
  const PointId* point = point_of(request);
  if (point == nullptr) return;
  std::erase_if(hits, [&](const Hit& hit) { return hit.id == *point; });
  hits.erase(hits.begin(), hits.begin() + static_cast<std::ptrdiff_t>(std::min(request.offset, hits.size())));
  if (hits.size() > request.limit) hits.resize(request.limit);
}

Task<std::vector<float>> vector_of(Collection collection, SearchRequest& request) {
  const PointId* point = point_of(request);
  if (point == nullptr) co_return std::get<std::vector<float>>(std::move(request.target));
  std::vector<Point> found = co_await collection.retrieve({*point}, {.payload = false, .vector = true});
  if (found.empty()) refuse_unknown("No point with id " + point->text() + " found");
  co_return std::move(found.front().vector);
}

Task<std::vector<Hit>> find_nearest(Collection collection, SearchRequest& request) {
  const SearchOptions options = options_of(request);
  std::vector<float> vector = co_await vector_of(collection, request);
  std::vector<Hit> hits = co_await collection.search(std::move(vector), options);
  leave_out_target(request, hits);
  co_return hits;
}

Task<std::vector<std::vector<Hit>>> find_all(Collection collection, std::vector<SearchRequest>& requests) {
  std::vector<Query> queries;
  queries.reserve(requests.size());
  for (SearchRequest& request : requests) {
    const SearchOptions options = options_of(request);
    std::vector<float> vector = co_await vector_of(collection, request);
    queries.push_back({std::move(vector), options});
  }
  std::vector<std::vector<Hit>> hits = co_await collection.batch_search(std::move(queries));
  for (std::size_t i = 0; i < hits.size(); ++i) leave_out_target(requests[i], hits[i]);
  co_return hits;
}

}  // namespace

Task<> search_points(Call& call, JsonWriter& out) {
  const Collection collection = collection_of(call);
  SearchRequest request = read_search(call.body);
  const std::vector<Hit> hits = co_await find_nearest(collection, request);
  write_hits(out, hits, {request.with_payload, request.with_vector});
}

Task<> search_batch(Call& call, JsonWriter& out) {
  const Collection collection = collection_of(call);
  std::vector<SearchRequest> requests = read_search_batch(call.body);
  const std::vector<std::vector<Hit>> hits = co_await find_all(collection, requests);
  out.begin_array();
  for (std::size_t i = 0; i < hits.size(); ++i) {
    write_hits(out, hits[i], {requests[i].with_payload, requests[i].with_vector});
  }
  out.end_array();
}

Task<> query_points(Call& call, JsonWriter& out) {
  const Collection collection = collection_of(call);
  SearchRequest request = read_query(call.body);
  const std::vector<Hit> hits = co_await find_nearest(collection, request);
  out.begin_object().key("points");
  write_hits(out, hits, {request.with_payload, request.with_vector});
  out.end_object();
}

Task<> query_batch(Call& call, JsonWriter& out) {
  const Collection collection = collection_of(call);
  std::vector<SearchRequest> requests = read_query_batch(call.body);
  const std::vector<std::vector<Hit>> hits = co_await find_all(collection, requests);
  out.begin_array();
  for (std::size_t i = 0; i < hits.size(); ++i) {
    out.begin_object().key("points");
    write_hits(out, hits[i], {requests[i].with_payload, requests[i].with_vector});
    out.end_object();
  }
  out.end_array();
}

}  // namespace vectordb::internal

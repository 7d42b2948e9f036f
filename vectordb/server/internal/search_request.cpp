#include "vectordb/server/internal/search_request.h"

#include <cmath>
#include <string>

#include "vectordb/server/internal/point_request.h"
#include "vectordb/server/internal/refusal.h"
#include "vectordb/server/internal/request_fields.h"
#include "vectordb/server/internal/vector_forms.h"

namespace vectordb::internal {

namespace {

// Every search here is exact, so none of what tunes an approximate one changes an answer.
void read_params(JsonReader& in) {
  if (in.take_null()) return;
  in.object([&](std::string_view key) {
    if (refuse_if_any(in, key, {"idf"}) || in.take_null()) return;
    if (key == "hnsw_ef") {
      in.whole_number();
    } else if (key == "exact" || key == "indexed_only") {
      in.boolean();
    }
  });
}

// What both forms have; true where `key` was one of these.
bool read_common(JsonReader& in, std::string_view key, SearchRequest& request) {
  if (refuse_if_any(in, key, {"filter", "shard_key"})) return true;
  if (key == "params") {
    read_params(in);
  } else if (key == "offset") {
    if (!in.take_null()) request.offset = read_count(in, 0);
  } else if (key == "score_threshold") {
    if (!in.take_null()) request.score_threshold = in.float_number();
  } else if (key == "with_payload") {
    request.with_payload = PayloadSelection::read(in, PayloadSelection::none());
  } else if (key == "with_vector" || key == "with_vectors") {
    request.with_vector = read_with_vector(in);
  } else {
    return false;
  }
  return true;
}

SearchRequest read_one_search(JsonReader& in) {
  SearchRequest request;
  bool has_vector = false;
  bool has_limit = false;
  in.object([&](std::string_view key) {
    if (read_common(in, key, request)) return;
    if (key == "vector") {
      request.target = read_search_vector(in);
      has_vector = true;
    } else if (key == "limit" || key == "top") {
      request.limit = read_count(in, 1);
      has_limit = true;
    }
  });
  require(has_vector, in, "vector");
  require(has_limit, in, "limit");
  return request;
}

using Target = std::variant<std::vector<float>, PointId>;

std::optional<Target> read_target(JsonReader& in);

// {"nearest": ...}; what else an object may say is refused by its name.
std::optional<Target> read_nearest(JsonReader& in) {
  std::optional<Target> target;
  in.object([&](std::string_view key) {
    if (key == "nearest") {
      target = read_target(in);
    } else if (key == "mmr") {
      refuse_unless_null(in);
    } else {
      refuse_input("`" + in.path() + "` is not supported by this server yet: ask by a vector, an id, or `nearest`");
    }
  });
  return target;
}

std::optional<Target> read_target(JsonReader& in) {
  switch (in.kind()) {
    case JsonKind::array: return read_vector(in);
    case JsonKind::number:
    case JsonKind::string: return read_id(in);
    case JsonKind::object: return read_nearest(in);
    default: in.refuse("expected a vector, an id or an object, found " + std::string(to_string(in.kind())));
  }
}

SearchRequest read_one_query(JsonReader& in) {
  SearchRequest request;
  bool has_query = false;
  in.object([&](std::string_view key) {
    if (read_common(in, key, request)) return;
    if (refuse_if_any(in, key, {"prefetch", "lookup_from"})) return;
    if (key == "using") {
      read_vector_name(in);
    } else if (key == "limit") {
      if (!in.take_null()) request.limit = read_count(in, 1);
    } else if (key == "query" && !in.take_null()) {
      std::optional<Target> target = read_target(in);
      require(target.has_value(), in, "nearest");
      request.target = *std::move(target);
      has_query = true;
    }
  });
  if (!has_query)
    refuse_input("`query` is missing: queries without one are not supported by this server yet, scroll is");
  return request;
}

template <typename Read>
SearchRequest read_single(std::string_view body, Read read) {
  JsonReader in(body);
  SearchRequest request = read(in);
  in.end();
  return request;
}

template <typename Read>
std::vector<SearchRequest> read_batch(std::string_view body, Read read) {
  JsonReader in(body);
  std::optional<std::vector<SearchRequest>> searches;
  read_body(in, [&](std::string_view key) {
    if (key != "searches") return;
    searches.emplace();
    in.array([&](std::size_t) { searches->push_back(read(in)); });
  });
  require(searches.has_value(), in, "searches");
  return *std::move(searches);
}

}  // namespace

SearchRequest read_search(std::string_view body) { return read_single(body, read_one_search); }
SearchRequest read_query(std::string_view body) { return read_single(body, read_one_query); }
std::vector<SearchRequest> read_search_batch(std::string_view body) { return read_batch(body, read_one_search); }
std::vector<SearchRequest> read_query_batch(std::string_view body) { return read_batch(body, read_one_query); }

}  // namespace vectordb::internal

// Requests for the nearest points: `search` as it was, and `query` as it is.
#pragma once

#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "vectordb/point/point_id.h"
#include "vectordb/server/internal/payload_selection.h"

namespace vectordb::internal {

struct SearchRequest {
  // Near to what: a vector, or a point of the collection, which is not among the answers then.
  std::variant<std::vector<float>, PointId> target;
  std::size_t limit = 10;
  std::size_t offset = 0;
  std::optional<float> score_threshold;
  PayloadSelection with_payload = PayloadSelection::none();
  bool with_vector = false;
};

// `vector` and `limit` (or `top`) are required.
SearchRequest read_search(std::string_view body);
// `query` is a vector, an id, or {"nearest": either}.
SearchRequest read_query(std::string_view body);

// {"searches": [...]}
std::vector<SearchRequest> read_search_batch(std::string_view body);
std::vector<SearchRequest> read_query_batch(std::string_view body);

}  // namespace vectordb::internal

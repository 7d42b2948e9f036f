// Requests about points by their ids: upsert, delete, retrieve, scroll, count.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "vectordb/point/point.h"
#include "vectordb/server/internal/payload_selection.h"

namespace vectordb::internal {

// {"points": [...]}, or in columns {"batch": {"ids": [...], "vectors": [...], "payloads": [...]}}.
std::vector<Point> read_upsert(std::string_view body);

// {"points": [id, ...]}
std::vector<PointId> read_delete(std::string_view body);

struct RetrieveRequest {
  std::vector<PointId> ids;
  PayloadSelection with_payload = PayloadSelection::all();
  bool with_vector = false;
};
RetrieveRequest read_retrieve(std::string_view body);

struct ScrollRequest {
  std::optional<PointId> offset;  // the first to give
  std::size_t limit = 10;
  PayloadSelection with_payload = PayloadSelection::all();
  bool with_vector = false;
};
ScrollRequest read_scroll(std::string_view body);

// {"exact": true}, all of it optional: every count here is exact.
void read_count_request(std::string_view body);

// A boolean, or a list of names, of which there is only "".
bool read_with_vector(JsonReader& in);

}  // namespace vectordb::internal

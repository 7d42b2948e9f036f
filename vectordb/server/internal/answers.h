// The answers, as JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ringback/base/time.h"
#include "vectordb/collection/collection.h"
#include "vectordb/json/json_writer.h"
#include "vectordb/server/internal/payload_selection.h"

namespace vectordb::internal {

// {"result":...,"status":"ok","time":0.0012}: begin_answer, one value, end_answer.
void begin_answer(JsonWriter& out);
void end_answer(JsonWriter& out, ringback::Duration took);
// {"status":{"error":"..."},"time":0.0012}
std::string error_answer(std::string_view message, ringback::Duration took);

// What else of a point is wanted than its id.
struct Wanted {
  const PayloadSelection& payload;
  bool vector;
};

void write_id(JsonWriter& out, const PointId& id);
void write_point(JsonWriter& out, const Point& point, Wanted wanted);
void write_points(JsonWriter& out, const std::vector<Point>& points, Wanted wanted);
void write_page(JsonWriter& out, const ScrollPage& page, Wanted wanted);
void write_hits(JsonWriter& out, const std::vector<Hit>& hits, Wanted wanted);
void write_written(JsonWriter& out, const Written& written, bool waited);
void write_collections(JsonWriter& out, const std::vector<std::string>& names);
void write_info(JsonWriter& out, const CollectionInfo& info);

}  // namespace vectordb::internal

#include "vectordb/server/internal/answers.h"

#include <chrono>

#include "vectordb/server/internal/collection_request.h"

namespace vectordb::internal {

void begin_answer(JsonWriter& out) { out.begin_object().key("result"); }

void end_answer(JsonWriter& out, ringback::Duration took) {
  out.field("status", "ok").field("time", std::chrono::duration<double>(took).count()).end_object();
}

std::string error_answer(std::string_view message, ringback::Duration took) {
  JsonWriter out;
  out.begin_object().key("status").begin_object().field("error", message).end_object();
  out.field("time", std::chrono::duration<double>(took).count()).end_object();
  return std::move(out).text();
}

void write_id(JsonWriter& out, const PointId& id) {
  if (id.is_number()) {
    out.value(id.number());
  } else {
    out.value(id.text());
  }
}

namespace {

void write_extras(JsonWriter& out, const Payload& payload, const std::vector<float>& vector, Wanted wanted) {
  if (!wanted.payload.is_none()) {
    out.key("payload");
    wanted.payload.write(payload, out);
  }
  if (wanted.vector) out.key("vector").array_of(vector);
}

}  // namespace

void write_point(JsonWriter& out, const Point& point, Wanted wanted) {
  out.begin_object().key("id");
  write_id(out, point.id);
  write_extras(out, point.payload, point.vector, wanted);
  out.end_object();
}

void write_points(JsonWriter& out, const std::vector<Point>& points, Wanted wanted) {
  out.begin_array();
  for (const Point& point : points) write_point(out, point, wanted);
  out.end_array();
}

void write_page(JsonWriter& out, const ScrollPage& page, Wanted wanted) {
  out.begin_object().key("points");
  write_points(out, page.points, wanted);
  out.key("next_page_offset");
  if (page.next.has_value()) {
    write_id(out, *page.next);
  } else {
    out.null();
  }
  out.end_object();
}

void write_hits(JsonWriter& out, const std::vector<Hit>& hits, Wanted wanted) {
  out.begin_array();
  for (const Hit& hit : hits) {
    out.begin_object().key("id");
    write_id(out, hit.id);
    out.field("version", hit.version).field("score", hit.score);
    write_extras(out, hit.payload, hit.vector, wanted);
    out.end_object();
  }
  out.end_array();
}

void write_written(JsonWriter& out, const Written& written, bool waited) {
  out.begin_object().field("operation_id", written.operation);
  out.field("status", waited ? "completed" : "acknowledged").end_object();
}

void write_collections(JsonWriter& out, const std::vector<std::string>& names) {
  out.begin_object().key("collections").begin_array();
  for (const std::string& name : names) out.begin_object().field("name", name).end_object();
  out.end_array().end_object();
}

namespace {

void write_params(JsonWriter& out, const CollectionOptions& options) {
  out.key("params").begin_object().key("vectors").begin_object();
  out.field("size", options.dimension).field("distance", spelling_of(options.distance)).end_object();
  out.field("shard_number", 1).field("replication_factor", 1).field("write_consistency_factor", 1);
  out.field("on_disk_payload", false).end_object();
}

}  // namespace

// `m` of 0 is Qdrant's way to say that there is no graph, and every search exact.
void write_info(JsonWriter& out, const CollectionInfo& info) {
  out.begin_object().field("status", "green").field("optimizer_status", "ok");
  out.field("indexed_vectors_count", 0).field("points_count", info.points).field("segments_count", 1);
  out.key("config").begin_object();
  write_params(out, info.options);
  out.key("hnsw_config").begin_object().field("m", 0).field("ef_construct", 100).field("full_scan_threshold", 10'000);
  out.end_object();
  out.key("optimizer_config").begin_object().field("default_segment_number", 1).field("flush_interval_sec", 0);
  out.end_object().key("wal_config").null().key("quantization_config").null();
  if (!info.options.metadata.is_empty()) out.key("metadata").raw(info.options.metadata.json());
  out.end_object();
  out.key("payload_schema").begin_object().end_object().end_object();
}

}  // namespace vectordb::internal

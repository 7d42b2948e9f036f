#include "vectordb/client/internal/request_forms.h"

#include "vectordb/json/json_writer.h"

namespace vectordb::internal {

namespace {

constexpr std::string_view spelling_of(Distance distance) {
  constexpr std::string_view kNames[] = {"Cosine", "Dot", "Euclid", "Manhattan"};
  return kNames[static_cast<int>(distance)];
}

void write_id(JsonWriter& out, const PointId& id) {
  if (id.is_number()) {
    out.value(id.number());
  } else {
    out.value(id.text());
  }
}

void write_ids(JsonWriter& out, std::string_view name, const std::vector<PointId>& ids) {
  out.key(name).begin_array();
  for (const PointId& id : ids) write_id(out, id);
  out.end_array();
}

void write_selectors(JsonWriter& out, bool payload, bool vector) {
  out.field("with_payload", payload).field("with_vector", vector);
}

void write_query(JsonWriter& out, const Query& query) {
  out.begin_object().key("query").array_of(query.vector);
  out.field("limit", query.options.limit);
  if (query.options.offset != 0) out.field("offset", query.options.offset);
  if (query.options.score_threshold.has_value()) out.field("score_threshold", *query.options.score_threshold);
  write_selectors(out, query.options.with_payload, query.options.with_vector);
  out.end_object();
}

}  // namespace

std::string create_form(const CollectionOptions& options) {
  JsonWriter out;
  out.begin_object().key("vectors").begin_object();
  out.field("size", options.dimension).field("distance", spelling_of(options.distance));
  out.end_object();
  if (!options.metadata.is_empty()) out.key("metadata").raw(options.metadata.json());
  out.end_object();
  return std::move(out).text();
}

std::string upsert_form(const std::vector<Point>& points) {
  JsonWriter out;
  out.begin_object().key("points").begin_array();
  for (const Point& point : points) {
    out.begin_object().key("id");
    write_id(out, point.id);
    out.key("vector").array_of(point.vector);
    if (!point.payload.is_empty()) out.key("payload").raw(point.payload.json());
    out.end_object();
  }
  out.end_array().end_object();
  return std::move(out).text();
}

std::string remove_form(const std::vector<PointId>& ids) {
  JsonWriter out;
  out.begin_object();
  write_ids(out, "points", ids);
  out.end_object();
  return std::move(out).text();
}

std::string retrieve_form(const std::vector<PointId>& ids, Select select) {
  JsonWriter out;
  out.begin_object();
  write_ids(out, "ids", ids);
  write_selectors(out, select.payload, select.vector);
  out.end_object();
  return std::move(out).text();
}

std::string scroll_form(const ScrollOptions& options) {
  JsonWriter out;
  out.begin_object().field("limit", options.limit);
  if (options.from.has_value()) {
    out.key("offset");
    write_id(out, *options.from);
  }
  write_selectors(out, options.select.payload, options.select.vector);
  out.end_object();
  return std::move(out).text();
}

std::string query_form(const Query& query) {
  JsonWriter out;
  write_query(out, query);
  return std::move(out).text();
}

std::string query_batch_form(const std::vector<Query>& queries) {
  JsonWriter out;
  out.begin_object().key("searches").begin_array();
  for (const Query& query : queries) write_query(out, query);
  out.end_array().end_object();
  return std::move(out).text();
}

}  // namespace vectordb::internal

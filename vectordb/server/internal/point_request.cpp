#include "vectordb/server/internal/point_request.h"

#include <algorithm>
#include <string>

#include "vectordb/server/internal/refusal.h"
#include "vectordb/server/internal/request_fields.h"
#include "vectordb/server/internal/vector_forms.h"

namespace vectordb::internal {

namespace {

Point read_point(JsonReader& in) {
  Point point;
  bool has_id = false;
  bool has_vector = false;
  in.object([&](std::string_view key) {
    if (key == "id") {
      point.id = read_id(in);
      has_id = true;
    } else if (key == "vector") {
      point.vector = read_vector(in);
      has_vector = true;
    } else if (key == "payload") {
      point.payload = read_payload(in);
    }
  });
  require(has_id, in, "id");
  require(has_vector, in, "vector");
  return point;
}

// Points as the columns of a table.
struct Columns {
  std::optional<std::vector<PointId>> ids;
  std::optional<std::vector<std::vector<float>>> vectors;
  std::optional<std::vector<Payload>> payloads;
};

std::optional<std::vector<Payload>> read_payloads(JsonReader& in) {
  if (in.take_null()) return std::nullopt;
  std::vector<Payload> payloads;
  in.array([&](std::size_t) { payloads.push_back(read_payload(in)); });
  return payloads;
}

void require_equal(std::string_view column, std::size_t count, std::size_t ids) {
  if (count == ids) return;
  refuse_value("batch." + std::string(column),
               "there are " + std::to_string(count) + " for " + std::to_string(ids) + " ids, must be as many");
}

std::vector<Point> points_of(Columns columns) {
  require_equal("vectors", columns.vectors->size(), columns.ids->size());
  if (columns.payloads.has_value()) require_equal("payloads", columns.payloads->size(), columns.ids->size());
  std::vector<Point> points(columns.ids->size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    points[i].id = (*columns.ids)[i];
    points[i].vector = std::move((*columns.vectors)[i]);
    if (columns.payloads.has_value()) points[i].payload = std::move((*columns.payloads)[i]);
  }
  return points;
}

std::vector<Point> read_columns(JsonReader& in) {
  Columns columns;
  in.object([&](std::string_view key) {
    if (key == "ids") {
      columns.ids = read_ids(in);
    } else if (key == "vectors") {
      columns.vectors = read_vectors(in);
    } else if (key == "payloads") {
      columns.payloads = read_payloads(in);
    }
  });
  require(columns.ids.has_value(), in, "ids");
  require(columns.vectors.has_value(), in, "vectors");
  return points_of(std::move(columns));
}

void read_update_mode(JsonReader& in) {
  if (in.take_null()) return;
  const std::string_view mode = in.text();
  if (mode == "upsert") return;
  if (mode == "insert_only" || mode == "update_only") {
    refuse_input("`update_mode` `" + std::string(mode) + "` is not supported by this server yet");
  }
  in.refuse("unknown variant `" + std::string(mode) + "`, expected `upsert`, `insert_only` or `update_only`");
}

}  // namespace

std::vector<Point> read_upsert(std::string_view body) {
  JsonReader in(body);
  std::optional<std::vector<Point>> points;
  read_body(in, [&](std::string_view key) {
    if (refuse_if_any(in, key, {"shard_key", "update_filter"})) return;
    if (key == "update_mode") {
      read_update_mode(in);
    } else if (key == "points") {
      points.emplace();
      in.array([&](std::size_t) { points->push_back(read_point(in)); });
    } else if (key == "batch") {
      points = read_columns(in);
    }
  });
  require(points.has_value(), in, "points");
  return *std::move(points);
}

std::vector<PointId> read_delete(std::string_view body) {
  JsonReader in(body);
  std::optional<std::vector<PointId>> ids;
  read_body(in, [&](std::string_view key) {
    if (refuse_if_any(in, key, {"filter", "shard_key"})) return;
    if (key == "points") ids = read_ids(in);
  });
  require(ids.has_value(), in, "points");
  return *std::move(ids);
}

bool read_with_vector(JsonReader& in) {
  if (in.take_null()) return false;
  if (in.is(JsonKind::boolean)) return in.boolean();
  if (!in.is(JsonKind::array)) in.refuse("expected a boolean, or an array of names of vectors");
  bool is_asked_for = false;
  in.array([&](std::size_t) {
    read_vector_name(in);
    is_asked_for = true;
  });
  return is_asked_for;
}

RetrieveRequest read_retrieve(std::string_view body) {
  JsonReader in(body);
  RetrieveRequest request;
  bool has_ids = false;
  read_body(in, [&](std::string_view key) {
    if (refuse_if_any(in, key, {"shard_key"})) return;
    if (key == "ids") {
      request.ids = read_ids(in);
      has_ids = true;
    } else if (key == "with_payload") {
      request.with_payload = PayloadSelection::read(in, PayloadSelection::all());
    } else if (key == "with_vector" || key == "with_vectors") {
      request.with_vector = read_with_vector(in);
    }
  });
  require(has_ids, in, "ids");
  return request;
}

ScrollRequest read_scroll(std::string_view body) {
  JsonReader in(body);
  ScrollRequest request;
  read_body(in, [&](std::string_view key) {
    if (refuse_if_any(in, key, {"filter", "order_by", "shard_key"})) return;
    if (key == "offset") {
      if (!in.take_null()) request.offset = read_id(in);
    } else if (key == "limit") {
      if (!in.take_null()) request.limit = read_count(in, 1);
    } else if (key == "with_payload") {
      request.with_payload = PayloadSelection::read(in, PayloadSelection::all());
    } else if (key == "with_vector" || key == "with_vectors") {
      request.with_vector = read_with_vector(in);
    }
  });
  return request;
}

void read_count_request(std::string_view body) {
  JsonReader in(body);
  read_body(in, [&](std::string_view key) {
    if (refuse_if_any(in, key, {"filter", "shard_key"})) return;
    if (key == "exact" && !in.take_null()) in.boolean();
  });
}

}  // namespace vectordb::internal

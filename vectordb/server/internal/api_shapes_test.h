// What the public description of Qdrant's API requires of its answers: for tests.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "vectordb/json/json_reader.h"

namespace vectordb::testing_shapes {

// Of `openapi.json` (Qdrant 1.19, Apache-2.0), its lists `required`, and where one leads to another.
struct Shape {
  std::vector<std::string> required;
  std::map<std::string, std::string, std::less<>> members;  // of another shape, or an array of them
};

inline const std::map<std::string, Shape, std::less<>>& shapes() {
  static const std::map<std::string, Shape, std::less<>> all = {
      {"VersionInfo", {{"title", "version"}, {}}},
      {"ErrorResponse", {{"status", "time"}, {{"status", "ErrorStatus"}}}},
      {"ErrorStatus", {{"error"}, {}}},
      {"CollectionInfo",
       {{"config", "optimizer_status", "payload_schema", "segments_count", "status"},
        {{"config", "CollectionConfig"}}}},
      {"CollectionConfig",
       {{"hnsw_config", "optimizer_config", "params"},
        {{"hnsw_config", "HnswConfig"}, {"optimizer_config", "OptimizersConfig"}}}},
      {"HnswConfig", {{"ef_construct", "full_scan_threshold", "m"}, {}}},
      {"OptimizersConfig", {{"default_segment_number", "flush_interval_sec"}, {}}},
      {"ScoredPoint", {{"id", "score", "version"}, {}}},
      {"Record", {{"id"}, {}}},
      {"ScrollResult", {{"points"}, {{"points", "Record[]"}}}},
      {"QueryResponse", {{"points"}, {{"points", "ScoredPoint[]"}}}},
      {"UpdateResult", {{"status"}, {}}},
  };
  return all;
}

// Of the value at hand; "X[]" is an array of X.
inline void check_shape(JsonReader& in, std::string_view name) {
  if (name.ends_with("[]")) {
    in.array([&](std::size_t) { check_shape(in, name.substr(0, name.size() - 2)); });
    return;
  }
  const Shape& shape = shapes().find(name)->second;
  std::set<std::string> found;
  in.object([&](std::string_view key) {
    found.emplace(key);
    const auto inner = shape.members.find(key);
    if (inner != shape.members.end()) check_shape(in, inner->second);
  });
  for (const std::string& required : shape.required) {
    EXPECT_TRUE(found.contains(required)) << in.path() << ": " << name << " without " << required;
  }
}

// An answer: as a whole where it has no `result`, else that, between `status` and `time`.
inline void expect_shape(std::string_view name, const std::string& answer) {
  JsonReader in(answer);
  if (name == "VersionInfo" || name == "ErrorResponse") return check_shape(in, name);
  std::set<std::string> found;
  in.object([&](std::string_view key) {
    found.emplace(key);
    if (key == "result") check_shape(in, name);
  });
  in.end();
  EXPECT_EQ(found, (std::set<std::string>{"result", "status", "time"}));
}

}  // namespace vectordb::testing_shapes

// What a collection holds: an id, a vector, and what else is to be known of it.
#pragma once

#include <optional>
#include <vector>

#include "vectordb/point/payload.h"
#include "vectordb/point/point_id.h"

namespace vectordb {

struct Point {
  PointId id;
  std::vector<float> vector;
  Payload payload = {};
};

// A point on its way in that may leave its name to the collection.
struct NewPoint {
  std::optional<PointId> id = std::nullopt;  // none: the next free number
  std::vector<float> vector;
  Payload payload = {};
};

// A point that a search found.
struct Hit {
  PointId id;
  // How near, as Distance says it: for euclid and manhattan less is nearer.
  float score = 0;
  // The operation that wrote the point; see Written.
  std::uint64_t version = 0;
  // These two where they were asked for.
  Payload payload = {};
  std::vector<float> vector = {};
};

}  // namespace vectordb

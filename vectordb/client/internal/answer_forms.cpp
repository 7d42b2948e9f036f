#include "vectordb/client/internal/answer_forms.h"

#include <optional>

#include "ringback/base/error.h"

namespace vectordb::internal {

namespace {

PointId read_id(JsonReader& in) {
  if (in.is(JsonKind::number)) return in.whole_number();
  const std::optional<PointId> id = PointId::parse(in.text());
  if (!id.has_value()) in.refuse("this is no point ID");
  return *id;
}

Payload read_payload(JsonReader& in) {
  if (in.take_null()) return {};
  return Payload::trusted(in.compact());
}

std::vector<float> read_vector(JsonReader& in) {
  std::vector<float> vector;
  if (!in.take_null()) in.floats(vector);
  return vector;
}

// What points and hits have in common; true where `key` was of it.
template <typename Of>
bool read_part(JsonReader& in, std::string_view key, Of& of) {
  if (key == "id") {
    of.id = read_id(in);
  } else if (key == "payload") {
    of.payload = read_payload(in);
  } else if (key == "vector") {
    of.vector = read_vector(in);
  } else {
    return false;
  }
  return true;
}

Hit read_hit(JsonReader& in) {
  Hit hit;
  in.object([&](std::string_view key) {
    if (read_part(in, key, hit)) return;
    if (key == "score") {
      hit.score = in.float_number();
    } else if (key == "version") {
      hit.version = in.whole_number();
    }
  });
  return hit;
}

// `read` with the member `name` of an object at hand.
template <typename Read>
void read_member(JsonReader& in, std::string_view name, Read read) {
  in.object([&](std::string_view key) {
    if (key == name) read();
  });
}

}  // namespace

std::string error_in(std::string_view answer) {
  std::string error;
  try {
    JsonReader in(answer);
    read_member(in, "status", [&] {
      if (!in.is(JsonKind::object)) return;
      read_member(in, "error", [&] { error = in.text(); });
    });
  } catch (const ringback::Error&) {
    error.clear();  // Not JSON of our form: the caller reports the status instead.
  }
  return error;
}

std::vector<Point> points_in(JsonReader& in) {
  std::vector<Point> points;
  in.array([&](std::size_t) {
    Point point;
    in.object([&](std::string_view key) { read_part(in, key, point); });
    points.push_back(std::move(point));
  });
  return points;
}

ScrollPage page_in(JsonReader& in) {
  ScrollPage page;
  in.object([&](std::string_view key) {
    if (key == "points") {
      page.points = points_in(in);
    } else if (key == "next_page_offset" && !in.take_null()) {
      page.next = read_id(in);
    }
  });
  return page;
}

std::vector<Hit> hits_in(JsonReader& in) {
  std::vector<Hit> hits;
  read_member(in, "points", [&] { in.array([&](std::size_t) { hits.push_back(read_hit(in)); }); });
  return hits;
}

std::vector<std::vector<Hit>> all_hits_in(JsonReader& in) {
  std::vector<std::vector<Hit>> all;
  in.array([&](std::size_t) { all.push_back(hits_in(in)); });
  return all;
}

Written written_in(JsonReader& in) {
  Written written;
  read_member(in, "operation_id", [&] {
    if (!in.take_null()) written.operation = in.whole_number();
  });
  return written;
}

std::vector<std::string> names_in(JsonReader& in) {
  std::vector<std::string> names;
  read_member(in, "collections",
              [&] { in.array([&](std::size_t) { read_member(in, "name", [&] { names.emplace_back(in.text()); }); }); });
  return names;
}

std::size_t count_in(JsonReader& in) {
  std::uint64_t count = 0;
  read_member(in, "count", [&] { count = in.whole_number(); });
  return static_cast<std::size_t>(count);
}

bool exists_in(JsonReader& in) {
  bool exists = false;
  read_member(in, "exists", [&] { exists = in.boolean(); });
  return exists;
}

namespace {

void read_vector_params(JsonReader& in, CollectionOptions& options) {
  in.object([&](std::string_view key) {
    if (key == "size") options.dimension = static_cast<std::size_t>(in.whole_number());
    if (key == "distance") {
      const std::optional<Distance> distance = distance_from(in.text());
      if (!distance.has_value()) in.refuse("this distance is not known here");
      options.distance = *distance;
    }
  });
}

void read_config(JsonReader& in, CollectionOptions& options) {
  in.object([&](std::string_view key) {
    if (key == "params") {
      read_member(in, "vectors", [&] { read_vector_params(in, options); });
    } else if (key == "metadata") {
      options.metadata = read_payload(in);
    }
  });
}

}  // namespace

std::string name_in(std::string_view answer) {
  JsonReader in(answer);
  std::string title;
  std::string version;
  in.object([&](std::string_view key) {
    if (key == "title") title = in.text();
    if (key == "version") version = in.text();
  });
  in.end();
  return title + " " + version;
}

CollectionInfo info_in(JsonReader& in) {
  CollectionInfo info;
  in.object([&](std::string_view key) {
    if (key == "points_count") {
      if (!in.take_null()) info.points = static_cast<std::size_t>(in.whole_number());
    } else if (key == "config") {
      read_config(in, info.options);
    }
  });
  return info;
}

}  // namespace vectordb::internal

#include "vectordb/server/internal/request_fields.h"

#include <algorithm>
#include <optional>

#include "vectordb/server/internal/refusal.h"

namespace vectordb::internal {

void refuse_unless_null(JsonReader& in) {
  if (!in.take_null()) refuse_input("`" + in.path() + "` is not supported by this server yet");
}

bool refuse_if_any(JsonReader& in, std::string_view key, std::initializer_list<std::string_view> not_yet) {
  if (std::find(not_yet.begin(), not_yet.end(), key) == not_yet.end()) return false;
  refuse_unless_null(in);
  return true;
}

std::size_t read_count(JsonReader& in, std::size_t least) {
  const std::uint64_t count = in.whole_number();
  if (count < least) {
    refuse_value(in.path(),
                 "value " + std::to_string(count) + " invalid, must be " + std::to_string(least) + " or larger");
  }
  return static_cast<std::size_t>(count);
}

PointId read_id(JsonReader& in) {
  const JsonKind kind = in.kind();
  if (kind == JsonKind::number) return in.whole_number();
  if (kind == JsonKind::string) {
    // What is digits only is a number's text, and no id.
    const std::string_view text = in.text();
    const std::optional<PointId> id = PointId::parse(text);
    if (id.has_value() && !id->is_number()) return *id;
    in.refuse("value " + std::string(text.substr(0, 100)) +
              " is not a valid point ID, valid values are either an unsigned integer or a UUID");
  }
  in.refuse("a point ID is either an unsigned integer or a UUID");
}

std::vector<PointId> read_ids(JsonReader& in) {
  std::vector<PointId> ids;
  in.array([&](std::size_t) { ids.push_back(read_id(in)); });
  return ids;
}

Payload read_payload(JsonReader& in) {
  if (in.take_null()) return {};
  if (!in.is(JsonKind::object)) in.refuse("expected an object, found " + std::string(to_string(in.kind())));
  return Payload::trusted(in.compact());
}

void refuse_missing(JsonReader& in, std::string_view field) {
  in.refuse(std::string("missing field `").append(field).append("`"));
}

}  // namespace vectordb::internal

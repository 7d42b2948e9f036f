// What the forms of all requests have in common. The refusals name the path: "points[2].id".
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "vectordb/json/json_reader.h"
#include "vectordb/point/payload.h"
#include "vectordb/point/point_id.h"

namespace vectordb::internal {

// For what Qdrant knows and this server does not do yet: refuses (400) anything but null.
void refuse_unless_null(JsonReader& in);
// The same for a whole list of names; true where `key` is one of them, and taken.
bool refuse_if_any(JsonReader& in, std::string_view key, std::initializer_list<std::string_view> not_yet);

// A whole number from `least` on; 422 below it.
std::size_t read_count(JsonReader& in, std::size_t least);
// A whole number, or text that is a UUID.
PointId read_id(JsonReader& in);
std::vector<PointId> read_ids(JsonReader& in);

// A JSON object; null is an empty one.
Payload read_payload(JsonReader& in);

// "missing field `vector`", of the value whose members have been read.
[[noreturn]] void refuse_missing(JsonReader& in, std::string_view field);
// Where `is_there` is false.
inline void require(bool is_there, JsonReader& in, std::string_view field) {
  if (!is_there) refuse_missing(in, field);
}

// One object, and nothing after it.
template <typename Member>
void read_body(JsonReader& in, Member&& member) {
  in.object(member);
  in.end();
}

}  // namespace vectordb::internal

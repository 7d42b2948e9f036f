// Which of a payload a request asks for: `with_payload`.
#pragma once

#include <string>
#include <vector>

#include "vectordb/json/json_reader.h"
#include "vectordb/json/json_writer.h"
#include "vectordb/point/payload.h"

namespace vectordb::internal {

// Keys are paths: "city", "address.street", "rooms[].size" for each item of an array.
class PayloadSelection {
 public:
  static PayloadSelection none() { return PayloadSelection(Kind::none); }
  static PayloadSelection all() { return PayloadSelection(Kind::all); }
  // true, false, ["key", ...], {"include": [...]}, {"exclude": [...]}; null is `otherwise`.
  static PayloadSelection read(JsonReader& in, const PayloadSelection& otherwise);

  bool is_none() const noexcept { return kind_ == Kind::none; }

  // Writes the part asked for as a JSON object.
  void write(const Payload& payload, JsonWriter& out) const;

 private:
  enum class Kind : std::uint8_t { none, all, include, exclude };
  using Path = std::vector<std::string>;  // "rooms[].size" is rooms, [], size

  explicit PayloadSelection(Kind kind) : kind_(kind) {}
  static Path path_of(JsonReader& in);
  void read_paths(JsonReader& in);
  void write_member(JsonReader& in, Path& at, JsonWriter& out) const;
  void write_object(JsonReader& in, Path& at, JsonWriter& out) const;
  void write_array(JsonReader& in, Path& at, JsonWriter& out) const;
  enum class Part : std::uint8_t { whole, some, nothing };
  Part part_at(const Path& at) const;

  Kind kind_;
  std::vector<Path> paths_;
};

}  // namespace vectordb::internal

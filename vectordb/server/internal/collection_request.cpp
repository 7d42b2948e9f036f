#include "vectordb/server/internal/collection_request.h"

#include <algorithm>
#include <optional>
#include <string>

#include "vectordb/server/internal/refusal.h"
#include "vectordb/server/internal/request_fields.h"

namespace vectordb::internal {

namespace {

constexpr std::size_t kDimensionMax = 65'536;
constexpr std::string_view kDistances[] = {"Cosine", "Dot", "Euclid", "Manhattan"};

Distance read_distance(JsonReader& in) {
  const std::string_view name = in.text();
  const auto* found = std::find(std::begin(kDistances), std::end(kDistances), name);
  if (found == std::end(kDistances)) {
    in.refuse("unknown variant `" + std::string(name) + "`, expected one of `Cosine`, `Euclid`, `Dot`, `Manhattan`");
  }
  return static_cast<Distance>(found - std::begin(kDistances));
}

std::size_t read_dimension(JsonReader& in) {
  const std::uint64_t size = in.whole_number();
  if (size < 1 || size > kDimensionMax) {
    refuse_value(in.path(),
                 "value " + std::to_string(size) + " invalid, must be from 1 to " + std::to_string(kDimensionMax));
  }
  return static_cast<std::size_t>(size);
}

void read_datatype(JsonReader& in) {
  if (in.take_null()) return;
  const std::string_view type = in.text();
  if (type != "float32")
    refuse_input("`" + in.path() + "` `" + std::string(type) + "` is not supported by this server yet");
}

// What is not one of these is the name of a vector.
bool is_vector_param(std::string_view key) {
  static constexpr std::string_view kParams[] = {"size",    "distance", "hnsw_config", "quantization_config",
                                                 "on_disk", "memory",   "datatype",    "multivector_config"};
  return std::find(std::begin(kParams), std::end(kParams), key) != std::end(kParams);
}

CollectionOptions read_vectors(JsonReader& in) {
  CollectionOptions options;
  bool has_distance = false;
  bool is_named = false;
  in.object([&](std::string_view key) {
    if (key.empty()) {
      options = read_vectors(in);
      is_named = true;
    } else if (key == "size") {
      options.dimension = read_dimension(in);
    } else if (key == "distance") {
      options.distance = read_distance(in);
      has_distance = true;
    } else if (key == "datatype") {
      read_datatype(in);
    } else if (!refuse_if_any(in, key, {"quantization_config", "multivector_config"}) && !is_vector_param(key) &&
               in.is(JsonKind::object)) {
      refuse_input("`" + in.path() + "`: named vectors are not supported by this server yet");
    }
  });
  if (is_named) return options;
  require(options.dimension != 0, in, "size");
  require(has_distance, in, "distance");
  return options;
}

// Of machines there is one.
void read_one(JsonReader& in) {
  if (in.take_null()) return;
  const std::uint64_t count = in.whole_number();
  if (count != 1)
    refuse_input("`" + in.path() + "` is " + std::to_string(count) + ", and this server is a single machine: 1");
}

void read_sharding(JsonReader& in) {
  if (in.take_null()) return;
  if (in.text() != "auto") refuse_input("`" + in.path() + "` is not supported by this server: it is a single machine");
}

void read_sparse_vectors(JsonReader& in) {
  if (in.take_null()) return;
  in.object([&](std::string_view) {
    refuse_input("`" + in.path() + "`: sparse vectors are not supported by this server yet");
  });
}

}  // namespace

CollectionOptions read_create(std::string_view body) {
  JsonReader in(body);
  std::optional<CollectionOptions> options;
  Payload metadata;
  read_body(in, [&](std::string_view key) {
    if (refuse_if_any(in, key, {"quantization_config", "strict_mode_config", "init_from"})) return;
    if (key == "vectors") {
      options = read_vectors(in);
    } else if (key == "metadata") {
      metadata = read_payload(in);
    } else if (key == "sparse_vectors") {
      read_sparse_vectors(in);
    } else if (key == "shard_number" || key == "replication_factor" || key == "write_consistency_factor") {
      read_one(in);
    } else if (key == "sharding_method") {
      read_sharding(in);
    }
  });
  require(options.has_value(), in, "vectors");
  options->metadata = std::move(metadata);
  return *std::move(options);
}

std::string_view spelling_of(Distance distance) noexcept { return kDistances[static_cast<int>(distance)]; }

}  // namespace vectordb::internal

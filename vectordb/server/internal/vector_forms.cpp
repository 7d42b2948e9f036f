#include "vectordb/server/internal/vector_forms.h"

#include "vectordb/server/internal/refusal.h"
#include "vectordb/server/internal/request_fields.h"

namespace vectordb::internal {

namespace {

[[noreturn]] void refuse_name(std::string_view name) {
  refuse_input("Not existing vector name error: " + std::string(name) + " (this server has no named vectors yet)");
}

// What tells an object apart that is no map of names.
bool refuse_other_forms(JsonReader& in, std::string_view key) {
  return refuse_if_any(in, key, {"indices", "values", "text", "model"});
}

std::vector<float> read_numbers(JsonReader& in) {
  std::vector<float> numbers;
  if (!in.is(JsonKind::array)) in.refuse("expected an array of numbers, found " + std::string(to_string(in.kind())));
  in.array([&](std::size_t) {
    if (in.is(JsonKind::array)) refuse_input("`" + in.path() + "`: multivectors are not supported by this server yet");
    numbers.push_back(in.float_number());
  });
  return numbers;
}

// {"": value}, with `read` for the value.
template <typename Read>
auto read_unnamed(JsonReader& in, Read read) {
  decltype(read(in)) value;
  bool is_there = false;
  in.object([&](std::string_view key) {
    if (refuse_other_forms(in, key)) return;
    if (!key.empty()) refuse_name(key);
    value = read(in);
    is_there = true;
  });
  if (!is_there) in.refuse("expected an array of numbers");
  return value;
}

}  // namespace

std::vector<float> read_vector(JsonReader& in) {
  return in.is(JsonKind::object) ? read_unnamed(in, read_numbers) : read_numbers(in);
}

std::vector<float> read_search_vector(JsonReader& in) {
  if (!in.is(JsonKind::object)) return read_numbers(in);
  std::vector<float> vector;
  bool is_there = false;
  in.object([&](std::string_view key) {
    if (refuse_other_forms(in, key)) return;
    if (key == "name") {
      read_vector_name(in);
    } else if (key == "vector") {
      vector = read_vector(in);
      is_there = true;
    }
  });
  require(is_there, in, "vector");
  return vector;
}

std::vector<std::vector<float>> read_vectors(JsonReader& in) {
  const auto read_column = [](JsonReader& column) {
    std::vector<std::vector<float>> vectors;
    column.array([&](std::size_t) { vectors.push_back(read_vector(column)); });
    return vectors;
  };
  return in.is(JsonKind::object) ? read_unnamed(in, read_column) : read_column(in);
}

void read_vector_name(JsonReader& in) {
  if (in.take_null()) return;
  const std::string_view name = in.text();
  if (!name.empty()) refuse_name(name);
}

}  // namespace vectordb::internal

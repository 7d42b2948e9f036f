#include "vectordb/point/payload.h"

#include "vectordb/json/json_reader.h"

namespace vectordb {

Payload Payload::parse(std::string_view json) {
  JsonReader in(json);
  if (!in.is(JsonKind::object)) in.refuse("a payload is an object");
  std::string text = in.compact();
  in.end();
  return trusted(std::move(text));
}

Payload Payload::trusted(std::string json) {
  Payload payload;
  if (!json.empty() && json != "{}") payload.json_ = std::make_shared<const std::string>(std::move(json));
  return payload;
}

const std::string& Payload::json() const noexcept {
  static const std::string empty = "{}";
  return json_ ? *json_ : empty;
}

}  // namespace vectordb

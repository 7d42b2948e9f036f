// JsonReader against simdjson's own tree, which is another reader: what one takes the other takes, and
// what was made compact reads as the same again.
#include <simdjson.h>

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "ringback/base/error.h"
#include "vectordb/json/json_reader.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

std::optional<std::string> compact(std::string_view text) {
  try {
    vectordb::JsonReader in(text);
    std::string out = in.compact();
    in.end();
    return out;
  } catch (const ringback::Error& error) {
    require(error.kind() == ringback::ErrorKind::invalid);
    return std::nullopt;
  }
}

bool skips(std::string_view text) {
  try {
    vectordb::JsonReader in(text);
    in.skip();
    in.end();
    return true;
  } catch (const ringback::Error&) {
    return false;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::optional<std::string> ours = compact(text);
  require(skips(text) == ours.has_value());

  simdjson::dom::parser parser(simdjson::SIMDJSON_MAXSIZE_BYTES);
  require(parser.allocate(size + 64, vectordb::JsonReader::kDepthMax + 1) == simdjson::SUCCESS);
  simdjson::dom::element tree;
  const simdjson::error_code theirs = parser.parse(text.data(), text.size()).get(tree);
  if (ours.has_value()) {
    // It has no room for numbers beyond 64 bits.
    require(theirs == simdjson::SUCCESS || theirs == simdjson::NUMBER_ERROR);
    require(compact(*ours) == ours);
  } else {
    require(theirs != simdjson::SUCCESS);
  }
  if (ours.has_value() && theirs == simdjson::SUCCESS) {
    const std::string before = simdjson::minify(tree);
    simdjson::dom::element again;
    require(parser.parse(*ours).get(again) == simdjson::SUCCESS);
    require(simdjson::minify(again) == before);
  }
  return 0;
}

#include "cli/text_model.h"

#include <optional>
#include <string>

#include "ringback/base/error.h"
#include "vectordb/json/json_reader.h"
#include "vectordb/json/json_writer.h"

namespace ringback::cli {
namespace {

constexpr const char* kKey = "ringback_text_model";

}  // namespace

vectordb::CollectionOptions collection_of_texts(const vectordb::TextEmbedder& embedder) {
  vectordb::JsonWriter metadata;
  metadata.begin_object().field(kKey, embedder.to_text()).end_object();
  return {.dimension = vectordb::TextEmbedder::kDimension,
          .distance = vectordb::Distance::cosine,
          .metadata = vectordb::Payload::trusted(std::move(metadata).text())};
}

vectordb::TextEmbedder embedder_of(const vectordb::CollectionInfo& info) {
  std::optional<vectordb::TextEmbedder> embedder;
  vectordb::JsonReader in(info.options.metadata.json());
  in.object([&](std::string_view key) {
    if (key == kKey) embedder = vectordb::TextEmbedder::from_text(in.text());
  });
  if (!embedder.has_value()) {
    throw Error(ErrorKind::unsupported, "make a vector of the text",
                "the collection '" + info.name + "' was not loaded from texts: `ringback load` makes one that was");
  }
  return *std::move(embedder);
}

}  // namespace ringback::cli

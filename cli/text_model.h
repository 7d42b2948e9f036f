// How rare the words of a collection's texts are, kept in the collection's own metadata, so that whoever
// asks can make a query's vector without having seen the texts.
#pragma once

#include "vectordb/collection/collection.h"
#include "vectordb/text/embedder.h"

namespace ringback::cli {

// A collection for vectors of `embedder`.
vectordb::CollectionOptions collection_of_texts(const vectordb::TextEmbedder& embedder);

// The one the collection was loaded with. Errors: Error unsupported where it was not loaded from texts,
// invalid where its metadata is not what collection_of_texts() wrote.
vectordb::TextEmbedder embedder_of(const vectordb::CollectionInfo& info);

}  // namespace ringback::cli

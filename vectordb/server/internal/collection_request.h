// The request that makes a collection.
#pragma once

#include <string_view>

#include "vectordb/collection/collection.h"

namespace vectordb::internal {

// {"vectors": {"size": 384, "distance": "Cosine"}, ...}
//
// What tunes an index, a log or an optimizer, and where on the machine things are kept, is taken and
// has no effect: nothing here depends on it. What would change answers, or guarantees, is refused.
CollectionOptions read_create(std::string_view body);

// As Qdrant spells it: "Cosine".
std::string_view spelling_of(Distance distance) noexcept;

}  // namespace vectordb::internal

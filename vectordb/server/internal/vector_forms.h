// The forms a vector may have in a request. Other than a plain array of numbers: refused, by name.
#pragma once

#include <vector>

#include "vectordb/json/json_reader.h"

namespace vectordb::internal {

// Of a point: [0.1, 0.2], or {"": [0.1, 0.2]}. Named, sparse and multiple vectors, and what a model
// would make one from, are refused.
std::vector<float> read_vector(JsonReader& in);

// Of a search: the same, or {"name": "", "vector": [0.1, 0.2]}.
std::vector<float> read_search_vector(JsonReader& in);

// Of a column of points: [[0.1, 0.2], ...], or {"": [[0.1, 0.2], ...]}.
std::vector<std::vector<float>> read_vectors(JsonReader& in);

// Takes the name of a vector (`using`): null and "" are the only one there is. 400 for others.
void read_vector_name(JsonReader& in);

}  // namespace vectordb::internal

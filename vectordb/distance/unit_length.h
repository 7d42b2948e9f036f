// Vectors of length 1, for cosine.
#pragma once

#include <span>

namespace vectordb {

// Makes the vector's length 1. One of zeros has no direction and stays; one that has that length
// already, within the rounding of floats, stays too: what was read back and stored again is the same.
// The same bits on every machine.
void make_unit_length(std::span<float> vector) noexcept;

}  // namespace vectordb

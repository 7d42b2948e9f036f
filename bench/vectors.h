// The vectors of the benchmarks of exact search: the same in every program, and with known answers.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace bench {

inline constexpr std::size_t kVectorRows = 100'000;
inline constexpr std::size_t kNearest = 10;
inline constexpr std::size_t kQueriesTogether = 256;
inline constexpr std::size_t kSearchDimension = 128;  // of those that are asked for over HTTP

// Rows of length 1 in all directions.
inline std::vector<float> make_rows(std::size_t dimension, std::size_t count = kVectorRows) {
  std::vector<float> rows(count * dimension);
  std::uint64_t state = 1;
  for (std::size_t row = 0; row < count; ++row) {
    float* const at = rows.data() + row * dimension;
    double squares = 0;
    for (std::size_t i = 0; i < dimension; ++i) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      at[i] = static_cast<float>(static_cast<std::int32_t>(state >> 32)) / 2147483648.0F;
      squares += static_cast<double>(at[i]) * static_cast<double>(at[i]);
    }
    for (std::size_t i = 0; i < dimension; ++i)
      at[i] = static_cast<float>(static_cast<double>(at[i]) / std::sqrt(squares));
  }
  return rows;
}

// 7919 is a prime, so that queries are planted in different rows for as long as there are any.
inline std::size_t planted_row(std::uint64_t query, std::size_t rows = kVectorRows) { return query * 7919 % rows; }

// Each is beside its planted row: nine tenths of it, and a tenth of another one.
inline std::vector<float> make_queries(const std::vector<float>& rows, std::size_t dimension, std::uint64_t count) {
  const std::size_t there = rows.size() / dimension;
  std::vector<float> queries(count * dimension);
  for (std::uint64_t query = 0; query < count; ++query) {
    const float* const near = rows.data() + planted_row(query, there) * dimension;
    const float* const far = rows.data() + (planted_row(query, there) + 1) % there * dimension;
    for (std::size_t i = 0; i < dimension; ++i) queries[query * dimension + i] = 0.9F * near[i] + 0.1F * far[i];
  }
  return queries;
}

}  // namespace bench

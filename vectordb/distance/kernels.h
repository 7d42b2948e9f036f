// Sums over pairs of vectors, in the machine's widest instructions.
//
// Every kernel gives the same bits: each adds in the same order, in sixteen lanes (coordinate i goes to
// lane i % 16, by fused multiply-add) that are then added crosswise. So what a search answers depends
// neither on the machine nor on how many queries were asked at once. Infinities and NaN go their IEEE
// way, the same in all; only the bits of a NaN may differ.
//
// Threads: any. Alignment: none asked for. Cost: of products at best two lanes' worth of multiply-adds
// per cycle; one query over many rows is as fast as they come from memory.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace vectordb {

// Queries and rows to be paired, each with each. Vectors lie `stride` floats apart.
struct Pairs {
  const float* queries = nullptr;
  std::size_t query_count = 0;
  std::size_t query_stride = 0;
  const float* rows = nullptr;
  std::size_t row_count = 0;
  std::size_t row_stride = 0;
  std::size_t dimension = 0;  // 0 gives sums of 0
  // sums[q * sums_stride + r] for query q and row r.
  float* sums = nullptr;
  std::size_t sums_stride = 0;
};

using Sum = void (*)(const Pairs& pairs) noexcept;

struct Kernels {
  std::string_view name;  // "avx512", "avx2", "neon", "scalar"
  Sum products;           // a * b
  Sum squares;            // (a - b)²
  Sum differences;        // |a - b|
};

// The best that run on this machine; looked for once.
const Kernels& kernels() noexcept;

// All that run on this machine, the plain reference first.
std::span<const Kernels* const> usable_kernels() noexcept;

}  // namespace vectordb

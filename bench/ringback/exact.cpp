// Exact search of the vector database, one query at a time and many.
#include <algorithm>
#include <span>

#include "bench/program.h"
#include "bench/vectors.h"
#include "vectordb/index/exact_search.h"

namespace {

struct AnyRow final : vectordb::RowRules {};

// The planted rows that were found first, added up.
std::uint64_t search(std::size_t dimension, std::size_t together, std::uint64_t count) {
  const std::vector<float> rows = bench::make_rows(dimension);
  const std::vector<float> queries = bench::make_queries(rows, dimension, count);
  const vectordb::RowBlock block{rows.data(), bench::kVectorRows, dimension, 0};
  const AnyRow rules;
  const vectordb::ExactSearch exact{vectordb::Distance::dot, dimension, {&block, 1}, rules, {}};

  bench::begin_measuring();
  std::uint64_t sum = 0;
  for (std::uint64_t query = 0; query < count; query += together) {
    const std::size_t now = std::min<std::uint64_t>(together, count - query);
    const std::vector<std::size_t> limits(now, bench::kNearest);
    for (const auto& found : exact.run(std::span(queries).subspan(query * dimension, now * dimension), limits)) {
      sum += found.front().row;
    }
  }
  return sum;
}

const bench::Workload kExact128("exact_128", [](std::uint64_t count) { return search(128, 1, count); });
const bench::Workload kExact512("exact_512", [](std::uint64_t count) { return search(512, 1, count); });
const bench::Workload kBatch128("exact_batch_128",
                                [](std::uint64_t count) { return search(128, bench::kQueriesTogether, count); });
const bench::Workload kBatch512("exact_batch_512",
                                [](std::uint64_t count) { return search(512, bench::kQueriesTogether, count); });

}  // namespace

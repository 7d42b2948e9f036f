// faiss: a flat index by inner product, one query at a time and many.
#include <faiss/IndexFlat.h>

#include <algorithm>

#include "bench/program.h"
#include "bench/vectors.h"

extern "C" void omp_set_num_threads(int threads);  // of libgomp, which faiss brings

namespace {

std::uint64_t search(std::size_t dimension, std::size_t together, std::uint64_t count) {
  omp_set_num_threads(1);
  const std::vector<float> rows = bench::make_rows(dimension);
  const std::vector<float> queries = bench::make_queries(rows, dimension, count);
  faiss::IndexFlatIP index(static_cast<faiss::Index::idx_t>(dimension));
  index.add(bench::kVectorRows, rows.data());
  std::vector<float> scores(together * bench::kNearest);
  std::vector<faiss::Index::idx_t> found(together * bench::kNearest);

  bench::begin_measuring();
  std::uint64_t sum = 0;
  for (std::uint64_t query = 0; query < count; query += together) {
    const std::uint64_t now = std::min<std::uint64_t>(together, count - query);
    index.search(static_cast<faiss::Index::idx_t>(now), queries.data() + query * dimension, bench::kNearest,
                 scores.data(), found.data());
    for (std::uint64_t i = 0; i < now; ++i) sum += static_cast<std::uint64_t>(found[i * bench::kNearest]);
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

// Ten searches in a vector database: one by one, side by side, and as one batch.
#include <cstdio>

#include "ringback/async/gather.h"
#include "ringback/async/sleep.h"
#include "ringback/async/wait.h"
#include "ringback/driver/virtual_driver.h"
#include "vectordb/collection/database.h"

using namespace ringback;
using namespace std::chrono_literals;
using vectordb::Collection;
using vectordb::Hit;

std::vector<float> direction(int degrees_by_ten) {
  const float along = static_cast<float>(10 - degrees_by_ten);
  return {along, static_cast<float>(degrees_by_ten)};
}

// [search]
// 100 ms stand for the network between a program and a database far away.
Task<std::vector<Hit>> search_vector(Collection points, std::vector<float> query) {
  co_await sleep(100ms);
  co_return co_await points.search(std::move(query));
}
// [/search]

// [one_by_one]
Task<std::vector<std::vector<Hit>>> one_by_one(Collection points) {
  std::vector<std::vector<Hit>> results;
  for (int i = 0; i < 10; ++i) {
    results.push_back(co_await search_vector(points, direction(i)));  // the next one waits for this one
  }
  co_return results;
}
// [/one_by_one]

// [gathered]
Task<std::vector<std::vector<Hit>>> gathered(Collection points) {
  std::vector<Task<std::vector<Hit>>> searches;
  for (int i = 0; i < 10; ++i) searches.push_back(search_vector(points, direction(i)));
  co_return co_await gather(std::move(searches));  // in the order of the arguments
}
// [/gathered]

// [batch]
// One call over the network instead of ten; the rows are read once for all of them.
Task<std::vector<std::vector<Hit>>> as_one_batch(Collection points) {
  std::vector<std::vector<float>> queries;
  for (int i = 0; i < 10; ++i) queries.push_back(direction(i));
  co_await sleep(100ms);
  co_return co_await points.batch_search(std::move(queries));
}
// [/batch]

void measure(const char* how, Task<std::vector<std::vector<Hit>>> work) {
  const TimePoint begin = inline_loop().now();
  const auto results = wait(std::move(work));
  std::printf("%s: %.2fs\n  nearest:", how, std::chrono::duration<double>(inline_loop().now() - begin).count());
  for (const auto& hits : results) std::printf(" %s", hits.front().id.text().c_str());
  std::printf("\n");
}

int main() {
  set_inline_driver(std::make_unique<VirtualDriver>());
  vectordb::Database database;
  const Collection points = wait(database.create("directions", {.dimension = 2}));
  std::vector<vectordb::Point> all;
  for (int i = 0; i < 10; ++i) all.push_back({.id = 100 + i, .vector = direction(i)});
  wait(points.upsert(std::move(all)));

  measure("one by one", one_by_one(points));
  measure("side by side", gathered(points));
  measure("one batch", as_one_batch(points));
}

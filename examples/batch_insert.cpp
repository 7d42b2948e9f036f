// A hundred vectors into a database: one by one, side by side, and as one batch with an outcome for each.
#include <cstdio>

#include "ringback/async/map.h"
#include "ringback/async/sleep.h"
#include "ringback/async/wait.h"
#include "ringback/driver/virtual_driver.h"
#include "vectordb/collection/database.h"

using namespace ringback;
using namespace std::chrono_literals;
using vectordb::Collection;
using vectordb::NewPoint;
using vectordb::PointId;

std::vector<float> vector_of(int i) { return {static_cast<float>(i), 1, 2, 3}; }

// [insert]
// 50 ms stand for the network.
Task<PointId> insert(Collection points, int i) {
  co_await sleep(50ms);
  std::vector<NewPoint> one;
  one.push_back({.vector = vector_of(i)});
  auto outcomes = co_await points.batch_insert(std::move(one));
  co_return outcomes.front().value();
}
// [/insert]

// [one_by_one]
Task<std::size_t> one_by_one(Collection points) {
  for (int i = 0; i < 100; ++i) co_await insert(points, i);
  co_return co_await points.count();
}
// [/one_by_one]

// [side_by_side]
Task<std::size_t> side_by_side(Collection points) {
  std::vector<int> numbers(100);
  auto ids = co_await map(numbers, 100, [points](int i) { return insert(points, i); });  // a smaller number limits it
  co_return ids.size();
}
// [/side_by_side]

// [outcomes]
Task<> with_outcomes(Collection points) {
  std::vector<NewPoint> some;
  some.push_back({.id = 7, .vector = vector_of(7)});
  some.push_back({.vector = vector_of(8)});  // the collection gives it an id
  some.push_back({.vector = {1, 2}});
  some.push_back({.id = 7, .vector = vector_of(9)});
  const auto outcomes = co_await points.batch_insert(std::move(some));
  for (const Outcome<PointId>& id : outcomes) {
    std::printf("  %s\n", id ? id->text().c_str() : id.failure().describe().c_str());
  }
}
// [/outcomes]

void measure(const char* how, Task<std::size_t> work) {
  const TimePoint begin = inline_loop().now();
  const std::size_t count = wait(std::move(work));
  std::printf("%s: %zu in %.2fs\n", how, count, std::chrono::duration<double>(inline_loop().now() - begin).count());
}

int main() {
  set_inline_driver(std::make_unique<VirtualDriver>());
  vectordb::Database database;
  measure("one by one", one_by_one(wait(database.create("first", {.dimension = 4}))));
  measure("side by side", side_by_side(wait(database.create("second", {.dimension = 4}))));
  std::printf("one batch:\n");
  wait(with_outcomes(wait(database.create("third", {.dimension = 4}))));
}

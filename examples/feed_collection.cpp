// One producer of vectors and two consumers that store them, with a bounded queue between.
#include <cstdio>

#include "ringback/async/gather.h"
#include "ringback/async/run.h"
#include "ringback/async/sleep.h"
#include "ringback/driver/virtual_driver.h"
#include "ringback/sync/queue.h"
#include "vectordb/collection/database.h"

using namespace ringback;
using namespace std::chrono_literals;
using vectordb::Collection;
using vectordb::Ingested;
using vectordb::NewPoint;

// [producer]
Task<> producer(Queue<NewPoint>& queue, int count) {
  for (int i = 0; i < count; ++i) {
    NewPoint point{.id = i, .vector = {static_cast<float>(i), 1, 2, 3}};
    co_await queue.put(std::move(point));  // waits while the queue is full
    std::printf("made vector_%d\n", i);
    co_await sleep(100ms);
  }
  queue.close();
}
// [/producer]

// [consumer]
Task<> consumer(Queue<NewPoint>& queue, Collection points, const char* name) {
  for (;;) {
    auto point = co_await queue.next();
    if (!point) break;
    std::printf("%s takes vector_%s\n", name, point->id->text().c_str());
    std::vector<NewPoint> one;
    one.push_back(*std::move(point));
    co_await points.batch_upsert(std::move(one));
    co_await sleep(150ms);
  }
}
// [/consumer]

// [by_hand]
Task<std::size_t> by_hand(Collection points) {
  Queue<NewPoint> queue(5);
  co_await gather(producer(queue, 5), consumer(queue, points, "consumer A"), consumer(queue, points, "consumer B"));
  co_return co_await points.count();
}
// [/by_hand]

// [ingest]
// The same without a consumer of one's own: ingest() takes what there is, stores it together, and
// takes no more than it can store.
Task<std::size_t> by_ingest(Collection points) {
  Queue<NewPoint> queue(5);
  const auto ended = co_await gather(producer(queue, 5), points.ingest(queue));
  co_return std::get<Ingested>(ended).stored;
}
// [/ingest]

int main() {
  vectordb::Database database;
  const auto virtually = [](auto work) {
    return run(std::move(work), {.loop = {.driver = std::make_unique<VirtualDriver>()}});
  };
  std::printf("stored: %zu\n", virtually(by_hand(wait(database.create("a", {.dimension = 4})))));
  std::printf("stored: %zu\n", virtually(by_ingest(wait(database.create("b", {.dimension = 4})))));
}

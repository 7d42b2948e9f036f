#include <optional>
#include <random>
#include <vector>

#include "demo/tour_sections.h"
#include "ringback/async/gather.h"
#include "ringback/async/sleep.h"
#include "ringback/sync/queue.h"
#include "ringback/sync/semaphore.h"

namespace ringback::demo {
namespace {

using namespace std::chrono_literals;

using Vector = std::vector<double>;

std::vector<Vector> random_vectors(std::size_t count) {
  std::minstd_rand random(1);
  std::uniform_real_distribution<> component(0, 1);
  std::vector<Vector> vectors(count, Vector(4));
  for (Vector& vector : vectors) {
    for (double& value : vector) value = component(random);
  }
  return vectors;
}

Task<int> limited_task(Stage& stage, Semaphore& at_most, int index) {
  const TourWords& words = stage.words();
  const auto permit = co_await at_most.acquire();
  stage.line(words.limited_begins, {std::to_string(index)});
  co_await sleep(300ms);
  stage.line(words.limited_ends, {std::to_string(index)});
  co_return index;
}

Task<> three_at_a_time(Stage& stage) {
  Semaphore at_most(3);
  std::vector<Task<int>> tasks;
  for (int index = 0; index < 10; ++index) tasks.push_back(limited_task(stage, at_most, index));
  const TimePoint start = stage.now();
  const std::vector<int> results = co_await gather(std::move(tasks));
  stage.line_with_textbook(stage.words().took, {in_seconds(stage.now() - start)}, "1.20s");
  std::string list;
  for (const int result : results) list += (list.empty() ? "[" : ", ") + std::to_string(result);
  stage.line(stage.words().results, {list + "]"});
}

// A vector database that is only the delay to reach it.
class MockVectors {
 public:
  Task<std::size_t> insert(Vector vector) {
    const Duration network_delay = 50ms;
    co_await sleep(network_delay);
    data_.push_back(std::move(vector));
    co_return data_.size();
  }

  Task<std::vector<std::size_t>> batch_insert(std::vector<Vector> vectors) {
    std::vector<Task<std::size_t>> tasks;
    for (Vector& vector : vectors) tasks.push_back(insert(std::move(vector)));
    co_return co_await gather(std::move(tasks));
  }

 private:
  std::vector<Vector> data_;
};

Task<> hundred_inserts(Stage& stage) {
  const TourWords& words = stage.words();
  MockVectors database;
  const TimePoint start = stage.now();
  const std::vector<std::size_t> results = co_await database.batch_insert(random_vectors(100));
  const std::string if_sync = filled(words.if_sync, {"5s"});
  stage.line_with_textbook(words.inserted, {std::to_string(results.size()), in_seconds(stage.now() - start)},
                           "0.05s" + if_sync);
}

struct Item {
  int id;
  Vector vector;
};

Task<> producer(Stage& stage, Queue<Item>& queue, std::vector<Vector> vectors) {
  int id = 0;
  for (Vector& vector : vectors) {
    co_await queue.put({id, std::move(vector)});
    stage.line(stage.words().produced, {std::to_string(id++)});
    co_await sleep(100ms);
  }
  queue.close();  // The original hands a None from consumer to consumer instead.
}

Task<> consumer(Stage& stage, Queue<Item>& queue, std::string_view name) {
  while (true) {
    const std::optional<Item> item = co_await queue.next();
    if (!item.has_value()) break;
    stage.line(stage.words().consumed, {std::string(name), std::to_string(item->id)});
    co_await sleep(150ms);
  }
}

Task<> one_queue(Stage& stage) {
  const TourWords& words = stage.words();
  Queue<Item> queue(5);
  const TimePoint start = stage.now();
  co_await gather(producer(stage, queue, random_vectors(5)), consumer(stage, queue, words.consumer_a),
                  consumer(stage, queue, words.consumer_b));
  stage.line_with_time(words.both_ended, {}, stage.now() - start, "0.55s");
}

}  // namespace

void bounding(Stage& stage) {
  stage.line(stage.words().limit_title);
  stage.on_loop(three_at_a_time);
}

void inserting(Stage& stage) {
  stage.line(stage.words().insert_title);
  stage.on_loop(hundred_inserts);
}

void producing_and_consuming(Stage& stage) {
  stage.line(stage.words().queue_title);
  stage.on_loop(one_queue);
}

}  // namespace ringback::demo

#include <random>
#include <vector>

#include "demo/tour_sections.h"
#include "ringback/async/completion.h"
#include "ringback/async/gather.h"
#include "ringback/async/map.h"
#include "ringback/async/sleep.h"
#include "ringback/async/start.h"
#include "ringback/async/wait.h"

namespace ringback::demo {
namespace {

using namespace std::chrono_literals;

// One operation for both ways: how it is waited for makes the difference.
Task<std::string> named_task(Stage& stage, std::string_view begins, std::string_view ends, std::string name) {
  stage.line(begins, {name});
  co_await sleep(300ms);
  stage.line(ends, {name});
  co_return name;
}

Task<> three_side_by_side(Stage& stage) {
  const TourWords& words = stage.words();
  const TimePoint start = stage.now();
  co_await gather(named_task(stage, words.async_begins, words.async_ends, "A"),
                  named_task(stage, words.async_begins, words.async_ends, "B"),
                  named_task(stage, words.async_begins, words.async_ends, "C"));
  stage.line_with_textbook(words.async_total, {in_seconds(stage.now() - start)}, "0.30s");
}

struct Found {
  int query_id;
  std::vector<double> results;
};

Task<Found> search(int query_id) {
  const Duration network_delay = 100ms;
  co_await sleep(network_delay);
  std::minstd_rand random(static_cast<unsigned>(query_id) + 1);
  std::uniform_real_distribution<> score(0, 1);
  Found found{query_id, {score(random), score(random), score(random)}};
  co_return found;
}

Task<> ten_side_by_side(Stage& stage) {
  const TourWords& words = stage.words();
  const TimePoint start = stage.now();
  std::vector<Task<Found>> searches;
  for (int query_id = 0; query_id < 10; ++query_id) searches.push_back(search(query_id));
  const std::vector<Found> found = co_await gather(std::move(searches));
  stage.line_with_textbook(words.async_took, {in_seconds(stage.now() - start)}, "0.10s");
  stage.line(words.got, {std::to_string(found.size())});
}

Task<std::vector<int>> fetch_data() {
  co_await sleep(100ms);
  co_return std::vector<int>{1, 2, 3};
}

Task<int> process_data(std::vector<int> data) {
  co_await sleep(100ms);
  int sum = 0;
  for (int value : data) sum += value;
  co_return sum;
}

Task<std::string> save_data(int) {
  co_await sleep(100ms);
  co_return "saved";
}

// Three steps, each begun in the callback of the one before: the pyramid that co_await flattens.
// A failed step throws out of *outcome; `done` is then dropped, which fails whoever waits for it.
void in_callback_style(Completer<std::string> done) {
  start(fetch_data(), [done](Outcome<std::vector<int>> data) {
    start(process_data(*std::move(data)), [done](Outcome<int> processed) {
      start(save_data(*processed), [done](Outcome<std::string> status) { done.complete(*std::move(status)); });
    });
  });
}

Task<> callback_style(Stage& stage) {
  const TimePoint start = stage.now();
  Completion<std::string> completion;
  in_callback_style(completion.completer());
  const std::string status = co_await completion;
  stage.line_with_time(stage.words().callback_done, {status}, stage.now() - start, "0.30s");
}

Task<> await_style(Stage& stage) {
  const TimePoint start = stage.now();
  std::vector<int> data = co_await fetch_data();
  const int processed = co_await process_data(std::move(data));
  const std::string status = co_await save_data(processed);
  stage.line_with_time(stage.words().await_done, {status}, stage.now() - start, "0.30s");
}

}  // namespace

void basics(Stage& stage) {
  const TourWords& words = stage.words();
  stage.line(words.basics_title);

  stage.line();
  stage.line(words.sync_three);
  const TimePoint start = stage.now();
  for (const char* name : {"A", "B", "C"}) wait(named_task(stage, words.sync_begins, words.sync_ends, name));
  stage.line_with_textbook(words.sync_total, {in_seconds(stage.now() - start)}, "0.90s");

  stage.line();
  stage.line(words.async_three);
  stage.on_loop(three_side_by_side);
}

void searching(Stage& stage) {
  const TourWords& words = stage.words();
  stage.line(words.search_title);

  stage.line();
  stage.line(words.sync_search);
  const TimePoint start = stage.now();
  std::vector<Found> found;
  for (int query_id = 0; query_id < 10; ++query_id) found.push_back(wait(search(query_id)));
  stage.line_with_textbook(words.sync_took, {in_seconds(stage.now() - start)}, "1.00s");
  stage.line(words.got, {std::to_string(found.size())});

  stage.line();
  stage.line(words.async_search);
  stage.on_loop(ten_side_by_side);
}

void callback_and_await(Stage& stage) {
  stage.line(stage.words().callback_title);
  stage.line(stage.words().callback_style);
  stage.on_loop(callback_style);
  stage.line(stage.words().await_style);
  stage.on_loop(await_style);
}

}  // namespace ringback::demo

// The three places behind one loop: what waits, what blocks, and what computes and may go wrong.
#include <csignal>
#include <cstdio>
#include <thread>

#include "ringback/async/gather.h"
#include "ringback/async/on.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/run.h"
#include "ringback/async/timeout.h"
#include "ringback/exec/pool.h"
#include "ringback/io/line_reader.h"
#include "ringback/io/process_pool.h"
#include "ringback/io/run_process.h"

using namespace ringback;
using namespace std::chrono_literals;

// [functions]
const ProcessFunction<std::size_t(std::string)> count_words("count_words", [](std::string text) {
  std::size_t words = 0;
  bool inside = false;
  for (const char c : text) {
    const bool is_letter = c != ' ' && c != '\n';
    words += is_letter && !inside ? 1 : 0;
    inside = is_letter;
  }
  return words;
});

const ProcessFunction<int(std::string)> parse_untrusted("parse_untrusted", [](std::string text) {
  if (text.starts_with("bad")) std::raise(SIGKILL);  // A parser in C, and a file made to break it.
  return static_cast<int>(text.size());
});

const ProcessFunction<void()> never_ends("never_ends", [] {
  for (volatile bool go_on = true; go_on;) {
  }
});
// [/functions]

// [blocking]
// What a library that knows nothing of us would do.
std::string query_database(int id) {
  std::this_thread::sleep_for(5ms);
  return "row " + std::to_string(id);
}
std::string read_archive(int id) {
  std::this_thread::sleep_for(5ms);
  return "tape " + std::to_string(id);
}
// [/blocking]

// [hybrid]
struct Places {
  Pool database{{.threads = 2, .queue_max = 8, .name = "db"}};      // as many as it has connections
  Pool archive{{.threads = 1, .queue_max = 2, .name = "archive"}};  // one reader: it can never hold up the database
  ProcessPool compute{{.workers = 2}};
};

Task<std::string> answer(Places& places, int id) {
  auto rows = co_await gather(offload(places.database, [id] { return query_database(id); }),
                              offload(places.archive, [id] { return read_archive(id); }));
  const std::string text = std::get<0>(rows) + " and " + std::get<1>(rows);
  const std::size_t words = co_await timeout(10s, places.compute.call(count_words, text));
  co_return text + ": " + std::to_string(words) + " words";
}
// [/hybrid]

// [isolation]
Task<> what_goes_wrong(ProcessPool& compute) {
  auto crashed = co_await outcome(compute.call(parse_untrusted, "bad file"));
  std::printf("%s\n", crashed.failure().describe().c_str());
  auto late = co_await outcome(timeout(50ms, compute.call(never_ends)));  // kills the worker
  std::printf("%s\n", late.failure().describe().c_str());
  const int size = co_await compute.call(parse_untrusted, "good file");  // in another one
  std::printf("parsed %d bytes\n", size);
}
// [/isolation]

// [run]
Task<> other_programs() {
  ProcessOutput sorted = co_await timeout(5s, run_process({"sort", "-n"}, {.input = "10\n9\n1\n"}));
  std::printf("%s%s\n", sorted.output.c_str(), sorted.end.describe().c_str());
  auto late = co_await outcome(timeout(20ms, run_process({"sleep", "1000"})));  // stopped, and waited for
  std::printf("%s\n", late.failure().describe().c_str());
}
// [/run]

// [talk]
Task<> talk() {
  Process cat({"cat"}, {.input = StandardStream::pipe(), .output = StandardStream::pipe()});
  LineReader lines(cat.output());
  for (const char* question : {"one\n", "two\n"}) {
    co_await cat.input().write(question);
    auto line = co_await lines.next();
    std::printf("cat says %s\n", line->c_str());
  }
  cat.input().close();
  const ProcessEnd end = co_await cat.wait();
  std::printf("%s\n", end.describe().c_str());
}
// [/talk]

Task<> program(Places& places) {
  auto answers = co_await gather(answer(places, 1), answer(places, 2));
  std::printf("%s\n%s\n", std::get<0>(answers).c_str(), std::get<1>(answers).c_str());
  co_await what_goes_wrong(places.compute);
  co_await other_programs();
  co_await talk();
  co_await places.compute.shutdown();
}

// [main]
int main(int argc, char** argv) {
  process_worker_main(argc, argv);  // In a worker it does not return.
  Places places;
  run(program(places));  // A Loop, on this thread.
}
// [/main]

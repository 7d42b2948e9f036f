// A Pipeline instead of callbacks inside callbacks: ways that part and meet, many at once, a stream that is
// held back, an attempt after a failure, and an observer that shows what ran below what.
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "ringback/async/run.h"
#include "ringback/async/sleep.h"
#include "ringback/driver/virtual_driver.h"
#include "ringback/pipeline/branch.h"
#include "ringback/pipeline/pipeline.h"
#include "ringback/pipeline/stage.h"
#include "ringback/trace/timing_observer.h"

using namespace ringback;
using namespace std::chrono_literals;

using Hits = std::vector<std::string>;

// [sources]
Task<Hits> search_web(std::string question) {
  co_await sleep(30ms);
  Hits hits{"web: " + question};
  co_return hits;
}
Task<Hits> search_archive(std::string question) {
  co_await sleep(50ms);
  Hits hits{"archive: " + question, "archive: more of it"};
  co_return hits;
}
Hits merge(Hits web, Hits archive) {
  web.insert(web.end(), archive.begin(), archive.end());
  return web;
}
Task<std::string> summarise(std::string hit) {
  co_await sleep(20ms);
  co_return "[" + hit + "]";
}
std::string join(std::vector<std::string> parts) {
  std::string text;
  for (const std::string& part : parts) text += part;
  return text;
}
std::string greet(std::string) { return "good day"; }
bool is_greeting(const std::string& text) { return text == "hello"; }
// [/sources]

// [build]
// Both searches at once; each hit summarised, two at a time, in order; greetings go another way.
Pipeline<std::string, std::string> make_answer() {
  const auto searched = parallel(stage("web", search_web), stage("archive", search_archive)) | stage("merge", merge) |
                        parallel_map(stage("summarise", summarise), 2) | stage("join", join);
  return branch("answer", when(is_greeting, stage("greet", greet)), searched.with_name("search"));
}
// [/build]

// [tree]
// Indents each run below the one that it is a part of.
class Tree final : public Observer {
 public:
  void on_start(const RunEvent& event) override {
    const int depth = depths_[event.parent] + 1;
    depths_[event.run] = depth;
    std::printf("%*s%.*s\n", 2 * depth, "", static_cast<int>(event.name.size()), event.name.data());
  }

 private:
  std::map<RunId, int> depths_;
};
// [/tree]

// [run]
Task<> answers() {
  const auto answer = make_answer();
  Tree tree;
  auto text = co_await answer.ainvoke("callbacks", {.observers = {&tree}});
  std::printf("%s\n", text.c_str());

  const BatchOptions two_at_once{.max_concurrency = 2};
  auto texts = co_await answer.batch({"hello", "loops", "hello"}, two_at_once);
  std::printf("%s, %s, %s\n", texts[0].c_str(), texts[1].c_str(), texts[2].c_str());
}
// [/run]

// [stream]
Stream<std::string> words_of(std::string text) {
  std::string word;
  for (char letter : text + " ") {
    if (letter != ' ') {
      word += letter;
      continue;
    }
    std::printf("  made %s\n", word.c_str());
    co_yield word;
    word.clear();
  }
}
Task<std::string> say(std::string word) {
  co_await sleep(10ms);  // slower than they are made
  std::printf("  said %s\n", word.c_str());
  co_return word;
}

// say() is called for each word; at most one waits for it, and words_of() with it.
Task<> speak() {
  const auto speech = stage("words", words_of) | buffered(1) | stage("say", say);
  co_await stream::for_each(speech.stream("one two three four"), [](std::string) {});
}
// [/stream]

// [retry]
class Flaky {
 public:
  std::string operator()(std::string text) const {
    if (failures_left_-- > 0) throw Error(ErrorKind::reset, "fetch", "the connection broke");
    return text + " at last";
  }

 private:
  mutable int failures_left_ = 2;
};

class Attempts final : public Observer {
 public:
  void on_retry(const RunEvent& event) override {
    std::printf("attempt %zu, for: %s\n", event.number, event.failure->describe().c_str());
  }
};

Task<> try_again() {
  const auto fetch = stage("fetch", Flaky()).with_retry({.attempts = 3}).with_timeout(10s);
  Attempts attempts;
  auto text = co_await fetch.ainvoke("a page", {.observers = {&attempts}});
  std::printf("%s\n", text.c_str());
}
// [/retry]

// [times]
Task<> measure() {
  const auto answer = make_answer();
  TimingObserver times;
  co_await answer.ainvoke("callbacks", {.observers = {&times}});
  std::printf("%s", times.table().c_str());
}
// [/times]

Task<> all() {
  co_await answers();
  co_await measure();
  co_await speak();
  co_await try_again();
}

// On virtual time, so that it prints the same everywhere and takes no time.
int main() { run(all(), {.loop = {.driver = std::make_unique<VirtualDriver>()}}); }

// A handler that hears what a chain does, in the three models: one definition, the same events, on
// another thread.
#include <cstdio>
#include <string>
#include <thread>

#include "ringback/async/run.h"
#include "ringback/async/sleep.h"
#include "ringback/exec/pool.h"
#include "ringback/pipeline/pipeline.h"
#include "ringback/pipeline/stage.h"

using namespace ringback;
using namespace std::chrono_literals;

// [chain]
Task<std::string> look_up(std::string question) {
  co_await sleep(1ms);
  if (question.empty()) throw Error(ErrorKind::invalid, "look up", "nothing was asked");
  co_return "three pages on " + question;
}

std::string sum_up(std::string pages) { return "a summary of " + pages; }

const auto chain = (stage("look up", look_up) | stage("sum up", sum_up)).with_name("chain");
// [/chain]

// [handler]
// Overrides what it wants to hear of. Start and end of every stage come too; this one asks for the chain's.
class Printing final : public Observer {
 public:
  void on_start(const RunEvent& event) override { say("start", event, event.name); }
  void on_step(const RunEvent& event) override { say("step ", event, event.step); }
  void on_end(const RunEvent& event) override { say("end  ", event, *event.value<std::string>()); }
  void on_error(const RunEvent& event) override { say("error", event, event.failure->describe()); }

 private:
  void say(const char* what, const RunEvent& event, std::string_view text) const {
    if (event.parent != RunId::none) return;  // of a stage
    const bool is_caller = std::this_thread::get_id() == caller_;
    const std::string line(text);
    std::printf("  %s  %-40s on %s thread\n", what, line.c_str(), is_caller ? "the caller's" : "a worker's");
  }
  const std::thread::id caller_ = std::this_thread::get_id();
};
// [/handler]

// [waiting]
// A handler that may wait, say to send what it has heard somewhere. The chain goes on when it has.
class Sending final : public AsyncObserver {
 public:
  Task<> on_end(RunEvent event) override {
    const std::string name(event.name);
    co_await sleep(1ms);
    std::printf("  (sent: %s has ended)\n", name.c_str());
  }
};
// [/waiting]

// [await]
Task<> ask(std::string question, Printing& printing, Sending& sending) {
  co_await chain.ainvoke(std::move(question), {.observers = {&printing, &sending}});
}
// [/await]

int main() {
  Printing printing;
  Sending sending;
  Pool pool({.threads = 1});
  // [models]
  std::printf("invoke: the caller waits\n");
  chain.invoke("callbacks", {.observers = {&printing}});

  std::printf("ainvoke: the caller's loop goes on\n");
  run(ask("callbacks", printing, sending));

  std::printf("submit: a worker does it\n");
  chain.submit(pool, "callbacks", {.observers = {&printing}}).get();

  std::printf("an error is heard of, and thrown, in each\n");
  Future<std::string> nothing = chain.submit(pool, "", {.observers = {&printing}});
  try {
    nothing.get();
  } catch (const Error& error) {
    std::printf("  thrown: %s\n", error.what());
  }
  // [/models]
}

// A handler that hears what a chain does, in the three models: the same calls, on another thread.
#include <cstdio>
#include <string>
#include <thread>

#include "ringback/async/future.h"
#include "ringback/async/run.h"
#include "ringback/async/sleep.h"
#include "ringback/exec/pool.h"

using namespace ringback;
using namespace std::chrono_literals;

// [handler]
// What wants to know of a chain overrides what it wants to hear of.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual void on_start(const std::string&) {}
  virtual void on_step(const std::string&) {}
  virtual void on_end(const std::string&) {}
  virtual void on_error(const std::string&) {}
};
// [/handler]

// [chain]
Task<std::string> look_up(std::string question) {
  co_await sleep(1ms);
  if (question.empty()) throw Error(ErrorKind::invalid, "look up", "nothing was asked");
  co_return "three pages on " + question;
}

Task<std::string> sum_up(std::string pages) {
  co_await sleep(1ms);
  co_return "a summary of " + pages;
}

Task<std::string> steps(std::string question, Handler& handler) {
  std::string pages = co_await look_up(std::move(question));
  handler.on_step(pages);
  co_return co_await sum_up(std::move(pages));
}

// Start, the steps, then exactly one of end and error.
Task<std::string> chain(std::string question, Handler& handler) {
  handler.on_start(question);
  auto answer = co_await outcome(steps(std::move(question), handler));
  if (!answer) {
    handler.on_error(answer.failure().describe());
    answer.failure().raise();
  }
  handler.on_end(*answer);
  co_return *answer;
}
// [/chain]

// [printing]
class Printing final : public Handler {
 public:
  void on_start(const std::string& question) override { say("start", question); }
  void on_step(const std::string& pages) override { say("step ", pages); }
  void on_end(const std::string& answer) override { say("end  ", answer); }
  void on_error(const std::string& error) override { say("error", error); }

 private:
  void say(const char* what, const std::string& text) const {
    const bool is_caller = std::this_thread::get_id() == caller_;
    std::printf("  %s  %-44s on %s thread\n", what, text.c_str(), is_caller ? "the caller's" : "a worker's");
  }
  const std::thread::id caller_ = std::this_thread::get_id();
};
// [/printing]

int main() {
  Printing handler;
  // [models]
  std::printf("invoke: the caller waits\n");
  wait(chain("callbacks", handler));

  std::printf("ainvoke: the caller's loop goes on\n");
  run(chain("callbacks", handler));

  std::printf("submit: a worker does it\n");
  Pool pool({.threads = 1});
  spawn(pool, chain("callbacks", handler)).get();

  std::printf("an error is heard of, and thrown, in each\n");
  Future<std::string> nothing = spawn(pool, chain("", handler));
  try {
    nothing.get();
  } catch (const Error& error) {
    std::printf("  thrown: %s\n", error.what());
  }
  // [/models]
}

// What goes wrong with callbacks and threads, and what becomes of it: nesting, lost errors, threads that nobody
// closes, callbacks that nobody lets go of.
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>

#include "ringback/async/future.h"
#include "ringback/async/sleep.h"
#include "ringback/async/start.h"
#include "ringback/async/timeout.h"
#include "ringback/exec/pool.h"
#include "ringback/pipeline/emitter.h"
#include "ringback/pipeline/pipeline.h"
#include "ringback/pipeline/stage.h"

using namespace ringback;
using namespace std::chrono_literals;

// [steps]
std::string fetch(std::string page) {
  if (page.empty()) throw Error(ErrorKind::invalid, "fetch", "a page without a name");
  return page + ", fetched";
}
std::string parse(std::string data) { return data + ", parsed"; }
std::string save(std::string data) { return data + ", saved"; }
// [/steps]

// [hell]
// Each step inside the callback of the one before, each with its own "and if not".
void nested(Pool& pool, std::string page, unique_function<void(std::string)> done) {
  start([page] { return fetch(page); }, on(pool),
        [&pool, done = std::move(done)](Outcome<std::string> data) mutable {
          if (!data) return done(data.failure().describe());
          start([data = *data] { return parse(data); }, on(pool),
                [&pool, done = std::move(done)](Outcome<std::string> tree) mutable {
                  if (!tree) return done(tree.failure().describe());
                  start([tree = *tree] { return save(tree); }, on(pool),
                        [done = std::move(done)](Outcome<std::string> end) mutable {
                          done(end ? *end : end.failure().describe());
                        });
                });
        });
}
// [/hell]

// [chain]
// The same with a name for each step: an error skips the rest, and arrives at the end.
const auto chained = stage("fetch", fetch) | stage("parse", parse) | stage("save", save);
// [/chain]

void hell_and_chain() {
  {
    Pool pool({.threads = 1});
    nested(pool, "news", [](std::string end) { std::printf("nested:  %s\n", end.c_str()); });
  }
  std::printf("chained: %s\n", chained.invoke("news").c_str());
  const auto failed = wait_outcome(chained.ainvoke(""));
  std::printf("chained: %s\n", failed.failure().describe().c_str());
}

// [lost]
// Where an error arrives that nobody receives. Without a hook of yours it is printed, with the place of creation.
void report(const Unhandled& unhandled) noexcept {
  std::printf("hook:    %s: %.*s\n", unhandled.failure.describe().c_str(), static_cast<int>(unhandled.what.size()),
              unhandled.what.data());
}

void lost_errors() {
  {
    Pool pool({.threads = 1});
    start([] { return 1; }, on(pool), [](const Outcome<int>&) { throw std::runtime_error("thrown in a callback"); });
    spawn(pool, [] { throw std::runtime_error("of work whose future nobody kept"); });
  }
  Emitter<> closed;
  Registration bad = closed.on([] { throw std::runtime_error("of a listener"); });
  Registration good = closed.on([] { std::printf("the other listener is called all the same\n"); });
  closed.emit();
}
// [/lost]

// [threads]
// The block is the pool's: nothing that it was given, and nothing that that has started, is left when it ends.
void unclosed_threads() {
  {
    Pool pool({.threads = 2});
    start(sleep(20ms), on(pool), [&pool](const Outcome<void>&) {
      start([] { return 1; }, on(pool), [](const Outcome<int>&) { std::printf("the last callback of the pool\n"); });
    });
  }
  std::printf("its threads have been joined\n");
}
// [/threads]

// [released]
void callbacks_that_are_kept() {
  const auto session = std::make_shared<std::string>("what a callback captured");
  const auto holders = [&] { return static_cast<int>(session.use_count()) - 1; };
  Emitter<> logout;
  Registration always = logout.on([session] {});
  Registration once = logout.once([session] {});
  std::printf("registered: %d hold it\n", holders());
  logout.emit();
  std::printf("after the call: %d\n", holders());
  always.remove();
  std::printf("after remove(): %d\n", holders());

  Pool pool({.threads = 1});
  Future<int> answer = spawn(pool, [] { return 42; });
  answer.on_done([session](const Outcome<int>&) {});
  pool.shutdown();
  std::printf("after the end of the work, the future still there: %d\n", holders());
}
// [/released]

int main() {
  set_unhandled_hook(report);
  hell_and_chain();
  lost_errors();
  unclosed_threads();
  callbacks_that_are_kept();
}

// The same three steps as nested callbacks, as a chain of futures, and as a coroutine.
#include <cstdio>
#include <string>

#include "ringback/async/run.h"
#include "ringback/async/sleep.h"
#include "ringback/async/start.h"
#include "ringback/driver/virtual_driver.h"

using namespace ringback;
using namespace std::chrono_literals;

// [steps]
Task<std::string> fetch_data() {
  co_await sleep(100ms);
  co_return "data";
}

Task<std::string> process_data(std::string data) {
  co_await sleep(100ms);
  if (data.empty()) throw Error(ErrorKind::invalid, "process", "there is no data");
  co_return data + ", processed";
}

Task<std::string> save_data(std::string data) {
  co_await sleep(100ms);
  co_return data + ", saved";
}
// [/steps]

void report(const char* how, const Outcome<std::string>& end) {
  std::printf("%s: %s\n", how, end ? end->c_str() : end.failure().describe().c_str());
}

// [callbacks]
void with_callbacks(Loop& loop) {
  start(fetch_data(), on(loop), [&loop](Outcome<std::string> data) {
    if (!data) return report("callbacks", data);
    start(process_data(*data), on(loop), [&loop](Outcome<std::string> result) {
      if (!result) return report("callbacks", result);
      start(save_data(*result), on(loop), [](Outcome<std::string> saved) { report("callbacks", saved); });
    });
  });
}
// [/callbacks]

// [futures]
void with_futures(Loop& loop) {
  spawn(loop, fetch_data()).then(process_data).then(save_data).on_done([](const Outcome<std::string>& saved) {
    report("futures", saved);
  });
}
// [/futures]

// [coroutine]
Task<std::string> with_a_coroutine() {
  auto data = co_await fetch_data();
  auto result = co_await process_data(data);
  co_return co_await save_data(result);
}
// [/coroutine]

int main() {
  Loop loop({.driver = std::make_unique<VirtualDriver>()});
  with_callbacks(loop);
  with_futures(loop);
  start(with_a_coroutine(), on(loop), [](Outcome<std::string> saved) { report("coroutine", saved); });
  loop.run_until(Deadline::at(loop.now() + 1s));
}

// A line for each event of pipelines, to a sink of yours. The library itself prints nothing.
//
//   LogObserver log([](std::string_view line) { std::fprintf(stderr, "%.*s\n", int(line.size()), line.data()); });
//   chain.invoke(question, {.observers = {&log}});
//
//   start answer #16
//   start retrieve #17 in #16
//   retry retrieve #17 in #16: attempt 2 after 100 ms: connect: refused
//   end retrieve #17 in #16
//   step answer #16: retrieve
//
// Lines hold names, numbers and the text of errors; never what is worked on.
//
// Threads: any; the sink is called by one at a time, and must not wait for a run that logs to it.
// Errors: what the sink throws is thrown by the event: see observer.h.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "ringback/base/unique_function.h"
#include "ringback/pipeline/observer.h"

namespace ringback {

class LogObserver final : public Observer {
 public:
  explicit LogObserver(unique_function<void(std::string_view line)> sink) : sink_(std::move(sink)) {}

  // An event as such a line.
  static std::string line(const RunEvent& event);

  void on_event(const RunEvent& event) override;

 private:
  std::mutex lock_;
  unique_function<void(std::string_view line)> sink_;
};

}  // namespace ringback

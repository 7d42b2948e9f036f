// How far pipelines are: the items that a stream has given, the inputs of a batch that are done.
//
//   ProgressObserver progress([](const RunProgress& now) { draw(now.done, now.total); }, {.total = inputs.size()});
//   auto results = co_await chain.batch(std::move(inputs), {.observers = {&progress}});
//
// Counts for the runs that it was given to, not for what is below them: one for each item, and one for a
// run that has ended, whichever way, without any.
//
// Threads: any; `report` is called by one at a time, and must not wait for a run that it is told of.
// Errors: what `report` throws is thrown by the event: see observer.h.
// Cost: a lock for an event, and a look-up.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "ringback/base/unique_function.h"
#include "ringback/pipeline/observer.h"

namespace ringback {

struct RunProgress {
  std::size_t done = 0;
  // Of these: runs that failed or were cancelled without an item.
  std::size_t failed = 0;
  // As was said to the observer.
  std::optional<std::size_t> total;
  // Since the first start, by the clock of the runs' executor.
  Duration elapsed{};
};

struct ProgressOptions {
  std::optional<std::size_t> total = std::nullopt;
  // There is a report at most once in so long, and one whenever none of the runs is left.
  Duration every = std::chrono::milliseconds(100);
};

class ProgressObserver final : public Observer {
 public:
  explicit ProgressObserver(unique_function<void(const RunProgress&)> report, ProgressOptions options = {})
      : report_(std::move(report)), options_(options) {}

  // So far, throttled or not.
  RunProgress progress() const;

  void on_event(const RunEvent& event) override;

 private:
  void start(const RunEvent& event);
  bool count_item(const RunEvent& event);
  bool end(const RunEvent& event);
  void report(const RunEvent& event);

  unique_function<void(const RunProgress&)> report_;
  const ProgressOptions options_;

  mutable std::mutex lock_;
  RunProgress progress_;
  std::optional<TimePoint> begun_;
  std::optional<TimePoint> reported_;
  std::unordered_map<RunId, std::size_t> items_;  // of the runs that it was given to, while they last
  std::unordered_set<RunId> below_;
};

}  // namespace ringback

// How long the runs of pipelines take, by name: how many, how long together, the longest.
//
//   TimingObserver times;
//   chain.invoke(question, {.observers = {&times}});
//   std::fputs(times.table().c_str(), stderr);
//
// Given to a call it has a row for each stage too; attached to one (with_observers) that one's. A run's
// time is from its start to its last event, waiting included, by the clock of its executor: virtual in tests.
//
// Threads: any, also reading while runs go on.
// Cost: a lock for the first and the last event of a run.
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "ringback/pipeline/observer.h"

namespace ringback {

class TimingObserver final : public Observer {
 public:
  // Runs of one name that have ended.
  struct Row {
    std::string name;
    std::size_t runs = 0;
    // Of these; a retry is no run.
    std::size_t failed = 0;
    std::size_t cancelled = 0;
    std::size_t retries = 0;
    Duration total{};
    Duration longest{};
  };

  // In the order in which the names were first heard.
  std::vector<Row> rows() const;
  // The same as text, a line for each, with a heading.
  std::string table() const;

  void on_event(const RunEvent& event) override;

 private:
  Row& row(std::string_view name);
  void end(const RunEvent& event);

  mutable std::mutex lock_;
  std::vector<Row> rows_;
  std::unordered_map<RunId, TimePoint> begun_;
};

}  // namespace ringback

// Observers that keep what they hear, as text that is the same in every model.
#pragma once

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "ringback/async/sleep.h"
#include "ringback/pipeline/observer.h"
#include "tests/contract/models.h"

namespace ringback {

// What is wrong with the order of one listener's events: a run begins with `start`, has one end, and
// nothing after that; a parent outlasts its parts.
class RunOrder {
 public:
  void add(const RunEvent& event) {
    if (event.kind == RunEventKind::start) {
      if (!open_.insert(event.run).second || ended_.contains(event.run)) complain("a second start", event);
      if (ended_.contains(event.parent)) complain("a start below what has ended", event);
      return;
    }
    if (!open_.contains(event.run)) complain("not in a run", event);
    const bool is_last =
        event.kind == RunEventKind::end || event.kind == RunEventKind::error || event.kind == RunEventKind::cancelled;
    if (!is_last) return;
    open_.erase(event.run);
    ended_.insert(event.run);
  }
  std::string wrong() const { return open_.empty() ? wrong_ : wrong_ + "a run without an end; "; }

 private:
  void complain(const char* what, const RunEvent& event) {
    wrong_.append(what).append(": ").append(to_string(event.kind)).append(" ").append(event.name).append("; ");
  }
  std::set<RunId> open_;
  std::set<RunId> ended_;
  std::string wrong_;
};

// Threads: any.
class RunLog final : public Observer {
 public:
  void on_event(const RunEvent& event) override {
    std::lock_guard guard(lock_);
    order_.add(event);
    names_[event.run] = event.name;
    std::string parent = "-";
    if (event.parent != RunId::none) {
      const auto known = names_.find(event.parent);
      parent = known != names_.end() ? known->second : "?";
      parents_.insert(event.parent);
    }
    const std::string run = std::string(event.name).append("<").append(parent);
    entries_.push_back({event.kind, event.run, std::string(event.name), run, details(event)});
  }

  // "start two<-(1) ...": kind, name, the parent's name, and what else the event says.
  std::string text() const {
    return text_of([](const Entry&) { return true; });
  }
  std::string of_runs(std::set<std::string> names) const {
    return text_of([&](const Entry& entry) { return names.contains(entry.name); });
  }
  // A line for each run, sorted: what runs side by side has no order.
  std::string run_by_run() const {
    std::lock_guard guard(lock_);
    std::map<RunId, std::string> lines;
    for (const Entry& entry : entries_) {
      std::string& line = lines[entry.id];
      if (line.empty()) line = entry.run + ":";
      line.append(" ").append(to_string(entry.kind)).append(entry.details);
    }
    std::multiset<std::string> sorted;
    for (const auto& [id, line] : lines) sorted.insert(line);
    std::string text;
    for (const std::string& line : sorted) text.append(line).append("\n");
    return text;
  }
  std::string disorder() const {
    std::lock_guard guard(lock_);
    return order_.wrong();
  }
  std::size_t size() const {
    std::lock_guard guard(lock_);
    return entries_.size();
  }
  std::size_t count_of(RunEventKind kind) const {
    std::lock_guard guard(lock_);
    return static_cast<std::size_t>(
        std::count_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.kind == kind; }));
  }
  std::size_t count(const std::string& line) const {
    std::lock_guard guard(lock_);
    return static_cast<std::size_t>(
        std::count_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return line_of(entry) == line; }));
  }
  // The ids it has heard of, as runs and as parents.
  std::set<RunId> runs() const {
    std::lock_guard guard(lock_);
    std::set<RunId> ids;
    for (const auto& [id, name] : names_) ids.insert(id);
    return ids;
  }
  std::set<RunId> parents() const {
    std::lock_guard guard(lock_);
    return parents_;
  }
  void clear() {
    std::lock_guard guard(lock_);
    entries_.clear();
    order_ = {};
    names_.clear();
    parents_.clear();
  }

 private:
  struct Entry {
    RunEventKind kind;
    RunId id;
    std::string name;
    std::string run;
    std::string details;
  };

  static std::string details(const RunEvent& event) {
    std::string text;
    if (!event.step.empty()) text.append(":").append(event.step);
    if (event.number != 0) text.append("#").append(std::to_string(event.number));
    if (const int* number = event.value<int>()) text.append("(").append(std::to_string(*number)).append(")");
    if (event.failure != nullptr) text.append("=").append(event.failure->describe());
    return text;
  }
  static std::string line_of(const Entry& entry) {
    return std::string(to_string(entry.kind)).append(" ").append(entry.run).append(entry.details);
  }
  template <typename Keeps>
  std::string text_of(Keeps&& keeps) const {
    std::lock_guard guard(lock_);
    std::string text;
    for (const Entry& entry : entries_) {
      if (keeps(entry)) text.append(text.empty() ? "" : " ").append(line_of(entry));
    }
    return text;
  }

  mutable std::mutex lock_;
  RunOrder order_;
  std::map<RunId, std::string> names_;
  std::set<RunId> parents_;
  std::vector<Entry> entries_;
};

// Takes its time over each event, and notes its kind when that has passed.
class SlowLog final : public AsyncObserver {
 public:
  explicit SlowLog(Record& record, std::string prefix = "") : record_(record), prefix_(std::move(prefix)) {}

  Task<> on_event(RunEvent event) override {
    {
      std::lock_guard guard(lock_);
      order_.add(event);
    }
    co_await sleep(100us);
    record_.note(prefix_ + std::string(to_string(event.kind)));
  }
  std::string disorder() const {
    std::lock_guard guard(lock_);
    return order_.wrong();
  }

 private:
  Record& record_;
  const std::string prefix_;
  mutable std::mutex lock_;
  RunOrder order_;
};

// Counts what is under way at once.
struct InFlight {
  std::atomic<int> now{0};
  std::atomic<int> most{0};

  void enter() {
    const int mine = ++now;
    int before = most;
    while (before < mine && !most.compare_exchange_weak(before, mine)) {
    }
  }
  void leave() { --now; }
};

inline Task<int> counted_twice(std::shared_ptr<InFlight> flight, int number) {
  flight->enter();
  co_await sleep(200us);
  flight->leave();
  co_return 2 * number;
}
inline Task<int> leave_slowly(std::shared_ptr<InFlight> flight, int number) {
  co_await sleep(50us);
  flight->leave();
  co_return number;
}

}  // namespace ringback

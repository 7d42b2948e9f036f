#include "ringback/trace/progress_observer.h"

namespace ringback {

RunProgress ProgressObserver::progress() const {
  const std::lock_guard guard(lock_);
  RunProgress now = progress_;
  now.total = options_.total;
  return now;
}

void ProgressObserver::on_event(const RunEvent& event) {
  const std::lock_guard guard(lock_);
  bool is_counted = false;
  switch (event.kind) {
    case RunEventKind::start: return start(event);
    case RunEventKind::step:
    case RunEventKind::retry: return;
    case RunEventKind::item: is_counted = count_item(event); break;
    case RunEventKind::end:
    case RunEventKind::error:
    case RunEventKind::cancelled: is_counted = end(event); break;
  }
  if (is_counted) report(event);
}

void ProgressObserver::start(const RunEvent& event) {
  if (!begun_) begun_ = event.at;
  if (items_.contains(event.parent) || below_.contains(event.parent)) {
    below_.insert(event.run);
  } else {
    items_[event.run] = 0;
  }
}

bool ProgressObserver::count_item(const RunEvent& event) {
  const auto run = items_.find(event.run);
  if (run == items_.end()) return false;
  ++run->second;
  ++progress_.done;
  return true;
}

bool ProgressObserver::end(const RunEvent& event) {
  const auto run = items_.find(event.run);
  if (run == items_.end()) {
    below_.erase(event.run);
    return false;
  }
  if (run->second == 0) {
    ++progress_.done;
    if (event.kind != RunEventKind::end) ++progress_.failed;
  }
  items_.erase(run);
  return true;
}

void ProgressObserver::report(const RunEvent& event) {
  progress_.elapsed = event.at - *begun_;
  const bool is_due = !reported_ || event.at - *reported_ >= options_.every;
  if (!is_due && !items_.empty()) return;
  reported_ = event.at;
  RunProgress now = progress_;
  now.total = options_.total;
  report_(now);
}

}  // namespace ringback

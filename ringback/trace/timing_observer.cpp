#include "ringback/trace/timing_observer.h"

#include <algorithm>
#include <cstdio>
#include <ranges>

namespace ringback {

namespace {

// With three digits or so, in the unit that fits.
std::string readable(Duration length) {
  const auto nanoseconds = static_cast<double>(length.count());
  double size = 1;
  const char* unit = "ns";
  if (nanoseconds >= 1e9) {
    size = 1e9;
    unit = "s";
  } else if (nanoseconds >= 1e6) {
    size = 1e6;
    unit = "ms";
  } else if (nanoseconds >= 1e3) {
    size = 1e3;
    unit = "us";
  }
  const double value = nanoseconds / size;
  char text[32];
  std::snprintf(text, sizeof text, "%.*f %s",
                value < 10 && size > 1    ? 2
                : value < 100 && size > 1 ? 1
                                          : 0,
                value, unit);
  return text;
}

std::string line(std::size_t width, std::string_view name, const std::vector<std::string>& cells) {
  std::string text(name);
  text.resize(width, ' ');
  for (const std::string& cell : cells) {
    constexpr std::size_t kCell = 11;
    text.append(std::max(kCell, cell.size() + 1) - cell.size(), ' ').append(cell);
  }
  return text.append("\n");
}

}  // namespace

std::vector<TimingObserver::Row> TimingObserver::rows() const {
  const std::lock_guard guard(lock_);
  return rows_;
}

std::string TimingObserver::table() const {
  const std::vector<Row> all = rows();
  std::size_t width = 8;
  for (const Row& row : all) width = std::max(width, row.name.size());
  std::string text = line(width, "", {"runs", "failed", "cancelled", "retries", "total", "longest"});
  for (const Row& row : all) {
    text += line(width, row.name,
                 {std::to_string(row.runs), std::to_string(row.failed), std::to_string(row.cancelled),
                  std::to_string(row.retries), readable(row.total), readable(row.longest)});
  }
  return text;
}

void TimingObserver::on_event(const RunEvent& event) {
  const std::lock_guard guard(lock_);
  switch (event.kind) {
    case RunEventKind::start:
      row(event.name);
      begun_[event.run] = event.at;
      return;
    case RunEventKind::retry: ++row(event.name).retries; return;
    case RunEventKind::step:
    case RunEventKind::item: return;
    case RunEventKind::end:
    case RunEventKind::error:
    case RunEventKind::cancelled: return end(event);
  }
}

TimingObserver::Row& TimingObserver::row(std::string_view name) {
  const auto found = std::ranges::find(rows_, name, &Row::name);
  if (found != rows_.end()) return *found;
  rows_.push_back({.name = std::string(name)});
  return rows_.back();
}

// One whose start was not heard was attached later, or had no memory to note it.
void TimingObserver::end(const RunEvent& event) {
  const auto begun = begun_.find(event.run);
  if (begun == begun_.end()) return;
  const Duration length = event.at - begun->second;
  begun_.erase(begun);
  Row& of_name = row(event.name);
  ++of_name.runs;
  if (event.kind == RunEventKind::error) ++of_name.failed;
  if (event.kind == RunEventKind::cancelled) ++of_name.cancelled;
  of_name.total += length;
  of_name.longest = std::max(of_name.longest, length);
}

}  // namespace ringback

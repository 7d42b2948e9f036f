#include "ringback/trace/log_observer.h"

#include <chrono>

namespace ringback {

namespace {

void append_number(std::string& text, RunId id) {
  text.append("#").append(std::to_string(static_cast<std::uint64_t>(id)));
}

void append_attempt(std::string& text, const RunEvent& event) {
  const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(event.waited);
  text.append(": attempt ").append(std::to_string(event.number));
  text.append(" after ").append(std::to_string(waited.count())).append(" ms");
}

}  // namespace

std::string LogObserver::line(const RunEvent& event) {
  std::string text(to_string(event.kind));
  text.append(" ").append(event.name).append(" ");
  append_number(text, event.run);
  if (event.parent != RunId::none) append_number(text.append(" in "), event.parent);
  if (event.kind == RunEventKind::step) text.append(": ").append(event.step);
  if (event.kind == RunEventKind::item) text.append(": ").append(std::to_string(event.number));
  if (event.kind == RunEventKind::retry) append_attempt(text, event);
  if (event.failure != nullptr) text.append(": ").append(event.failure->describe());
  return text;
}

void LogObserver::on_event(const RunEvent& event) {
  const std::string text = line(event);
  const std::lock_guard guard(lock_);
  sink_(text);
}

}  // namespace ringback

#include "ringback/pipeline/observer.h"

namespace ringback {

std::string_view to_string(EventKind kind) noexcept {
  switch (kind) {
    case EventKind::start: return "start";
    case EventKind::step: return "step";
    case EventKind::item: return "item";
    case EventKind::retry: return "retry";
    case EventKind::end: return "end";
    case EventKind::error: return "error";
    case EventKind::cancelled: return "cancelled";
  }
  return "unknown";
}

void Observer::on_event(const Event& event) {
  switch (event.kind) {
    case EventKind::start: return on_start(event);
    case EventKind::step: return on_step(event);
    case EventKind::item: return on_item(event);
    case EventKind::retry: return on_retry(event);
    case EventKind::end: return on_end(event);
    case EventKind::error: return on_error(event);
    case EventKind::cancelled: return on_cancelled(event);
  }
}

Task<> AsyncObserver::on_event(Event event) {
  switch (event.kind) {
    case EventKind::start: return on_start(event);
    case EventKind::step: return on_step(event);
    case EventKind::item: return on_item(event);
    case EventKind::retry: return on_retry(event);
    case EventKind::end: return on_end(event);
    case EventKind::error: return on_error(event);
    default: return on_cancelled(event);
  }
}

Task<> AsyncObserver::on_start(Event) { co_return; }
Task<> AsyncObserver::on_step(Event) { co_return; }
Task<> AsyncObserver::on_item(Event) { co_return; }
Task<> AsyncObserver::on_retry(Event) { co_return; }
Task<> AsyncObserver::on_end(Event) { co_return; }
Task<> AsyncObserver::on_error(Event) { co_return; }
Task<> AsyncObserver::on_cancelled(Event) { co_return; }

}  // namespace ringback

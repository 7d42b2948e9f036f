#include "ringback/pipeline/observer.h"

namespace ringback {

std::string_view to_string(RunEventKind kind) noexcept {
  switch (kind) {
    case RunEventKind::start: return "start";
    case RunEventKind::step: return "step";
    case RunEventKind::item: return "item";
    case RunEventKind::retry: return "retry";
    case RunEventKind::end: return "end";
    case RunEventKind::error: return "error";
    case RunEventKind::cancelled: return "cancelled";
  }
  return "unknown";
}

void Observer::on_event(const RunEvent& event) {
  switch (event.kind) {
    case RunEventKind::start: return on_start(event);
    case RunEventKind::step: return on_step(event);
    case RunEventKind::item: return on_item(event);
    case RunEventKind::retry: return on_retry(event);
    case RunEventKind::end: return on_end(event);
    case RunEventKind::error: return on_error(event);
    case RunEventKind::cancelled: return on_cancelled(event);
  }
}

Task<> AsyncObserver::on_event(RunEvent event) {
  switch (event.kind) {
    case RunEventKind::start: return on_start(event);
    case RunEventKind::step: return on_step(event);
    case RunEventKind::item: return on_item(event);
    case RunEventKind::retry: return on_retry(event);
    case RunEventKind::end: return on_end(event);
    case RunEventKind::error: return on_error(event);
    default: return on_cancelled(event);
  }
}

Task<> AsyncObserver::on_start(RunEvent) { co_return; }
Task<> AsyncObserver::on_step(RunEvent) { co_return; }
Task<> AsyncObserver::on_item(RunEvent) { co_return; }
Task<> AsyncObserver::on_retry(RunEvent) { co_return; }
Task<> AsyncObserver::on_end(RunEvent) { co_return; }
Task<> AsyncObserver::on_error(RunEvent) { co_return; }
Task<> AsyncObserver::on_cancelled(RunEvent) { co_return; }

}  // namespace ringback

#include "ringback/http/internal/outflow.h"

#include <utility>

#include "ringback/async/outcome_of.h"
#include "ringback/async/timeout.h"

namespace ringback::internal {

bool Outflow::begin_write() noexcept {
  if (is_busy_ || failure_.exists() || text_.empty()) return false;
  is_busy_ = true;
  return true;
}

void Outflow::end_write(const Outcome<std::size_t>& written) {
  end();
  if (written.ok()) {
    text_.erase(0, *written);
  } else {
    failure_ = written.failure();
    is_broken_ = !failure_.is_cancelled();
  }
}

void Outflow::end() noexcept {
  is_busy_ = false;
  if (!idle_.is_set()) idle_.set();
}

Task<> Outflow::flush() {
  while (is_busy_) {
    idle_.reset();
    co_await idle_.wait();
  }
  if (failure_.exists()) failure_.raise();
  if (text_.empty()) co_return;
  is_busy_ = true;
  const Outcome<void> sent = co_await outcome(send_text());
  is_broken_ = !sent.ok() && !sent.failure().is_cancelled();
  end();
  sent.value();
}

Task<> Outflow::flush_with(std::string_view bytes) {
  co_await flush();
  is_broken_ = true;  // until all has gone
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const std::size_t more = co_await timeout(limit_, stream_.write_some(bytes_of(bytes).subspan(sent)));
    sent += more;
  }
  is_broken_ = false;
}

void Outflow::flush_soon() {
  if (is_concurrent_ || is_scheduled_ || text_.empty()) return;
  scope_->spawn(flush_behind());
  is_scheduled_ = true;
}

void Outflow::shrink() noexcept {
  if (text_.capacity() > kKeptBytes) std::string().swap(text_);
  if (sending_.capacity() > kKeptBytes) std::string().swap(sending_);
}

Task<> Outflow::flush_behind() {
  is_scheduled_ = false;
  if (is_busy_ || failure_.exists()) co_return;
  is_busy_ = true;
  Outcome<void> sent = co_await outcome(send_text());
  is_broken_ = !sent.ok();
  failure_ = std::move(sent).failure();
  end();
}

// What was not sent stays in front of what came meanwhile: a maker that was cancelled here and goes on
// loses nothing.
Task<> Outflow::send_text() {
  std::size_t sent = 0;
  Outcome<std::size_t> more{Failure()};
  while (!text_.empty()) {
    sending_.clear();
    std::swap(text_, sending_);
    for (sent = 0; sent < sending_.size(); sent += *more) {
      more = co_await outcome(timeout(limit_, stream_.write_some(bytes_of(sending_).subspan(sent))));
      if (more.ok()) continue;
      sending_.erase(0, sent);
      text_.insert(0, sending_);
      more.value();
    }
  }
}

}  // namespace ringback::internal

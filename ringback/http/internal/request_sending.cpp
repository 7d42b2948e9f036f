#include "ringback/http/internal/request_sending.h"

#include <charconv>
#include <utility>

#include "ringback/async/outcome_of.h"
#include "ringback/base/error.h"

namespace ringback::http::internal {
namespace {

constexpr std::size_t kGatheredBytes = 16 * 1024;
constexpr std::string_view kLineEnd = "\r\n";

[[noreturn]] void refuse(std::string_view why) { throw Error(ErrorKind::invalid, "http request", why); }

void append_chunk_size(std::string& text, std::size_t bytes) {
  char digits[16];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, bytes, 16);
  text.append(digits, end).append(kLineEnd);
}

}  // namespace

RequestSending::RequestSending(ByteStream& stream, std::string head, Body& body)
    : stream_(stream), body_(&body), waiting_(std::move(head)), left_(body.bytes()) {}

Task<> RequestSending::go_on() {
  if (failure_.exists()) failure_.raise();
  const Outcome<void> ended = co_await outcome(send_rest());
  if (!ended.ok() && !has_broken_) {
    if (!ended.failure().is_cancelled()) failure_ = ended.failure();
    ended.value();
  }
  is_sent_ = !has_broken_;
  own_ = Body();
  over_.set();
}

void RequestSending::stop() noexcept { over_.set(); }

void RequestSending::adopt(Body&& body) noexcept {
  own_ = std::move(body);
  body_ = &own_;
}

// The head first, or what was left behind where it was stopped.
Task<> RequestSending::send_rest() {
  co_await flush();
  if (body_->is_text()) {
    co_await send_text();
  } else if (Body::Maker* maker = body_->maker()) {
    co_await (*maker)(*this);
    end_body();
    co_await flush();
  } else {
    co_await send_source();
  }
}

Task<> RequestSending::send_text() {
  Progress sent;
  const std::string_view rest = std::string_view(body_->text()).substr(text_sent_);
  const Outcome<void> written = co_await outcome(stream_.write(rest, &sent));
  text_sent_ += sent.bytes;
  note_write(written);
}

// Each piece leaves as it comes: the next may be long in coming, or be an answer to the answer.
Task<> RequestSending::send_source() {
  while (!has_body_ended_) {
    const Chunk chunk = co_await body_->read();
    if (chunk.empty()) {
      end_body();
    } else {
      add(chunk.text());
    }
    co_await flush();
  }
}

void RequestSending::add(std::string_view bytes) {
  if (!left_.has_value()) {
    append_chunk_size(waiting_, bytes.size());
    waiting_.append(bytes).append(kLineEnd);
    return;
  }
  if (bytes.size() > *left_) refuse("its body has more bytes than were announced");
  *left_ -= bytes.size();
  waiting_.append(bytes);
}

void RequestSending::end_body() {
  if (left_.value_or(0) != 0) refuse("its body has fewer bytes than were announced");
  if (!left_.has_value()) waiting_.append("0\r\n\r\n");
  has_body_ended_ = true;
}

// No chunk is empty: that would end the body.
Task<> RequestSending::write(std::string_view bytes) {
  const bool is_something = !bytes.empty();
  if (is_something) add(bytes);
  if (waiting_.size() >= kGatheredBytes) co_await flush();
}

// What was not sent stays: who was cancelled here and goes on loses nothing.
Task<> RequestSending::flush() {
  Progress sent;
  const Outcome<void> written = co_await outcome(stream_.write(waiting_, &sent));
  waiting_.erase(0, sent.bytes);
  note_write(written);
}

// Of what else may be reset, the source of the body say, it is told apart here.
void RequestSending::note_write(const Outcome<void>& written) {
  const Error* error = written.ok() ? nullptr : written.failure().error();
  if (error != nullptr && error->kind() == ErrorKind::reset) {
    has_broken_ = true;
    failure_ = written.failure();
  }
  written.value();
}

}  // namespace ringback::http::internal

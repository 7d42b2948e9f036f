#include "ringback/http/internal/exchange.h"

#include <limits>
#include <utility>

#include "ringback/async/outcome_of.h"
#include "ringback/async/race.h"
#include "ringback/async/scope.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"

namespace ringback::http::internal {
namespace {

constexpr std::string_view kOperation = "http response";
// A body up to this goes out with its head in one write, before anything is received: it fits the buffers of
// the kernel on both sides.
constexpr std::size_t kSmallBytes = 32 * 1024;
// How long an answer may take where sending the request failed: it is there already, or never comes.
constexpr Duration kAnswerToABrokenRequest = std::chrono::seconds(1);
// Responses of 1xx before the one that was asked for.
constexpr int kInformationalMax = 32;
// Of a streamed response, while a function makes the body of its request.
constexpr std::size_t kKeptBytesMax = 1024 * 1024;
// How much of what was kept is given at once.
constexpr std::size_t kPieceBytes = 64 * 1024;

bool is_of_kind(const Failure& failure, ErrorKind kind) {
  const Error* error = failure.error();
  return error != nullptr && error->kind() == kind;
}

}  // namespace

Exchange::Exchange(Lease lease, Method method, const ParserOptions& options, std::string peer, Deadline until)
    : lease_(std::move(lease)), parser_(options), peer_(std::move(peer)), until_(until) {
  parser_.expect(method);
}

Task<> Exchange::begin(Request& request, std::string head, Response& response, ExchangeOptions options) {
  const bool is_small = request.body.is_text() && request.body.text().size() <= kSmallBytes;
  closes_ = request.headers.has_token("Connection", "close");
  if (is_small) {
    head.append(request.body.text());
    co_await send_then_receive(std::move(head), response, options.head_within);
  } else {
    const bool sends_all = options.is_whole || request.body.maker() != nullptr;
    kept_bytes_max_ = options.is_whole ? std::numeric_limits<std::size_t>::max() : kKeptBytesMax;
    sending_ = std::make_unique<RequestSending>(lease_.stream(), std::move(head), request.body);
    co_await send_beside_receive(response, options, sends_all);
  }
  if (!parser_.has_body() && !is_whole_) take_received();
  if (is_whole_) end();
}

void Exchange::adopt(Body& body) noexcept {
  if (sending_ != nullptr && !sending_->is_over()) sending_->adopt(std::move(body));
}

// A server may refuse and close before it has read the request: then its answer is there to be read.
Task<> Exchange::send_then_receive(std::string head, Response& response, std::optional<Duration> within) {
  const Outcome<void> sent = co_await outcome(lease_.stream().write(head));
  remember_send_error(sent);
  const Duration patience = sent.ok() ? within.value_or(Duration::max()) : kAnswerToABrokenRequest;
  const Outcome<void> received = co_await outcome(timeout(patience, receive_head(response)));
  if (received.ok()) co_return;
  if (received.failure().is_cancelled()) received.value();
  if (!sent.ok() && !has_received_) sent.value();
  if (is_of_kind(received.failure(), ErrorKind::timed_out)) fail_late();
  received.value();
}

// Only a connection that broke may still have an answer in it.
void Exchange::remember_send_error(const Outcome<void>& sent) {
  if (!sent.ok() && !is_of_kind(sent.failure(), ErrorKind::reset)) sent.value();
  is_small_sent_ = sent.ok();
}

Task<> Exchange::send_beside_receive(Response& response, ExchangeOptions options, bool sends_all) {
  bool is_refused = false;
  co_await with_scope([&](Scope& scope) -> Task<> {
    scope.spawn(sending_->go_on());
    co_await receive_head_or_fail(response, options.head_within);
    is_refused = wants_no_more(response);
    if (sends_all && !is_refused) co_await keep_until_sent();
    scope.cancel();
  });
  if (is_refused || sends_all) sending_->stop();
}

Task<> Exchange::receive_head_or_fail(Response& response, std::optional<Duration> within) {
  co_await with_scope([&](Scope& scope) -> Task<> {
    scope.spawn(watch(within));
    co_await receive_head(response);
    scope.cancel();
  });
}

// Where the connection breaks under the writing, the reading tells why, or has the answer.
Task<> Exchange::watch(std::optional<Duration> within) {
  co_await sending_->over().wait();
  const bool has_broken = sending_->has_broken();
  if (!has_broken && !within.has_value()) co_return;
  co_await sleep(has_broken ? kAnswerToABrokenRequest : *within);
  if (has_broken) sending_->raise_break();
  fail_late();
}

// The server has made up its mind and will close: what is still sent could only turn into a reset, which
// can overtake the rest of the answer. (RFC 9112, section 9.5)
bool Exchange::wants_no_more(const Response& response) const {
  return response.status.code() >= 400 && !parser_.keeps_alive();
}

Task<> Exchange::keep_until_sent() { co_await race(Ties::in_order, sending_->over().wait(), keep_body()); }

Task<> Exchange::keep_body() {
  while (!is_whole_) {
    const Chunk part = take_received();
    keep(part.text());
    if (is_whole_ || !part.empty()) continue;
    if (!co_await receive()) note_end_of_stream();
  }
}

void Exchange::keep(std::string_view bytes) {
  if (bytes.size() > kept_bytes_max_ - kept_.size()) {
    fail(ErrorKind::overloaded,
         "over 1 MiB of it came before the request was sent: send a body that is read from a source, or use send()");
  }
  kept_.append(bytes);
}

Chunk Exchange::take_kept() {
  Chunk piece;
  if (kept_.empty()) return piece;
  const std::string_view next = std::string_view(kept_).substr(kept_given_, kPieceBytes);
  piece = Chunk::copy_of(bytes_of(next));
  kept_given_ += next.size();
  if (kept_given_ == kept_.size()) kept_ = std::string();
  return piece;
}

Task<> Exchange::receive_head(Response& response) {
  int informational = 0;
  for (;;) {
    const Parsed step = parser_.feed(received_.text(), response);
    received_.drop_front(step.used);
    if (step.event == Event::refused) fail_refused();
    if (step.event == Event::head) {
      const bool is_last = !response.status.is_informational() || response.status == Status::switching_protocols;
      if (is_last) co_return;
      if (++informational > kInformationalMax) fail(ErrorKind::malformed, "one 1xx response after the other");
    } else if (step.event == Event::need_more) {
      const bool goes_on = co_await receive();
      if (!goes_on && !has_received_) fail(ErrorKind::end_of_stream, "the server closed without an answer");
      if (!goes_on) fail(ErrorKind::end_of_stream, "the connection ended in the head of the response");
    }
  }
}

Task<bool> Exchange::receive() {
  received_ = co_await lease_.stream().read();
  if (!received_.empty()) has_received_ = true;
  co_return !received_.empty();
}

// The sending first: it gets on also where there is always something to receive.
Task<bool> Exchange::receive_beside_sending() {
  co_return std::get<1>(co_await race(Ties::in_order, send_on(), receive()));
}

// Ends only by failing. Where the connection breaks under it, what is there already may still be received.
Task<> Exchange::send_on() {
  ringback::Event never;
  if (!sending_->is_over()) co_await sending_->go_on();
  if (!sending_->has_broken()) co_await never.wait();
  co_await sleep(kAnswerToABrokenRequest);
  sending_->raise_break();
}

Task<Chunk> Exchange::read() {
  Chunk part = take_kept();
  while (part.empty() && lease_.is_held()) {
    part = take_received();
    if (part.empty() && !is_whole_) {
      const bool is_beside = sending_ != nullptr && (!sending_->is_over() || sending_->has_broken());
      bool goes_on = false;
      if (is_beside) {
        goes_on = co_await receive_beside_sending();
      } else {
        goes_on = co_await receive();
      }
      if (!goes_on) note_end_of_stream();
    }
    if (is_whole_) end();
  }
  co_return part;
}

Chunk Exchange::take_received() {
  Chunk part;
  for (;;) {
    const Parsed step = parser_.feed(received_.text(), none_);
    if (step.event == Event::body) return take_part(step);
    received_.drop_front(step.used);
    if (step.event == Event::refused) fail_refused();
    if (step.event == Event::end) is_whole_ = true;
    if (step.event == Event::end || step.event == Event::need_more) return part;
  }
}

void Exchange::note_end_of_stream() {
  const Parsed last = parser_.finish();
  if (last.event == Event::refused) fail(ErrorKind::end_of_stream, "the connection ended in the body of the response");
  is_whole_ = true;
}

// Where the part is the end of what was received, which is the usual case, that itself is given.
Chunk Exchange::take_part(const Parsed& step) {
  if (step.body.data() + step.body.size() != received_.text().data() + received_.size()) {
    Chunk part = Chunk::copy_of(bytes_of(step.body));
    received_.drop_front(step.used);
    return part;
  }
  received_.drop_front(received_.size() - step.body.size());
  return std::exchange(received_, Chunk());
}

// Bytes behind the response would be taken for the next response.
void Exchange::end() {
  const bool may_be_used_again = is_sent() && !closes_ && parser_.keeps_alive() && received_.empty();
  if (may_be_used_again) {
    lease_.give_back(now());
  } else {
    lease_.drop();
  }
}

void Exchange::fail_late() const { throw TimeoutError(kOperation, "no response from " + peer_ + " within its limit"); }

void Exchange::fail(ErrorKind kind, std::string_view message) const {
  throw Error(kind, kOperation, message, 0, peer_);
}

void Exchange::fail_refused() const {
  const Refusal& refusal = parser_.refusal();
  const bool is_large = refusal.status == Status::content_too_large || refusal.status == Status::header_too_large;
  fail(is_large ? ErrorKind::overloaded : ErrorKind::malformed, refusal.why);
}

}  // namespace ringback::http::internal

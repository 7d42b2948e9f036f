#include "ringback/http/internal/exchange.h"

#include <utility>

#include "ringback/async/outcome_of.h"
#include "ringback/async/scope.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "ringback/http/internal/request_sender.h"

namespace ringback::http::internal {
namespace {

constexpr std::string_view kOperation = "http response";
// A body up to this goes out with its head in one write, before anybody listens: it fits the buffers of
// the kernel on both sides.
constexpr std::size_t kSmallBytes = 32 * 1024;
// How long an answer may take where sending the request failed: it is there already, or never comes.
constexpr Duration kAnswerToABrokenRequest = std::chrono::seconds(1);
// Responses of 1xx before the one that was asked for.
constexpr int kInformationalMax = 32;

bool is_of_kind(const Failure& failure, ErrorKind kind) {
  const Error* error = failure.error();
  return error != nullptr && error->kind() == kind;
}

}  // namespace

Exchange::Exchange(Lease lease, Method method, const ParserOptions& options, std::string peer, Deadline until)
    : lease_(std::move(lease)), parser_(options), peer_(std::move(peer)), until_(until) {
  parser_.expect(method);
}

Task<> Exchange::begin(Request& request, std::string head, Response& response, std::optional<Duration> head_within) {
  const bool is_small = request.body.is_text() && request.body.text().size() <= kSmallBytes;
  closes_ = request.headers.has_token("Connection", "close");
  if (is_small) {
    head.append(request.body.text());
    co_await send_then_receive(std::move(head), response, head_within);
  } else {
    co_await send_beside_receive(request, std::move(head), response, head_within);
  }
  if (parser_.has_body()) co_return;
  received_.drop_front(parser_.feed(received_.text(), none_).used);
  end();
}

// A server may refuse and close before it has read the request: then its answer is there to be read.
Task<> Exchange::send_then_receive(std::string head, Response& response, std::optional<Duration> within) {
  const Outcome<void> sent = co_await outcome(lease_.stream().write(head));
  note_sent(sent);
  const Duration patience = sent.ok() ? within.value_or(Duration::max()) : kAnswerToABrokenRequest;
  const Outcome<void> heard = co_await outcome(timeout(patience, receive_head(response)));
  if (heard.ok()) co_return;
  if (heard.failure().is_cancelled()) heard.value();
  if (!sent.ok() && !has_heard_) sent.value();
  if (is_of_kind(heard.failure(), ErrorKind::timed_out)) fail_late();
  heard.value();
}

// Only a connection that broke may still have an answer in it.
void Exchange::note_sent(const Outcome<void>& sent) {
  if (!sent.ok() && !is_of_kind(sent.failure(), ErrorKind::reset)) sent.value();
  is_sent_ = sent.ok();
}

Task<> Exchange::send_beside_receive(Request& request, std::string head, Response& response,
                                     std::optional<Duration> within) {
  auto both = with_scope([&](Scope& scope) -> Task<> {
    Task<> sending = send_and_watch(request, std::move(head), within);
    scope.spawn(std::move(sending));
    co_await receive_head(response);
    scope.cancel();
  });
  co_await std::move(both);
}

// Where the connection breaks under the writing, the reading tells why, or has the answer.
Task<> Exchange::send_and_watch(Request& request, std::string head, std::optional<Duration> within) {
  const Outcome<void> sent = co_await outcome(send_large(request, std::move(head)));
  note_sent(sent);
  if (sent.ok() && !within.has_value()) co_return;
  co_await sleep(sent.ok() ? *within : kAnswerToABrokenRequest);
  sent.value();
  fail_late();
}

Task<> Exchange::send_large(Request& request, std::string head) {
  ByteStream& stream = lease_.stream();
  co_await stream.write(head);
  co_await send_body(stream, request);
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
      if (!goes_on && !has_heard_) fail(ErrorKind::end_of_stream, "the server closed without an answer");
      if (!goes_on) fail(ErrorKind::end_of_stream, "the connection ended in the head of the response");
    }
  }
}

Task<bool> Exchange::receive() {
  Chunk chunk = co_await lease_.stream().read();
  received_ = std::move(chunk);
  if (!received_.empty()) has_heard_ = true;
  co_return !received_.empty();
}

Task<Chunk> Exchange::read() {
  Chunk none;
  while (!has_ended()) {
    Parsed step = parser_.feed(received_.text(), none_);
    if (step.event == Event::body) co_return take_part(step);
    received_.drop_front(step.used);
    if (step.event == Event::need_more) {
      const bool goes_on = co_await receive();
      if (goes_on) continue;
      step = parser_.finish();
      if (step.event == Event::refused)
        fail(ErrorKind::end_of_stream, "the connection ended in the body of the response");
    }
    if (step.event == Event::refused) fail_refused();
    if (step.event == Event::end) end();
  }
  co_return none;
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

// Bytes behind the response that nobody asked for would be taken for the next one's.
void Exchange::end() {
  const bool may_be_used_again = is_sent_ && !closes_ && parser_.keeps_alive() && received_.empty();
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

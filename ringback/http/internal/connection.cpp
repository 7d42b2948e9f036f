#include "ringback/http/internal/connection.h"

#include <algorithm>
#include <string>
#include <utility>

#include "ringback/async/outcome_of.h"
#include "ringback/async/race.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "ringback/http/internal/body_sender.h"
#include "ringback/http/internal/linger.h"

namespace ringback::internal {
namespace {

using http::Event;
using http::Parsed;
using http::Response;
using http::Status;

constexpr std::size_t kDroppedBodyBytesMax = 64 * 1024;  // to keep a connection whose request was not read
constexpr std::size_t kKeptHeadBytes = 4 * 1024;         // of the memory of a request, while there is none
constexpr std::size_t kCopiedBodyBytesMax = 16 * 1024;   // a larger text is sent from where it is

Response plain(Status status) {
  std::string text(status.phrase());
  text += '\n';
  return Response::text(std::move(text), status);
}

Error refused_body(const http::Refusal& refusal) {
  const bool is_large = refusal.status == Status::content_too_large;
  return Error(is_large ? ErrorKind::overloaded : ErrorKind::invalid, "read a body", refusal.why);
}

bool tells_of_loss(ErrorKind kind) noexcept { return kind == ErrorKind::reset || kind == ErrorKind::end_of_stream; }

}  // namespace

Response overloaded_response(std::chrono::seconds retry_after) {
  return plain(Status::service_unavailable).with("Retry-After", std::to_string(retry_after.count()));
}

Connection::Connection(HttpServerCore& server, ByteStream& stream) noexcept
    : ConnectionNode(stream),
      server_(server),
      parser_(server.options().message),
      out_(stream, server.options().write_timeout) {}

Task<> Connection::run() {
  auto ended = co_await outcome(with_scope([this](Scope& scope) -> Task<> {
    out_.attach(scope, this_thread.executor->is_concurrent());
    co_await converse();
  }));
  if (ended.ok()) co_return;
  if (ended.failure().is_cancelled()) ended.value();
  HttpServerCore::count(server_.counters().lost);
}

// What usually is awaited is awaited here: a coroutine for each would cost more than all else of a request.
Task<> Connection::converse() {
  Next next = Next::request;
  while (next != Next::end) {
    switch (next) {
      case Next::request: next = answer_what_came(); break;
      case Next::receive: {
        if (out_.begin_write()) {
          const auto written = co_await outcome(timeout(out_.limit(), stream_.write_some(bytes_of(out_.text()))));
          out_.end_write(written);
        }
        if (out_.has_text()) co_await out_.flush();
        next = Next::end;
        if (!may_receive()) break;
        auto received = co_await outcome(timeout(receive_limit(), stream_.read()));
        next = take_in(std::move(received));
        break;
      }
      case Next::await_handler: {
        // What was answered before goes out while the handler waits for something.
        if (out_.is_concurrent() && out_.has_text()) co_await out_.flush();
        out_.flush_soon();
        if (watches_client()) {
          next = co_await await_handler_or_loss();
          break;
        }
        auto ended = co_await outcome(std::move(reply_->task()));
        next = handler_ended(ended);
        break;
      }
      case Next::send_rest: next = co_await send_rest(); break;
      case Next::flush:
        co_await out_.flush();
        next = Next::request;
        break;
      case Next::yield:
        co_await yield();
        next = Next::request;
        break;
      case Next::end: break;
    }
  }
  co_await out_.flush();
  if (lingers_) co_await linger(stream_);
}

Connection::Next Connection::answer_what_came() {
  for (;;) {
    const Parsed step = parser_.feed(input_.text(), request_);
    input_.drop_front(step.used);
    if (step.event == Event::refused) {
      refuse(parser_.refusal());
      return Next::end;
    }
    if (step.event != Event::head) return Next::receive;
    const Next next = answer_one();
    if (next != Next::request) return next;
    if (!this_thread.may_go_on()) return Next::yield;
  }
}

// Between two requests nothing is kept but the connection itself.
bool Connection::may_receive() {
  if (!parser_.is_between()) return true;
  input_ = Chunk();
  out_.shrink();
  if (request_.headers.memory_bytes() + request_.target.capacity() > kKeptHeadBytes) request_ = http::Request();
  return enter_idle() && !server_.is_stopping();
}

Duration Connection::receive_limit() {
  if (parser_.is_between()) {
    head_deadline_.reset();
    return requests_ == 0 ? server_.options().header_timeout : server_.options().idle_timeout;
  }
  const TimePoint here = now();
  if (!head_deadline_) head_deadline_ = saturating_add(here, server_.options().header_timeout);
  return *head_deadline_ - here;
}

Connection::Next Connection::take_in(Outcome<Chunk> received) {
  const bool is_between = parser_.is_between();
  if (is_between && !leave_idle()) return Next::end;
  if (!received.ok()) {
    const Error* error = received.failure().error();
    if (error == nullptr || error->kind() != ErrorKind::timed_out) received.failure().raise();
    if (!is_between) refuse({Status::request_timeout, "the head took too long"});
    return Next::end;
  }
  input_ = std::move(*received);
  if (!input_.empty()) return Next::request;
  if (!is_between) HttpServerCore::count(server_.counters().lost);
  return Next::end;
}

void Connection::refuse(const http::Refusal& why) {
  const Response response = plain(why.status);
  HttpServerCore::count(server_.counters().requests);
  HttpServerCore::count(server_.counters().refused);
  append_head(out_.text(), response,
              {.framing = BodyFraming::sized, .body_bytes = response.body.text().size(), .closes = true},
              response.body.text());
  lingers_ = true;
}

Connection::Next Connection::answer_one() {
  begin_request();
  http::Reply reply = ask_handler();
  Next next = Next::await_handler;
  if (const Response* response = reply.response()) {
    leave_handler();
    next = put(*response);
  }
  if (next == Next::await_handler || next == Next::send_rest) reply_.emplace(std::move(reply));
  return next;
}

void Connection::begin_request() {
  ++requests_;
  HttpServerCore::count(server_.counters().requests);
  keeps_alive_ = parser_.keeps_alive();
  head_deadline_.reset();
  body_ended_ = !parser_.has_body();
  body_received_ = 0;
  body_waited_ = {};
  owes_continue_ = parser_.expects_continue() && request_.version == http::Version::http_1_1;
  if (!body_ended_) request_.body = http::Body::from(static_cast<http::BodySource&>(*this), parser_.body_bytes());
}

http::Reply Connection::ask_handler() {
  if (!server_.enter_handler()) {
    HttpServerCore::count(server_.counters().overloaded);
    return overloaded_response(server_.options().retry_after);
  }
  is_in_handler_ = true;
  try {
    return server_.call_handler(request_);
  } catch (...) {
    return response_to(Failure::from_current());
  }
}

void Connection::leave_handler() noexcept {
  if (std::exchange(is_in_handler_, false)) server_.leave_handler();
}

// Whose request has been read, and who has sent nothing behind it.
bool Connection::watches_client() const noexcept {
  return server_.options().cancels_for_lost_clients && body_ended_ && input_.empty();
}

Task<Connection::Next> Connection::await_handler_or_loss() {
  auto first = co_await outcome(race(Ties::in_order, std::move(reply_->task()), until_client_leaves(*this)));
  if (first.ok() && first->index() == 1) {
    HttpServerCore::count(server_.counters().lost);
    leave_handler();
    reply_.reset();
    co_return Next::end;
  }
  Outcome<Response> ended = first.ok() ? Outcome<Response>(std::get<0>(*std::move(first))) : first.failure();
  co_return handler_ended(ended);
}

// Never, where it sends more, which is kept; nor where it cannot be told, for want of memory, say.
Task<> Connection::until_client_leaves(Connection& connection) {
  auto received = co_await outcome(connection.stream_.read());
  if (!received.ok() && received.failure().is_cancelled()) received.failure().raise();
  const Error* const error = received.failure().error();
  const bool is_gone = received.ok() ? received->empty() : error != nullptr && tells_of_loss(error->kind());
  if (is_gone) co_return;
  if (received.ok()) connection.input_ = std::move(*received);
  co_await sleep(Duration::max());
}

Connection::Next Connection::handler_ended(Outcome<Response>& ended) {
  leave_handler();
  reply_.reset();
  if (!ended.ok()) ended = response_to(ended.failure());
  const Next next = put(*ended);
  if (next == Next::send_rest) reply_.emplace(std::move(*ended));
  return next;
}

Response Connection::response_to(const Failure& failure) {
  if (failure.is_cancelled() || is_lost_ || out_.is_broken()) failure.raise();
  if (body_refusal_) {
    HttpServerCore::count(server_.counters().refused);
    return plain(body_refusal_->status);
  }
  server_.report(failure, request_);
  const Error* error = failure.error();
  if (error == nullptr || error->kind() != ErrorKind::overloaded) return plain(Status::internal_server_error);
  HttpServerCore::count(server_.counters().overloaded);
  return overloaded_response(server_.options().retry_after);
}

// The head, and the body where it is a short text, behind what was answered before.
Connection::Next Connection::put(const Response& response) {
  head_ = head_for(response);
  if (owes_continue_ && !response.body.is_text()) say_continue();  // Its making may read the request.
  const std::string& text = response.body.text();
  const bool has_body = request_.method != http::Method::head && head_.framing != BodyFraming::none;
  const bool is_short = response.body.is_text() && text.size() <= kCopiedBodyBytesMax;
  append_head(out_.text(), response, head_, has_body && is_short ? std::string_view(text) : std::string_view());
  response_is_due_ = has_body && !is_short;
  owes_continue_ = false;
  return response_is_due_ || !body_ended_ ? Next::send_rest : end_request(true);
}

ResponseHead Connection::head_for(const Response& response) {
  const bool is_1_0 = request_.version == http::Version::http_1_0;
  ResponseHead head;
  if (!response.status.has_no_body()) {
    const auto bytes = response.body.bytes();
    head.framing = bytes ? BodyFraming::sized : is_1_0 ? BodyFraming::until_close : BodyFraming::chunked;
    head.body_bytes = bytes.value_or(0);
  }
  keeps_alive_ = keeps_alive_ && head.framing != BodyFraming::until_close && may_keep_alive(response);
  head.closes = !keeps_alive_;
  head.says_keep_alive = is_1_0 && keeps_alive_;
  return head;
}

bool Connection::may_keep_alive(const Response& response) {
  if (server_.is_stopping() || requests_ >= server_.options().requests_per_connection_max) return false;
  if (response.headers.has_token("Connection", "close")) return false;
  if (body_ended_) return true;
  // What is made while it is sent may read the rest of the request meanwhile.
  if (!response.body.is_text()) return true;
  // A client that was never told to go on may send the body or not, so the next request may begin anywhere.
  return !body_refusal_ && !owes_continue_ && parser_.body_bytes().value_or(0) <= kDroppedBodyBytesMax;
}

Task<> Connection::send_body(Response& response, ResponseHead head) {
  if (response.body.is_text()) co_return co_await out_.flush_with(response.body.text());
  BodySender sender(out_, head);
  auto sent = co_await outcome(send_all(response.body, sender));
  if (sent.ok()) co_return;
  const bool is_makers = !sent.failure().is_cancelled() && !is_lost_ && !body_refusal_ && !out_.is_broken();
  if (is_makers) server_.report(sent.failure(), request_);
  sent.value();
}

Task<Connection::Next> Connection::send_rest() {
  if (response_is_due_) co_await send_body(*reply_->response(), head_);
  reply_.reset();
  bool is_whole = body_ended_;
  if (!is_whole && keeps_alive_) is_whole = co_await drop_rest_of_body();
  co_return end_request(is_whole);
}

Connection::Next Connection::end_request(bool is_whole) {
  if (!parser_.has_body()) parser_.feed({}, request_);
  body_refusal_.reset();
  if (!is_whole) lingers_ = true;
  if (!is_whole || !keeps_alive_) return Next::end;
  return out_.is_full() ? Next::flush : Next::request;
}

// Gives false where there is too much of it, or something wrong with it.
Task<bool> Connection::drop_rest_of_body() {
  std::size_t dropped = 0;
  while (dropped <= kDroppedBodyBytesMax) {
    auto part = co_await outcome(read());
    if (!part.ok() && !body_refusal_) part.failure().raise();
    if (!part.ok()) co_return false;
    if (part->empty()) co_return true;
    dropped += part->size();
  }
  co_return false;
}

Task<Chunk> Connection::read() {
  if (body_refusal_) throw refused_body(*body_refusal_);
  while (!body_ended_) {
    const Parsed step = parser_.feed(input_.text(), request_);
    if (step.event == Event::body) co_return take_part(step);
    input_.drop_front(step.used);
    if (step.event == Event::end) {
      body_ended_ = true;
    } else if (step.event == Event::refused) {
      body_refusal_ = parser_.refusal();
      throw refused_body(*body_refusal_);
    } else {
      co_await receive_body();
    }
  }
  co_return Chunk();
}

// Without a copy where nothing comes behind it.
Chunk Connection::take_part(const Parsed& step) {
  input_.drop_front(step.used - step.body.size());
  if (input_.size() == step.body.size()) return std::exchange(input_, Chunk());
  Chunk part = Chunk::copy_of(bytes_of(step.body));
  input_.drop_front(step.body.size());
  return part;
}

void Connection::say_continue() {
  out_.text() += "HTTP/1.1 100 Continue\r\n\r\n";
  owes_continue_ = false;
}

// For the next piece: none of its own where the body comes too slowly as a whole.
Duration Connection::body_limit() const noexcept {
  const HttpServerOptions& options = server_.options();
  if (options.body_bytes_per_second_min == 0) return options.body_timeout;
  const auto seconds = static_cast<Duration::rep>(body_received_ / options.body_bytes_per_second_min);
  const Duration earned = seconds < 1'000'000 ? Duration(std::chrono::seconds(seconds)) : Duration::max();
  const TimePoint end = saturating_add(saturating_add(TimePoint(), options.body_timeout), earned);
  return std::min(options.body_timeout, end - TimePoint() - body_waited_);
}

Task<> Connection::receive_body() {
  input_ = Chunk();
  if (owes_continue_) say_continue();
  if (out_.has_text()) co_await out_.flush();
  const TimePoint begin = now();
  auto received = co_await outcome(timeout(body_limit(), stream_.read()));
  body_waited_ += now() - begin;
  if (received.ok() && !received->empty()) {
    input_ = std::move(*received);
    body_received_ += input_.size();
    co_return;
  }
  if (received.failure().is_cancelled()) received.failure().raise();
  keeps_alive_ = false;
  is_lost_ = true;
  if (received.ok())
    throw Error(ErrorKind::end_of_stream, "read a body", "the client has gone", 0, stream_.peer_name());
  const Error* error = received.failure().error();
  if (error != nullptr && error->kind() == ErrorKind::timed_out) {
    body_refusal_ = http::Refusal{Status::request_timeout, "the body took too long"};
    is_lost_ = false;
  }
  received.failure().raise();
}

}  // namespace ringback::internal

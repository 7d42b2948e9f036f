#include "ringback/http/internal/http_server_core.h"

#include <string>
#include <utility>

#include "ringback/async/outcome_of.h"
#include "ringback/async/race.h"
#include "ringback/async/timeout.h"
#include "ringback/async/unhandled.h"
#include "ringback/http/internal/connection.h"
#include "ringback/http/internal/linger.h"
#include "ringback/http/internal/response_head.h"

namespace ringback::internal {

bool ConnectionNode::enter_idle() noexcept {
  Phase busy = Phase::busy;
  return phase_.compare_exchange_strong(busy, Phase::idle);
}

bool ConnectionNode::leave_idle() noexcept {
  Phase idle = Phase::idle;
  return phase_.compare_exchange_strong(idle, Phase::busy);
}

HttpServerCore::HttpServerCore(std::unique_ptr<Acceptor> acceptor, http::Handler handler, HttpServerOptions options)
    : acceptor_(std::move(acceptor)), handler_(std::move(handler)), options_(std::move(options)) {
  none_left_.set();
}

Task<> HttpServerCore::serve() {
  co_await with_scope([this](Scope& scope) -> Task<> {
    co_await accept_until_stop(scope);
    acceptor_->close();
    co_await let_connections_end(scope);
  });
}

Task<> HttpServerCore::accept_until_stop(Scope& scope) {
  while (!stop_.is_set()) {
    auto first = co_await race(Ties::in_order, acceptor_->accept(), stop_.wait());
    if (first.index() == 1) co_return;
    std::unique_ptr<ByteStream> stream = std::get<0>(std::move(first));
    count(counters_.accepted);
    if (has_room() && options_.tls.has_value()) {
      scope.spawn(secure_and_converse(std::move(stream), enter_handshake()));
    } else if (has_room()) {
      scope.spawn(converse(std::move(stream)));
    } else if (may_turn_away()) {
      turned_away_.fetch_add(1, std::memory_order_relaxed);
      scope.spawn(turn_away(std::move(stream)));
    } else {
      count(counters_.overloaded);
      stream.reset();
    }
  }
}

// Those that are busy see is_stopping() before they would be idle, or are closed where they are idle already.
Task<> HttpServerCore::let_connections_end(Scope& scope) {
  close_idle();
  auto ended = co_await outcome(timeout(options_.stop_timeout, none_left_.wait()));
  if (!ended.ok()) scope.cancel(Reason::shutdown);
}

Task<> HttpServerCore::serve_connection(std::unique_ptr<ByteStream> stream) {
  count(counters_.accepted);
  co_await converse(std::move(stream));
}

Task<> HttpServerCore::converse(std::unique_ptr<ByteStream> stream) {
  const std::unique_ptr<ByteStream> own = std::move(stream);
  co_await converse_over(*own, false);
}

// `says_end`: so that the client knows that it has all, also where no length told it.
Task<> HttpServerCore::converse_over(ByteStream& stream, bool says_end) {
  Connection connection(*this, stream);
  struct Membership {
    Membership(HttpServerCore& core, ConnectionNode& node) noexcept : core(core), node(node) { core.join(node); }
    ~Membership() { core.leave(node); }
    HttpServerCore& core;
    ConnectionNode& node;
  } const membership(*this, connection);
  co_await connection.run();
  if (!says_end) co_return;
  auto said = co_await outcome(timeout(options_.write_timeout, stream.shutdown_write()));
  if (said.failure().is_cancelled()) said.failure().raise();
}

// One in its handshake is one that is there: that is what costs most.
bool HttpServerCore::has_room() const noexcept {
  const std::size_t now =
      counters_.connections.load(std::memory_order_relaxed) + counters_.in_handshakes.load(std::memory_order_relaxed);
  return now < options_.connections_max;
}

HttpServerCore::HandshakePlace HttpServerCore::enter_handshake() noexcept {
  counters_.in_handshakes.fetch_add(1, std::memory_order_relaxed);
  return HandshakePlace(&counters_.in_handshakes);
}

Task<> HttpServerCore::secure_and_converse(std::unique_ptr<ByteStream> stream, HandshakePlace place) {
  const std::unique_ptr<ByteStream> own = co_await secure(std::move(stream), std::move(place));
  if (own != nullptr) co_await converse_over(*own, true);
}

// Null: the handshake failed, or the server stops; a client without a request is not waited for.
Task<std::unique_ptr<ByteStream>> HttpServerCore::secure(std::unique_ptr<ByteStream> stream, HandshakePlace place) {
  const HandshakePlace own = std::move(place);
  std::unique_ptr<ByteStream> made;
  auto handshake = timeout(options_.header_timeout, options_.tls->engine().accept(std::move(stream)));
  auto first = co_await outcome(race(Ties::in_order, std::move(handshake), stop_.wait()));
  if (first.ok() && first->index() == 0) made = std::get<0>(*std::move(first));
  if (first.failure().is_cancelled()) first.failure().raise();
  if (!first.ok()) count(counters_.lost);
  co_return made;
}

Task<> HttpServerCore::turn_away(std::unique_ptr<ByteStream> stream) {
  const std::unique_ptr<ByteStream> own = std::move(stream);
  const auto ended = co_await outcome(tell_to_come_again(*own));
  turned_away_.fetch_sub(1, std::memory_order_relaxed);
  if (!ended.ok()) ended.failure().raise();
}

// Told, and let go of: also where it does not listen. Through TLS it would cost what there is too little of.
Task<> HttpServerCore::tell_to_come_again(ByteStream& stream) {
  count(counters_.overloaded);
  if (options_.tls.has_value()) co_return;
  const http::Response response = overloaded_response(options_.retry_after);
  std::string text;
  append_head(text, response,
              {.framing = BodyFraming::sized, .body_bytes = response.body.text().size(), .closes = true},
              response.body.text());
  auto said = co_await outcome(timeout(options_.write_timeout, stream.write(text)));
  if (said.ok()) co_await linger(stream);
}

void HttpServerCore::report(const Failure& failure, const http::Request& request) {
  if (options_.on_error) return options_.on_error(failure, request);
  report_unhandled({failure, std::source_location::current(), "a handler of an HttpServer failed"});
}

HttpServerStats HttpServerCore::stats() const noexcept {
  HttpServerStats stats;
  stats.connections = counters_.connections.load(std::memory_order_relaxed);
  stats.accepted = counters_.accepted.load(std::memory_order_relaxed);
  stats.requests = counters_.requests.load(std::memory_order_relaxed);
  stats.refused = counters_.refused.load(std::memory_order_relaxed);
  stats.overloaded = counters_.overloaded.load(std::memory_order_relaxed);
  stats.lost = counters_.lost.load(std::memory_order_relaxed);
  return stats;
}

bool HttpServerCore::enter_handler() noexcept {
  if (options_.requests_max == std::numeric_limits<std::size_t>::max()) return true;
  if (counters_.in_handlers.fetch_add(1, std::memory_order_relaxed) < options_.requests_max) return true;
  leave_handler();
  return false;
}

void HttpServerCore::leave_handler() noexcept {
  if (options_.requests_max == std::numeric_limits<std::size_t>::max()) return;
  counters_.in_handlers.fetch_sub(1, std::memory_order_relaxed);
}

void HttpServerCore::close_idle() noexcept {
  const std::lock_guard guard(lock_);
  for (ConnectionNode* each = connections_.front(); each != nullptr; each = connections_.next(*each)) {
    auto idle = ConnectionNode::Phase::idle;
    if (each->phase_.compare_exchange_strong(idle, ConnectionNode::Phase::closing)) each->stream_.close();
  }
}

void HttpServerCore::join(ConnectionNode& connection) noexcept {
  const std::lock_guard guard(lock_);
  if (counters_.connections.fetch_add(1, std::memory_order_relaxed) == 0) none_left_.reset();
  connections_.push_back(connection);
}

void HttpServerCore::leave(ConnectionNode& connection) noexcept {
  const std::lock_guard guard(lock_);
  connection.unlink();
  if (counters_.connections.fetch_sub(1, std::memory_order_relaxed) == 1) none_left_.set();
}

}  // namespace ringback::internal

#include "ringback/http/internal/client_core.h"

#include <limits>
#include <utility>

#include "ringback/async/outcome_of.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "ringback/http/internal/characters.h"
#include "ringback/http/internal/redirect.h"
#include "ringback/http/internal/request_head.h"
#include "ringback/net/unix_socket.h"

namespace ringback::http::internal {

using namespace runtime;

namespace {

// The body of a redirect is read to its end where it is no longer: cheaper than a new connection.
constexpr std::size_t kDrainedBytesMax = 64 * 1024;

// The body of a streamed response. It may outlive the client: it holds all it needs.
class ResponseSource final : public BodySource {
 public:
  explicit ResponseSource(std::unique_ptr<Exchange> exchange) noexcept : exchange_(std::move(exchange)) {}

  Task<Chunk> read() override {
    if (exchange_->until().is_never()) return exchange_->read();
    return read_in_time(*exchange_);
  }

 private:
  static Task<Chunk> read_in_time(Exchange& exchange) {
    co_return co_await deadline(exchange.until(), exchange.read());
  }

  std::unique_ptr<Exchange> exchange_;
};

// Whether an idle connection is still usable: nothing was received on it. Otherwise it has ended, or it holds bytes
// that would be taken for the next response.
Task<bool> is_quiet(ByteStream& stream) {
  const auto received = co_await outcome(timeout(Duration::zero(), stream.read()));
  if (received.ok()) co_return false;
  if (received.failure().is_cancelled()) received.failure().raise();
  const Error* error = received.failure().error();
  co_return error != nullptr && error->kind() == ErrorKind::timed_out;
}

bool is_broken_connection(const Failure& failure) {
  const Error* error = failure.error();
  return error != nullptr && (error->kind() == ErrorKind::reset || error->kind() == ErrorKind::end_of_stream);
}

Task<> drain(Response& response) {
  const auto rest = co_await outcome(response.body.read_all(kDrainedBytesMax));
  if (rest.failure().is_cancelled()) rest.failure().raise();
}

}  // namespace

ClientCore::ClientCore(HttpClientOptions options)
    : options_(std::move(options)),
      pool_({.connections_max = options_.connections_per_origin_max,
             .idle_max = options_.idle_per_origin_max,
             .idle_time = options_.idle_time}) {
  RINGBACK_CHECK(options_.connections_per_origin_max != 0, "a client without connections could never ask: allow one");
  RINGBACK_CHECK(is_field_value(options_.user_agent), "a User-Agent with a line break in it: leave it out");
}

Task<Response> ClientCore::open(Request request, HttpLimits limits) {
  Call call{limits, options_.parser, {.head_within = limits.response_head}};
  call.parser.body_bytes_max = std::numeric_limits<std::uint64_t>::max();
  return ask(std::move(request), std::move(call));
}

Task<Response> ClientCore::send(Request request, HttpLimits limits) {
  Call call{limits, options_.parser, {.head_within = limits.response_head, .is_whole = true}};
  call.parser.body_bytes_max = limits.body_bytes_max;
  Response response = co_await ask(std::move(request), std::move(call));
  std::string body = co_await response.body.read_all(limits.body_bytes_max);
  response.body = Body(std::move(body));
  co_return response;
}

Task<Response> ClientCore::ask(Request request, Call call) {
  const std::optional<Duration> total = call.limits.total;
  // HEAD by another name is HEAD: its response has no body.
  if (request.method == Method::other) request.method = method_of(request.other_method);
  if (!total.has_value()) co_return co_await follow(request, call);
  call.until = Deadline::at(saturating_add(now(), *total));
  co_return co_await deadline(call.until, follow(request, call));
}

Task<Response> ClientCore::follow(Request& request, const Call& call) {
  Url url = Url::parse(request.target);
  for (std::size_t followed = 0;; ++followed) {
    Answer answer = co_await exchange(request, url, call);
    std::optional<Url> next;
    if (followed != options_.redirects_max) next = redirected(request, url, answer.response);
    if (!next.has_value()) {
      if (answer.exchange != nullptr) answer.exchange->adopt(request.body);
      co_return std::move(answer.response);
    }
    // Whose request is not sent could not be used again: its connection goes.
    const bool is_worth_it = answer.exchange != nullptr && answer.exchange->is_sent();
    if (is_worth_it) co_await drain(answer.response);
    url = *next;
  }
}

Task<ClientCore::Answer> ClientCore::exchange(Request& request, const Url& url, const Call& call) {
  const std::string head = request_head(request, url, options_.user_agent);
  for (bool is_second = false;; is_second = true) {
    Lease lease = co_await take(url, call, is_second);
    const bool may_repeat = !is_second && lease.was_used() && is_idempotent(request.method) && request.body.is_text();
    Answer answer;
    auto exchange = std::make_unique<Exchange>(std::move(lease), request.method, call.parser, url.origin(), call.until);
    const Outcome<void> begun = co_await outcome(exchange->begin(request, head, answer.response, call.exchange));
    if (begun.ok()) {
      const std::optional<std::uint64_t> bytes = exchange->parser().body_bytes();
      if (exchange->has_more()) {
        answer.exchange = exchange.get();
        answer.response.body = Body::from(std::make_unique<ResponseSource>(std::move(exchange)), bytes);
      }
      co_return answer;
    }
    if (!may_repeat || exchange->has_received() || !is_broken_connection(begun.failure())) begun.value();
  }
}

Task<Lease> ClientCore::take(const Url& url, const Call& call, bool is_new) {
  const std::shared_ptr<Origin> origin = pool_.origin(url.origin(), now());
  Permit permit = co_await origin->room().acquire();
  while (!is_new) {
    std::unique_ptr<ByteStream> idle = origin->take_idle(now());
    if (idle == nullptr) break;
    if (co_await is_quiet(*idle)) co_return Lease(origin, std::move(permit), std::move(idle), true);
  }
  std::unique_ptr<ByteStream> made = co_await connect(url, call.limits.connect);
  co_return Lease(origin, std::move(permit), std::move(made), false);
}

Task<std::unique_ptr<ByteStream>> ClientCore::connect(Url url, std::optional<Duration> within) {
  const std::string origin = url.origin();
  auto connecting = options_.connect ? options_.connect(std::move(url)) : connect_by_scheme(std::move(url));
  if (!within.has_value()) co_return co_await std::move(connecting);
  auto made = co_await outcome(timeout(*within, std::move(connecting)));
  const Error* error = made.failure().error();
  if (error != nullptr && error->kind() == ErrorKind::timed_out && error->os_code() == 0) {
    throw TimeoutError("http connect", "no connection to " + origin + " within its limit");
  }
  co_return *std::move(made);
}

Task<std::unique_ptr<ByteStream>> ClientCore::connect_by_scheme(Url url) {
  if (url.scheme() == Url::Scheme::http_unix) {
    co_return std::make_unique<UnixStream>(co_await UnixStream::connect(url.host()));
  }
  std::shared_ptr<const ringback::internal::TlsEngine> tls;
  if (url.scheme() == Url::Scheme::https) tls = tls_for(url);
  TcpStream tcp = co_await resolver_.connect(url.host(), url.port());
  tcp.set_no_delay(true);
  std::unique_ptr<ByteStream> stream = std::make_unique<TcpStream>(std::move(tcp));
  if (tls != nullptr) stream = co_await tls->connect(std::move(stream), url.host());
  co_return stream;
}

std::shared_ptr<const ringback::internal::TlsEngine> ClientCore::tls_for(const Url& url) {
  if (options_.tls.has_value()) return options_.tls->shared_engine();
  const std::lock_guard guard(tls_lock_);
  if (tls_ == nullptr) tls_ = ringback::internal::make_default_tls();
  if (tls_ != nullptr) return tls_;
  throw Error(ErrorKind::unsupported, "http connect",
              "https needs TLS: link ringback::tls, of find_package(ringback COMPONENTS tls)", 0, url.origin());
}

}  // namespace ringback::http::internal

// What a HttpClient is behind its header: connections taken, redirects followed, once more where it may.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "ringback/http/http_client.h"
#include "ringback/http/internal/connection_pool.h"
#include "ringback/http/internal/exchange.h"
#include "ringback/net/resolver.h"

namespace ringback::http::internal {

class ClientCore {
 public:
  explicit ClientCore(HttpClientOptions options);

  const HttpClientOptions& options() const noexcept { return options_; }
  ConnectionPool& pool() noexcept { return pool_; }

  // A response with a streamed body.
  Task<Response> open(Request request, HttpLimits limits);
  Task<Response> send(Request request, HttpLimits limits);

 private:
  // What stays the same over redirects and second attempts.
  struct Call {
    HttpLimits limits;
    ParserOptions parser;
    ExchangeOptions exchange;
    Deadline until = Deadline::never();
  };
  struct Answer {
    Response response;
    Exchange* exchange = nullptr;  // which its body reads; none: it has ended
  };

  Task<Response> ask(Request request, Call call);
  Task<Response> follow(Request& request, const Call& call);
  Task<Answer> exchange(Request& request, const Url& url, const Call& call);
  Task<Lease> take(const Url& url, const Call& call, bool is_new);
  Task<std::unique_ptr<ByteStream>> connect(Url url, std::optional<Duration> within);
  Task<std::unique_ptr<ByteStream>> connect_by_scheme(Url url);
  std::shared_ptr<const ringback::internal::TlsEngine> tls_for(const Url& url);

  const HttpClientOptions options_;
  Resolver resolver_;
  ConnectionPool pool_;
  std::mutex tls_lock_;
  std::shared_ptr<const ringback::internal::TlsEngine> tls_;  // made when it is first needed; guarded by tls_lock_
};

}  // namespace ringback::http::internal

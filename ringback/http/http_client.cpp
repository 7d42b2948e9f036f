#include "ringback/http/http_client.h"

#include "ringback/http/internal/client_core.h"

namespace ringback {

using http::internal::ClientCore;

HttpClient::HttpClient(HttpClientOptions options) : core_(std::make_unique<ClientCore>(std::move(options))) {}

HttpClient::~HttpClient() = default;

Task<http::Response> HttpClient::get(std::string url) { return send(http::Request(http::Method::get, std::move(url))); }

Task<http::Response> HttpClient::post(std::string url, std::string body, std::string content_type) {
  http::Request request(http::Method::post, std::move(url));
  request.headers.add("Content-Type", content_type);
  request.body = http::Body(std::move(body));
  co_return co_await core_->send(std::move(request), options().limits);
}

Task<http::Response> HttpClient::send(http::Request request) { return send(std::move(request), options().limits); }

Task<http::Response> HttpClient::send(http::Request request, HttpLimits limits) {
  return core_->send(std::move(request), limits);
}

Task<http::Response> HttpClient::open(http::Request request) { return open(std::move(request), options().limits); }

Task<http::Response> HttpClient::open(http::Request request, HttpLimits limits) {
  return core_->open(std::move(request), limits);
}

void HttpClient::close_idle() noexcept { core_->pool().close_idle(); }

std::size_t HttpClient::idle_connections() const noexcept { return core_->pool().idle_count(); }

const HttpClientOptions& HttpClient::options() const noexcept { return core_->options(); }

}  // namespace ringback

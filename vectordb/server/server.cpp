#include "vectordb/server/server.h"

#include <limits>
#include <utility>

#include "vectordb/server/internal/responder.h"
#include "vectordb/server/internal/routes.h"

namespace vectordb {

namespace {

namespace http = ringback::http;

// Bodies have a limit of their own, which is answered in JSON.
ringback::HttpServerOptions without_body_limit(ringback::HttpServerOptions options) {
  options.message.body_bytes_max = std::numeric_limits<std::uint64_t>::max();
  return options;
}

// Which call it is is found out when it begins.
ringback::Task<http::Response> answer(const internal::Routes& routes, http::Request& request) {
  http::Reply reply = routes(request);
  if (reply.response() != nullptr) co_return std::move(*reply.response());
  co_return co_await std::move(reply.task());
}

}  // namespace

struct Server::Parts {
  template <typename Listener>
  Parts(Database& database, Listener listener, ServerOptions options)
      : responder(database, std::move(options.api_key), options.body_bytes_max),
        routes(responder),
        around(std::move(options.around)),
        server(std::move(listener), *this, without_body_limit(std::move(options.http))) {}

  http::Reply operator()(http::Request& request) const {
    if (around) return around(request, answer(routes, request));
    return routes(request);
  }

  internal::Responder responder;
  internal::Routes routes;
  decltype(ServerOptions::around) around;
  ringback::HttpServer server;
};

Server::Server(Database& database, ringback::TcpListener listener, ServerOptions options)
    : parts_(std::make_unique<Parts>(database, std::move(listener), std::move(options))) {}
Server::Server(Database& database, ringback::UnixListener listener, ServerOptions options)
    : parts_(std::make_unique<Parts>(database, std::move(listener), std::move(options))) {}
Server::~Server() = default;

ringback::Task<> Server::serve() { return parts_->server.serve(); }
void Server::stop() noexcept { parts_->server.stop(); }
const ringback::Address& Server::local() const noexcept { return parts_->server.local(); }
ringback::HttpServerStats Server::stats() const noexcept { return parts_->server.stats(); }

}  // namespace vectordb

// An HTTP/1.1 server over any listener of net/.
//
//   Task<http::Response> greet(http::Request& request, std::string name) {
//     co_return http::Response::text("hello " + name + "\n");
//   }
//   Router router;
//   router.get("/hello/{name}", greet);
//   HttpServer server(TcpListener(Address::loopback(8080)), router);
//   co_await server.serve();                                 // until server.stop()
//
// Each connection is a task: it reads a request, calls the handler, sends the reply, and goes on with the
// next. Connections are kept alive; requests that came together are answered together, in one write, as far
// as their handlers do not wait. Bodies are streams in both directions: what a handler does not read is
// not taken from the connection but for one buffer, and what the client does not take is not made.
//
// Threads: stop() and stats() from any; the rest from one. Connections run on the executor that serve() runs
// on: on a Pool handlers run side by side. For many cores, one server per Loop, whose listeners have
// reuse_port; see docs/guide/http-server.md.
// Lifetime: outlives serve(); the router, or what the handler refers to, outlives the server.
// Errors: what a client does wrong is answered (400, 408, 413, 414, 417, 431, 501, 505) and counted. What a
// handler throws is told to on_error, and the client sees a 500 without its text; Error overloaded is a 503.
// Cancellation: serve() cancelled stops at once: handlers are cancelled, connections closed. A client that
// goes away does not cancel its handler: that sees it where it reads or writes next.
// Units: limits are in bytes or chrono. Cost: docs/internals/http.md.
// Source: RFC 9110, RFC 9112.
#pragma once

#include <atomic>
#include <chrono>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "ringback/async/task.h"
#include "ringback/base/unique_function.h"
#include "ringback/http/parser_options.h"
#include "ringback/http/reply.h"
#include "ringback/net/address.h"
#include "ringback/net/tcp.h"
#include "ringback/net/unix_socket.h"
#include "ringback/tls/tls_context.h"

namespace ringback {

namespace internal {
class HttpServerCore;
}

struct HttpServerOptions {
  // What a message may be, and what is answered where it is more.
  http::ParserOptions message = {};
  // Connections at once; a further one gets 503 with Retry-After.
  std::size_t connections_max = 10'000;
  // Connections at once that are being told so; a further one is closed without a word.
  std::size_t turned_away_max = 1'000;
  // Requests in their handlers at once; a further one gets 503 with Retry-After.
  std::size_t requests_max = std::numeric_limits<std::size_t>::max();
  // After so many a connection is closed, so that clients spread over servers anew.
  std::size_t requests_per_connection_max = std::numeric_limits<std::size_t>::max();
  // For a whole head, from its first byte, or from the connection's beginning: then 408.
  Duration header_timeout = std::chrono::seconds(10);
  // For the first byte of the next request.
  Duration idle_timeout = std::chrono::seconds(60);
  // For more of a body, each time: then 408, where the handler does not catch the TimeoutError.
  Duration body_timeout = std::chrono::seconds(30);
  // Bytes a second of a body, on average over the time that was spent waiting for it, beyond body_timeout: a
  // client that sends a little now and then gets 408 as well. 0: as slowly as it likes, for bodies that are
  // written as things happen.
  std::size_t body_bytes_per_second_min = 100;
  // For the client to take more of what is sent, each time.
  Duration write_timeout = std::chrono::seconds(30);
  // Cancels a waiting handler when its client has closed the connection, or only its own sending side. TCP does not
  // tell the server which, so do not set this for clients that shut down sending and then wait for the answer.
  // A client that has already sent its next request is not watched.
  bool cancels_for_lost_clients = false;
  // For running requests after stop(); then they are cancelled.
  Duration stop_timeout = std::chrono::seconds(10);
  // What Retry-After says.
  std::chrono::seconds retry_after = std::chrono::seconds(1);
  // A server's TLS context. With it every accepted connection begins with a TLS handshake, within header_timeout; a
  // connection that fails it is counted as lost. Link the component ringback::tls.
  std::optional<TlsContext> tls = std::nullopt;
  // Called with the failure of a handler and its request. Without it the failure goes to the unhandled hook.
  unique_function<void(const Failure&, const http::Request&)> on_error = nullptr;
};

struct HttpServerStats {
  std::size_t connections = 0;   // now
  std::uint64_t accepted = 0;    // connections in all
  std::uint64_t requests = 0;    // answered, by a handler or not
  std::uint64_t refused = 0;     // of them: malformed, too large, too slow
  std::uint64_t overloaded = 0;  // of them, and connections: answered with 503
  // Connections that broke, timed out, did not come through the handshake of TLS, or were left by a client whose
  // handler was cancelled.
  std::uint64_t lost = 0;
};

class HttpServer {
 public:
  // `handler`: an http::Handler, or a Router by name, which is referred to and not copied.
  HttpServer(TcpListener listener, http::Handler handler, HttpServerOptions options = {});
  HttpServer(UnixListener listener, http::Handler handler, HttpServerOptions options = {});
  template <typename Listener, typename F>
    requires requires(F& handler, http::Request& request) { http::Reply(handler(request)); }
  HttpServer(Listener listener, F& handler, HttpServerOptions options = {})
      : HttpServer(std::move(listener),
                   http::Handler([&handler](http::Request& request) -> http::Reply { return handler(request); }),
                   std::move(options)) {}
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();

  // Accepts and serves until stop(): then no connection is accepted any more, idle ones are closed, and running
  // requests get stop_timeout to end; their responses say "Connection: close". Once for each server.
  // Errors: what accepting says.
  Task<> serve();

  // One connection that somebody else has accepted, to its end, as it is. Beside serve(), or without it.
  Task<> serve_connection(std::unique_ptr<ByteStream> stream);

  // Threads: any; may be called from a signal's task or from a handler. Again: does nothing.
  void stop() noexcept;

  // Where it listens: with the port the kernel chose.
  const Address& local() const noexcept;
  HttpServerStats stats() const noexcept;

 private:
  std::unique_ptr<internal::HttpServerCore> core_;
};

}  // namespace ringback

// An HTTP/1.1 client that keeps its connections.
//
//   HttpClient http;
//   http::Response page = co_await http.get("http://127.0.0.1:8080/hello/you");
//   std::string text = page.body.text();                                     // the whole body
//
//   http::Response file = co_await http.open(http::Request(http::Method::get, url));
//   while (true) {
//     const Chunk part = co_await file.body.read();                          // as it comes
//     if (part.empty()) break;
//   }
//
// Each call is an operation like any other: `wait(timeout(2s, http.get(url)))` needs no loop.
//
// Threads: any, any number of calls at once, from a plain thread, Loops and Pools alike; they share the
// connections. One thread at a time uses a response.
// Lifetime: the client outlives its calls. A response with its body may outlive the client.
// Suspension: a call waits for a connection to its origin (first come, first served), then for the server. With a
// streamed body it also waits for the function that makes it; the response then waits for its reader.
// Errors: any status is a response. Error where there is none: invalid (the request cannot be sent, see
// Url::parse), unsupported (https:// in a program without ringback::tls), what Resolver::connect() and, for
// https://, TlsStream::connect() say (untrusted is never tried again), timed_out past a limit, reset or
// end_of_stream where the connection broke, malformed where what came is not HTTP, overloaded where it is
// larger than it may be.
// Cancellation: at any time. The server may have acted on the request. The connection is closed: the client
// uses a connection again only if its last response was read to its end.
// Cost: a kept connection, a write and a read for a small exchange; a head is parsed once.
// Source: RFC 9110, RFC 9112.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "ringback/async/task.h"
#include "ringback/base/time.h"
#include "ringback/http/parser_options.h"
#include "ringback/http/request.h"
#include "ringback/http/response.h"
#include "ringback/http/url.h"
#include "ringback/io/byte_stream.h"
#include "ringback/tls/tls_context.h"

namespace ringback {

namespace http::internal {
class ClientCore;
}

// What one call may take. None: as long, or as many, as it likes.
struct HttpLimits {
  // Until a new connection stands, its name being resolved and the handshake of TLS included.
  std::optional<Duration> connect = std::chrono::seconds(10);
  // From the end of the request to the end of the response's head.
  std::optional<Duration> response_head = std::chrono::seconds(30);
  // All of it: waiting for a connection, redirects, and reading the body, also of open().
  std::optional<Duration> total = std::nullopt;
  // A body that is read whole. More: overloaded.
  std::size_t body_bytes_max = std::size_t{64} << 20;
};

struct HttpClientOptions {
  HttpLimits limits = {};
  // Connections to one origin (scheme, host and port) at once; more calls wait in line.
  std::size_t connections_per_origin_max = 16;
  // How many of those stay open while no call uses them; 0 keeps none.
  std::size_t idle_per_origin_max = 16;
  // How long they are: shorter than servers keep them. Looked at when the client is used.
  Duration idle_time = std::chrono::seconds(30);
  // How many redirects get(), send() and open() follow; 0: a redirect is a response like any other.
  std::size_t redirects_max = 0;
  // The limits of a response's head; its body is limited by HttpLimits.
  http::ParserOptions parser = {};
  // Sent where the request has none; empty: none.
  std::string user_agent = "ringback";
  // Whom https:// trusts: a client's context. None: whom the system trusts, read at the first https:// that is
  // asked for. The component ringback::tls is to be linked.
  std::optional<TlsContext> tls = std::nullopt;
  // How a connection is made. Empty: by a Resolver of the client's own over TCP, with TLS for https, and for
  // http+unix over Unix sockets. One that is given is asked for every scheme.
  std::function<Task<std::unique_ptr<ByteStream>>(http::Url)> connect = {};
};

class HttpClient {
 public:
  explicit HttpClient(HttpClientOptions options = {});
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // The response with its whole body, as text.
  Task<http::Response> get(std::string url);
  Task<http::Response> post(std::string url, std::string body, std::string content_type);

  // The same for any request; its target is the URL.
  //
  // Framing, Host and User-Agent are put in; Content-Length and Transfer-Encoding are not the caller's
  // to set (invalid). A text is sent with its length, a body that is made or read chunk by chunk, where
  // its length is not known. It is sent beside the reading of the response: a server may answer while it
  // still reads. A response that is whole before, a 413 say, ends the sending, and so does an error status
  // of a server that says it will close; that connection is not used again.
  // Where a kept connection breaks before a byte of the response has come, a request that may be
  // repeated (RFC 9110, section 9.2.2) and has its body at hand is sent once more, on a new one.
  // Redirects, where they are followed: 303, and 301 or 302 of a POST, become GET; to another origin
  // Authorization and Cookie do not go along; a body that cannot be sent again ends the following.
  Task<http::Response> send(http::Request request);
  Task<http::Response> send(http::Request request, HttpLimits limits);

  // The same with a body that is read as it comes: what is not read stays with the server. A response
  // that is dropped before the end of its body closes its connection; one that is kept holds it.
  // What is left of the request when the head comes is sent while the response's body is being read, and
  // only then; its errors are those of the reads. Its body lives as long, and where it is a source, each of
  // its reads may be cancelled and asked again: one that takes longer than the next bytes of the response
  // never ends. A body that a function makes cannot stop: open() returns when it has been sent, or the
  // response has ended; overloaded where over 1 MiB of the response's body comes before.
  Task<http::Response> open(http::Request request);
  Task<http::Response> open(http::Request request, HttpLimits limits);

  // Closes the connections that no call uses.
  void close_idle() noexcept;
  // How many there are.
  std::size_t idle_connections() const noexcept;
  const HttpClientOptions& options() const noexcept;

 private:
  std::unique_ptr<http::internal::ClientCore> core_;
};

}  // namespace ringback

// A Database over HTTP, with the REST API of Qdrant: its clients work unmodified.
//
//   Database database;
//   Server server(database, TcpListener(Address::loopback(6333)));
//   co_await server.serve();                                  // until server.stop()
//
// There are: collections (create, list, info, exists, delete), points (upsert as rows or columns, get,
// retrieve, scroll, count, delete by id), search and query (by a vector or a point) one by one and in
// batches, /healthz, /livez, /readyz, and GET / with our own name and the version of the API followed.
// What Qdrant has besides (filters, named and sparse vectors ...) is refused, naming the field: nothing
// is passed over that would change an answer. docs/guide/vector-database.md has the list.
//
// Threads: stop(), stats() from any; the rest from one. Requests with a body are read, computed and
// answered on the Database's Pool; the thread of serve() moves bytes only.
// Lifetime: outlives serve(); the Database outlives the server.
// Errors: a bad request is answered, with Qdrant's status and a sentence that names the field: 400, 401,
// 404, 408 past its `timeout`, 409, 413, 422, and 503 where the Pool is full. serve(): see HttpServer.
// Cancellation: serve() cancelled stops at once, its searches too.
// Source: the OpenAPI description of Qdrant 1.19.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "ringback/async/task.h"
#include "ringback/http/http_server.h"
#include "ringback/net/tcp.h"
#include "ringback/net/unix_socket.h"
#include "vectordb/collection/database.h"

namespace vectordb {

struct ServerOptions {
  // What a request must carry in `api-key`, or as a bearer token; empty: everyone may. Of the key only
  // GET / and the checks of health know nothing.
  std::string api_key = {};
  // Of a request's body; a larger one gets 413. What Qdrant allows.
  std::size_t body_bytes_max = std::size_t{32} << 20;
  // Put around each answer: to measure, delay or log it. It awaits `answer` once, which looks at the request
  // only then, and gives its response, or another. On a Pool several run at once. Empty: nothing.
  std::function<ringback::Task<ringback::http::Response>(ringback::http::Request& request,
                                                         ringback::Task<ringback::http::Response> answer)>
      around = {};
  // Limits of time and number. That of a body is body_bytes_max.
  ringback::HttpServerOptions http = {};
};

class Server {
 public:
  Server(Database& database, ringback::TcpListener listener, ServerOptions options = {});
  Server(Database& database, ringback::UnixListener listener, ServerOptions options = {});
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  // Until stop(), or the first error of accepting.
  ringback::Task<> serve();
  // Running requests get options.http.stop_timeout to end. Threads: any.
  void stop() noexcept;

  // Where it listens: with the port the kernel chose.
  const ringback::Address& local() const noexcept;
  ringback::HttpServerStats stats() const noexcept;

 private:
  struct Parts;

  std::unique_ptr<Parts> parts_;
};

}  // namespace vectordb

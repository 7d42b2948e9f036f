// A database behind HTTP: this server's, or a Qdrant's.
//
//   Client client("http://127.0.0.1:6333");
//   co_await client.create_collection("books", {.dimension = 4});
//   co_await client.upsert("books", {{.id = 1, .vector = {0.1, 0.2, 0.3, 0.4}}});
//   for (const Hit& hit : co_await client.search("books", {0.1, 0.2, 0.3, 0.4}, {.limit = 3})) use(hit.id, hit.score);
//
// The calls, their values and the kinds of their errors are those of Collection and Database. Each is an
// operation: wait(client.count("books")) needs no loop.
//
// Threads: any, any number of calls at once; connections are kept and used again.
// Lifetime: outlives its calls.
// Suspension: waits for the server. Answers are read where the call is awaited.
// Errors: what the server says, with its own sentence: invalid (400, 422), not_found, exists, denied
// (401, 403), timed_out (408), overloaded (413, 429, 503), exhausted (507), unsupported (404 of a call it
// does not have; 405, 501), io (5xx); malformed for an answer that is none; and what HttpClient says. The
// call is the operation, the server the peer.
// Cancellation: at any time. The connection is closed, and the server may have done the write.
#pragma once

#include <string>
#include <vector>

#include "ringback/async/task.h"
#include "ringback/http/http_client.h"
#include "vectordb/collection/collection.h"

namespace vectordb {

struct ClientOptions {
  std::string api_key = {};  // sent with each call; empty: none
  // Connections, limits of time and size. The default lets a call take as long as it likes.
  ringback::HttpClientOptions http = {};
};

class Client {
 public:
  // `url`: scheme, host, port, and a path where the server is behind one. Errors: invalid.
  explicit Client(std::string url, ClientOptions options = {});

  ringback::Task<> create_collection(std::string name, CollectionOptions options);
  // Gives whether there was one.
  ringback::Task<bool> drop_collection(std::string name);
  ringback::Task<bool> collection_exists(std::string name);
  ringback::Task<std::vector<std::string>> collections();
  // Of its bytes, operations and rows looked at the server does not tell: they are 0.
  ringback::Task<CollectionInfo> info(std::string collection);

  // Returns when it is done, and as durable as the server makes it. Of Written::points the server does
  // not tell: it is how many were given.
  ringback::Task<Written> upsert(std::string collection, std::vector<Point> points);
  ringback::Task<Written> remove(std::string collection, std::vector<PointId> ids);

  // Those that are there. A Qdrant gives them in an order of its own.
  ringback::Task<std::vector<Point>> retrieve(std::string collection, std::vector<PointId> ids, Select select = {});
  ringback::Task<std::size_t> count(std::string collection);
  ringback::Task<ScrollPage> scroll(std::string collection, ScrollOptions options = {});

  ringback::Task<std::vector<Hit>> search(std::string collection, std::vector<float> vector,
                                          SearchOptions options = {});
  // In one request, in the order of the arguments.
  ringback::Task<std::vector<std::vector<Hit>>> batch_search(std::string collection, std::vector<Query> queries);
  ringback::Task<std::vector<std::vector<Hit>>> batch_search(std::string collection,
                                                             std::vector<std::vector<float>> vectors,
                                                             SearchOptions options = {});

  // What the server says it is: "title version".
  ringback::Task<std::string> server_name();

 private:
  // The answer of a call that succeeded. `path` begins behind the URL.
  ringback::Task<std::string> call(ringback::http::Method method, std::string path, std::string body);

  const std::string url_;
  const std::string api_key_;
  ringback::HttpClient http_;
};

}  // namespace vectordb

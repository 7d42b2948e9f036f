// From a request to its response: the envelope around a result, the status of a refusal, the time it
// took, and where it runs.
#pragma once

#include <cstddef>
#include <string>

#include "ringback/async/task.h"
#include "ringback/http/request.h"
#include "ringback/http/response.h"
#include "vectordb/collection/database.h"
#include "vectordb/server/internal/calls.h"

namespace vectordb::internal {

// Threads: one Responder serves many requests at once. Lifetime: outlives them, as their requests do.
class Responder {
 public:
  Responder(Database& database, std::string api_key, std::size_t body_bytes_max)
      : database_(database), api_key_(std::move(api_key)), body_bytes_max_(body_bytes_max) {}

  // Never fails but by cancellation: what goes wrong is the response. `collection` and `point` are those
  // of the path, decoded.
  ringback::Task<ringback::http::Response> respond(const CallRoute& route, ringback::http::Request& request,
                                                   std::string collection, std::string point);

  // Where no route fits: gives `response`, which has a status, a body in JSON.
  void refuse(const ringback::http::Request& request, ringback::http::Response& response) const;

 private:
  ringback::Task<std::string> answer(const CallRoute& route, ringback::http::Request& request, std::string collection,
                                     std::string point, ringback::TimePoint begin);
  ringback::Task<std::string> read_all(ringback::http::Request& request);
  void admit(const ringback::http::Request& request) const;

  Database& database_;
  const std::string api_key_;
  const std::size_t body_bytes_max_;
};

// Who answers here: Qdrant's fields, our name, the version of the API that we follow.
std::string identity();

}  // namespace vectordb::internal

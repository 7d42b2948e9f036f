#include "vectordb/server/internal/responder.h"

#include <optional>

#include "ringback/async/on.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "vectordb/server/internal/answers.h"
#include "vectordb/server/internal/refusal.h"

namespace vectordb::internal {

namespace http = ringback::http;
using ringback::Task;
using ringback::TimePoint;

namespace {

constexpr std::string_view kApiVersion = "1.19.0";
constexpr std::string_view kBearer = "Bearer ";

// Takes as long for every text of that length, so that the time tells nothing of the key.
bool is_key(std::string_view given, std::string_view key) {
  if (given.size() != key.size()) return false;
  unsigned char difference = 0;
  for (std::size_t i = 0; i < key.size(); ++i) difference |= static_cast<unsigned char>(given[i] ^ key[i]);
  return difference == 0;
}

Task<std::string> write_answer(CallHandler handler, Call& call, TimePoint begin) {
  JsonWriter out;
  begin_answer(out);
  co_await handler(call, out);
  end_answer(out, ringback::now() - begin);
  co_return std::move(out).text();
}

// Bodies and answers may be large, and reading and writing them computes: not on the thread that serves
// the others, too.
Task<std::string> run_call(const CallRoute& route, Call& call, TimePoint begin) {
  Task<std::string> work = write_answer(route.handler, call, begin);
  if (!route.has_body) co_return co_await std::move(work);
  co_return co_await ringback::on(call.database.pool(), std::move(work));
}

std::string too_large(std::size_t bytes_max) {
  return "JSON payload is larger than allowed (limit: " + std::to_string(bytes_max) + " bytes).";
}

}  // namespace

void Responder::admit(const http::Request& request) const {
  if (api_key_.empty()) return;
  std::optional<std::string_view> given = request.headers.get("api-key");
  if (!given.has_value()) {
    given = request.headers.get("authorization");
    if (given.has_value() && given->starts_with(kBearer)) given->remove_prefix(kBearer.size());
  }
  if (!given.has_value()) throw Refusal(401, "Must provide an API key or an Authorization bearer token");
  if (!is_key(*given, api_key_)) throw Refusal(401, "Invalid API key or JWT");
}

Task<std::string> Responder::read_all(http::Request& request) {
  const std::optional<std::uint64_t> announced = request.body.bytes();
  if (announced.has_value() && *announced > body_bytes_max_) throw Refusal(413, too_large(body_bytes_max_));
  ringback::Outcome<std::string> body = co_await ringback::outcome(request.body.read_all(body_bytes_max_));
  if (!body.ok()) {
    const ringback::Error* error = body.failure().error();
    if (error != nullptr && error->kind() == ringback::ErrorKind::overloaded) {
      throw Refusal(413, too_large(body_bytes_max_));
    }
  }
  co_return std::move(body).value();
}

Task<std::string> Responder::answer(const CallRoute& route, http::Request& request, std::string collection,
                                    std::string point, TimePoint begin) {
  Call call{.database = database_, .collection = std::move(collection), .point = std::move(point)};
  admit(request);
  call.options = read_call_options(request.query());
  if (route.has_body) call.body = co_await read_all(request);
  if (!call.options.timeout.has_value()) co_return co_await run_call(route, call, begin);
  co_return co_await ringback::timeout(*call.options.timeout, run_call(route, call, begin));
}

Task<http::Response> Responder::respond(const CallRoute& route, http::Request& request, std::string collection,
                                        std::string point) {
  const TimePoint begin = ringback::now();
  ringback::Outcome<std::string> answered =
      co_await ringback::outcome(answer(route, request, std::move(collection), std::move(point), begin));
  if (answered.ok()) co_return http::Response::json(*std::move(answered));
  if (answered.failure().is_cancelled()) answered.failure().raise();
  const Ending ending = ending_of(answered.failure());
  co_return http::Response::json(error_answer(ending.message, ringback::now() - begin),
                                 http::Status(static_cast<std::uint16_t>(ending.status)));
}

void Responder::refuse(const http::Request& request, http::Response& response) const {
  std::string message = response.status == http::Status::bad_request ? "Wrong input: this is no path: `"
                                                                     : "Not found: this server has no call `";
  message.append(request.method_name()).append(" ").append(request.path()).append("`");
  response.headers.set("Content-Type", "application/json");
  response.body = error_answer(message, {});
}

std::string identity() {
  JsonWriter out;
  out.begin_object().field("title", "ringback - vector database with Qdrant's REST API");
  out.field("version", kApiVersion).end_object();
  return std::move(out).text();
}

}  // namespace vectordb::internal

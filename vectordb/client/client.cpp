#include "vectordb/client/client.h"

#include <optional>
#include <utility>

#include "ringback/http/target.h"
#include "vectordb/client/internal/answer_forms.h"
#include "vectordb/client/internal/request_forms.h"

namespace vectordb {

namespace {

namespace http = ringback::http;
using ringback::Error;
using ringback::ErrorKind;
using ringback::Task;

ErrorKind kind_of(std::uint16_t status, bool has_reason) {
  switch (status) {
    case 400:
    case 422: return ErrorKind::invalid;
    case 401:
    case 403: return ErrorKind::denied;
    // With a reason some thing is not there; without one, or of another server, the very call.
    case 404: return has_reason ? ErrorKind::not_found : ErrorKind::unsupported;
    case 405:
    case 501: return ErrorKind::unsupported;
    case 408: return ErrorKind::timed_out;
    case 409: return ErrorKind::exists;
    case 413:
    case 429:
    case 503: return ErrorKind::overloaded;
    case 507: return ErrorKind::exhausted;
    default: return ErrorKind::io;
  }
}

Error error_of(const http::Response& response, std::string_view operation, const std::string& url) {
  const std::uint16_t status = response.status.code();
  const std::string reason = internal::error_in(response.body.text());
  std::string message = reason;
  if (reason.empty())
    message = "the server answered " + std::to_string(status) + " " + std::string(response.status.phrase());
  return {kind_of(status, !reason.empty()), operation, message, 0, url};
}

// `read` of the result, or of an answer that is none: malformed.
template <typename Read>
auto result_of(const std::string& answer, const std::string& url, Read read) {
  std::optional<decltype(read(std::declval<JsonReader&>()))> result;
  try {
    internal::read_result(answer, [&](JsonReader& in) { result = read(in); });
  } catch (const Error& error) {
    throw Error(ErrorKind::malformed, "read the server's answer", error.what(), 0, url);
  }
  return *std::move(result);
}

std::string path_of(std::string_view collection, std::string_view rest = {}) {
  return "/collections/" + http::percent_encoded(collection) + std::string(rest);
}

// A slash at the end would be there twice.
std::string checked(std::string url) {
  static_cast<void>(http::Url::parse(url));
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace

Client::Client(std::string url, ClientOptions options)
    : url_(checked(std::move(url))), api_key_(std::move(options.api_key)), http_(std::move(options.http)) {}

Task<std::string> Client::call(http::Method method, std::string path, std::string body) {
  std::string operation = std::string(http::to_string(method)) + " " + path;
  http::Request request(method, url_ + path);
  if (!api_key_.empty()) request.headers.set("api-key", api_key_);
  if (!body.empty()) {
    request.headers.set("Content-Type", "application/json");
    request.body = std::move(body);
  }
  http::Response response = co_await http_.send(std::move(request));
  if (response.status != http::Status::ok) throw error_of(response, operation, url_);
  co_return response.body.text();
}

Task<> Client::create_collection(std::string name, CollectionOptions options) {
  const std::string answer = co_await call(http::Method::put, path_of(name), internal::create_form(options));
  result_of(answer, url_, [](JsonReader& in) { return in.boolean(); });
}

Task<bool> Client::drop_collection(std::string name) {
  const std::string answer = co_await call(http::Method::delete_, path_of(name), {});
  co_return result_of(answer, url_, [](JsonReader& in) { return in.boolean(); });
}

Task<bool> Client::collection_exists(std::string name) {
  const std::string answer = co_await call(http::Method::get, path_of(name, "/exists"), {});
  co_return result_of(answer, url_, internal::exists_in);
}

Task<std::vector<std::string>> Client::collections() {
  const std::string answer = co_await call(http::Method::get, "/collections", {});
  co_return result_of(answer, url_, internal::names_in);
}

Task<CollectionInfo> Client::info(std::string collection) {
  const std::string answer = co_await call(http::Method::get, path_of(collection), {});
  CollectionInfo info = result_of(answer, url_, internal::info_in);
  info.name = std::move(collection);
  co_return info;
}

Task<Written> Client::upsert(std::string collection, std::vector<Point> points) {
  const std::size_t count = points.size();
  std::string form = internal::upsert_form(points);
  points = {};
  const std::string answer =
      co_await call(http::Method::put, path_of(collection, "/points?wait=true"), std::move(form));
  Written written = result_of(answer, url_, internal::written_in);
  written.points = count;
  co_return written;
}

Task<Written> Client::remove(std::string collection, std::vector<PointId> ids) {
  const std::string answer =
      co_await call(http::Method::post, path_of(collection, "/points/delete?wait=true"), internal::remove_form(ids));
  Written written = result_of(answer, url_, internal::written_in);
  written.points = ids.size();
  co_return written;
}

Task<std::vector<Point>> Client::retrieve(std::string collection, std::vector<PointId> ids, Select select) {
  const std::string answer =
      co_await call(http::Method::post, path_of(collection, "/points"), internal::retrieve_form(ids, select));
  co_return result_of(answer, url_, internal::points_in);
}

Task<std::size_t> Client::count(std::string collection) {
  const std::string answer =
      co_await call(http::Method::post, path_of(collection, "/points/count"), R"({"exact":true})");
  co_return result_of(answer, url_, internal::count_in);
}

Task<ScrollPage> Client::scroll(std::string collection, ScrollOptions options) {
  const std::string answer =
      co_await call(http::Method::post, path_of(collection, "/points/scroll"), internal::scroll_form(options));
  co_return result_of(answer, url_, internal::page_in);
}

Task<std::vector<Hit>> Client::search(std::string collection, std::vector<float> vector, SearchOptions options) {
  const Query query{std::move(vector), options};
  const std::string answer =
      co_await call(http::Method::post, path_of(collection, "/points/query"), internal::query_form(query));
  co_return result_of(answer, url_, internal::hits_in);
}

Task<std::vector<std::vector<Hit>>> Client::batch_search(std::string collection, std::vector<Query> queries) {
  const std::string answer = co_await call(http::Method::post, path_of(collection, "/points/query/batch"),
                                           internal::query_batch_form(queries));
  co_return result_of(answer, url_, internal::all_hits_in);
}

Task<std::vector<std::vector<Hit>>> Client::batch_search(std::string collection,
                                                         std::vector<std::vector<float>> vectors,
                                                         SearchOptions options) {
  std::vector<Query> queries;
  queries.reserve(vectors.size());
  for (std::vector<float>& vector : vectors) queries.push_back({std::move(vector), options});
  co_return co_await batch_search(std::move(collection), std::move(queries));
}

Task<std::string> Client::server_name() {
  const std::string answer = co_await call(http::Method::get, "/", {});
  co_return internal::name_in(answer);
}

}  // namespace vectordb

#include "ringback/http/response.h"

namespace ringback::http {

Response Response::typed(std::string&& content, std::string_view type, Status status) {
  Response response(status, Body(std::move(content)));
  response.headers.append("Content-Type", type);
  return response;
}

Response Response::text(std::string text, Status status) {
  return typed(std::move(text), "text/plain; charset=utf-8", status);
}

Response Response::html(std::string page, Status status) {
  return typed(std::move(page), "text/html; charset=utf-8", status);
}

Response Response::json(std::string document, Status status) {
  return typed(std::move(document), "application/json", status);
}

Response Response::redirect(std::string_view location, Status status) {
  return Response(status).with("Location", location);
}

void Response::clear() noexcept {
  status = Status::ok;
  version = Version::http_1_1;
  reason.clear();
  headers.clear();
  body = Body();
}

}  // namespace ringback::http

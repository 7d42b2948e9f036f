// An HTTP response, as it is sent and as it came.
//
//   co_return http::Response::text("hello\n");
//   co_return http::Response::json(document).with("Cache-Control", "no-store");
//   co_return http::Response(http::Status::no_content);
//
// A value. Framing (Content-Length, Transfer-Encoding), Date and Connection are put in by the server.
#pragma once

#include <string>
#include <string_view>

#include "ringback/http/body.h"
#include "ringback/http/headers.h"
#include "ringback/http/request.h"
#include "ringback/http/status.h"

namespace ringback::http {

class Response {
 public:
  // 200 without a body.
  Response() = default;
  explicit Response(Status status) noexcept : status(status) {}
  Response(Status status, Body&& body) noexcept : status(status), body(std::move(body)) {}

  // With their content types, in UTF-8.
  static Response text(std::string text, Status status = Status::ok);
  static Response html(std::string page, Status status = Status::ok);
  static Response json(std::string document, Status status = Status::ok);
  // With `location` as the new place. Errors: invalid where it holds a line break.
  static Response redirect(std::string_view location, Status status = Status::found);

  // The same with one more header field. Errors: as of Headers::add().
  Response&& with(std::string_view name, std::string_view value) && {
    headers.add(name, value);
    return std::move(*this);
  }

  Status status;
  Version version = Version::http_1_1;
  std::string reason;  // as it came; sent, the status has its usual phrase
  Headers headers;
  Body body;

  // As new; keeps its memory.
  void clear() noexcept;

 private:
  static Response typed(std::string&& content, std::string_view type, Status status);
};

}  // namespace ringback::http

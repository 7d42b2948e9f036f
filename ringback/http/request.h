// An HTTP request, as it is sent and as it came.
//
//   http::Request request(http::Method::post, "/points?wait=true");
//   request.headers.set("Content-Type", "application/json");
//   request.body = "{}";
//
// A value: making one sends nothing. The client adds framing (Content-Length, Transfer-Encoding) and Host when it
// sends the request.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ringback/http/body.h"
#include "ringback/http/headers.h"
#include "ringback/http/method.h"

namespace ringback::http {

enum class Version : std::uint8_t { http_1_0, http_1_1 };

class Request {
 public:
  Request() = default;
  explicit Request(Method method, std::string target = "/") : method(method), target(std::move(target)) {}

  Method method = Method::get;
  Version version = Version::http_1_1;
  std::string other_method;  // the name, where method is Method::other
  std::string target = "/";  // as on the request line, percent-encoded
  Headers headers;
  Body body;

  std::string_view method_name() const noexcept {
    return method == Method::other ? std::string_view(other_method) : to_string(method);
  }
  // Of the target, as it came: "/a%20b" of "/a%20b?c=d" and of "http://host/a%20b"; see target.h.
  std::string_view path() const noexcept;
  // "c=d" of it; empty where there is none.
  std::string_view query() const noexcept;
  // The first value of that name in the query, decoded. Errors: invalid where it is not well encoded.
  std::optional<std::string> query_value(std::string_view name) const;

  // As new; keeps its memory.
  void clear() noexcept;
};

}  // namespace ringback::http

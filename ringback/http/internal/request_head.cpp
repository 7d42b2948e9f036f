#include "ringback/http/internal/request_head.h"

#include <optional>

#include "ringback/base/error.h"
#include "ringback/http/internal/characters.h"

namespace ringback::http::internal {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

[[noreturn]] void refuse(std::string_view why) { throw Error(ErrorKind::invalid, "http request", why); }

void check_sendable(const Request& request) {
  if (request.method == Method::connect) refuse("CONNECT asks for a tunnel, which is no request of this client");
  if (!is_token(request.method_name())) refuse("the method is not a token: set other_method");
  if (request.headers.contains("Content-Length") || request.headers.contains("Transfer-Encoding")) {
    refuse("Content-Length and Transfer-Encoding are put in by the client: give the body its bytes instead");
  }
}

// A method that usually has a body says that it has none. (RFC 9110, section 8.6)
bool says_no_body(Method method) noexcept {
  return method == Method::post || method == Method::put || method == Method::patch;
}

void add_framing(std::string& head, const Request& request) {
  const std::optional<std::uint64_t> bytes = request.body.bytes();
  if (!bytes.has_value()) {
    head.append("Transfer-Encoding: chunked\r\n");
  } else if (*bytes != 0 || says_no_body(request.method)) {
    head.append("Content-Length: ").append(std::to_string(*bytes)).append(kLineEnd);
  }
}

}  // namespace

bool is_idempotent(Method method) noexcept {
  switch (method) {
    case Method::get:
    case Method::head:
    case Method::put:
    case Method::delete_:
    case Method::options:
    case Method::trace: return true;
    default: return false;
  }
}

std::string request_head(const Request& request, const Url& url, std::string_view user_agent) {
  check_sendable(request);
  std::string head(request.method_name());
  head.append(" ").append(url.target()).append(" HTTP/1.1\r\n");
  if (!request.headers.contains("Host")) head.append("Host: ").append(url.authority()).append(kLineEnd);
  if (!user_agent.empty() && !request.headers.contains("User-Agent")) {
    head.append("User-Agent: ").append(user_agent).append(kLineEnd);
  }
  request.headers.append_to(head);
  add_framing(head, request);
  return head.append(kLineEnd);
}

}  // namespace ringback::http::internal

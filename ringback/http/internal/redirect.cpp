#include "ringback/http/internal/redirect.h"

#include "ringback/base/error.h"

namespace ringback::http::internal {
namespace {

bool names_another_place(Status status) noexcept {
  return status == Status::moved_permanently || status == Status::found || status == Status::see_other ||
         status == Status::temporary_redirect || status == Status::permanent_redirect;
}

bool becomes_get(Status status, Method method) noexcept {
  if (status == Status::see_other) return method != Method::head;
  return method == Method::post && (status == Status::moved_permanently || status == Status::found);
}

Url place_named(std::string_view location, const Url& url) {
  try {
    return url.resolve(location);
  } catch (const Error& error) {
    throw Error(ErrorKind::malformed, "http redirect", error.what(), 0, url.origin());
  }
}

void forget_body(Request& request) {
  request.method = Method::get;
  request.body = Body();
  for (const char* about_body : {"Content-Type", "Content-Encoding", "Content-Language", "Content-Location"}) {
    request.headers.remove(about_body);
  }
}

// What was meant for one server is not told to another.
void forget_secrets(Request& request) {
  for (const char* secret : {"Authorization", "Proxy-Authorization", "Cookie", "Host"}) request.headers.remove(secret);
}

}  // namespace

std::optional<Url> redirected(Request& request, const Url& url, const Response& response) {
  const std::optional<std::string_view> location = response.headers.get("Location");
  if (!names_another_place(response.status) || !location.has_value()) return std::nullopt;
  const bool as_get = becomes_get(response.status, request.method);
  if (!as_get && !request.body.is_text()) return std::nullopt;
  const Url next = place_named(*location, url);
  if (as_get) forget_body(request);
  if (next.origin() != url.origin()) forget_secrets(request);
  return next;
}

}  // namespace ringback::http::internal

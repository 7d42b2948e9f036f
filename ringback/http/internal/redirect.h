// What a redirect makes of a request. (RFC 9110, section 15.4)
#pragma once

#include <optional>

#include "ringback/http/request.h"
#include "ringback/http/response.h"
#include "ringback/http/url.h"

namespace ringback::http::internal {

// Where `request`, changed as the response has it, is to be sent next. None: the response is the last,
// since it is no redirect, names no place, or asks to send again what cannot be.
// Errors: malformed where the place it names is no URL; unsupported schemes fail when connected to.
std::optional<Url> redirected(Request& request, const Url& url, const Response& response);

}  // namespace ringback::http::internal

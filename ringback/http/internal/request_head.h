// A request as bytes: its head.
#pragma once

#include <string>
#include <string_view>

#include "ringback/http/request.h"
#include "ringback/http/url.h"

namespace ringback::http::internal {

// May be sent twice with the effect of once. (RFC 9110, section 9.2.2)
bool is_idempotent(Method method) noexcept;

// Errors: invalid where the request cannot be sent as it is.
std::string request_head(const Request& request, const Url& url, std::string_view user_agent);

}  // namespace ringback::http::internal

// The head of a response as it is sent.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ringback/http/response.h"

namespace ringback::internal {

enum class BodyFraming : std::uint8_t {
  none,         // there is no body, and nothing says how long it is
  sized,        // Content-Length
  chunked,      // Transfer-Encoding
  until_close,  // the connection's end
};

struct ResponseHead {
  BodyFraming framing = BodyFraming::none;
  std::uint64_t body_bytes = 0;
  bool closes = false;           // says "Connection: close"
  bool says_keep_alive = false;  // for HTTP/1.0
};

// The framing fields are the server's: those of `response` are left out. `body` comes behind the head.
void append_head(std::string& text, const http::Response& response, const ResponseHead& head,
                 std::string_view body = {});

}  // namespace ringback::internal

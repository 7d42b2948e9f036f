#include "ringback/http/internal/response_head.h"

#include <charconv>
#include <string_view>

#include "ringback/http/internal/date.h"

namespace ringback::internal {
namespace {

using http::equal_ignoring_case;

void append_number(std::string& text, std::uint64_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  text.append(digits, end);
}

void append_status(std::string& text, http::Status status) {
  if (status == http::Status::ok) {
    text += "HTTP/1.1 200 OK\r\n";
    return;
  }
  text += "HTTP/1.1 ";
  append_number(text, status.code());
  text += ' ';
  text += status.phrase();
  text += "\r\n";
}

bool is_the_servers(std::string_view name) noexcept {
  switch (name.size()) {
    case 10: return equal_ignoring_case(name, "connection");
    case 14: return equal_ignoring_case(name, "content-length");
    case 17: return equal_ignoring_case(name, "transfer-encoding");
    default: return false;
  }
}

}  // namespace

void append_head(std::string& text, const http::Response& response, const ResponseHead& head) {
  append_status(text, response.status);
  bool has_date = false;
  for (const http::Headers::Field field : response.headers) {
    if (is_the_servers(field.name)) continue;
    has_date = has_date || (field.name.size() == 4 && equal_ignoring_case(field.name, "date"));
    text += field.name;
    text += ": ";
    text += field.value;
    text += "\r\n";
  }
  if (!has_date) text += date_line();
  if (head.framing == BodyFraming::sized) {
    text += "Content-Length: ";
    append_number(text, head.body_bytes);
    text += "\r\n";
  } else if (head.framing == BodyFraming::chunked) {
    text += "Transfer-Encoding: chunked\r\n";
  }
  if (head.closes) {
    text += "Connection: close\r\n";
  } else if (head.says_keep_alive) {
    text += "Connection: keep-alive\r\n";
  }
  text += "\r\n";
}

}  // namespace ringback::internal

#include "ringback/http/internal/response_head.h"

#include <charconv>
#include <cstring>
#include <string_view>

#include "ringback/http/internal/date.h"

namespace ringback::internal {
namespace {

using http::equal_ignoring_case;

// Text on its way behind a string: gathered first, since each append to a string is a call.
class Gathered {
 public:
  explicit Gathered(std::string& text) noexcept : text_(text) {}

  [[gnu::always_inline]] void put(std::string_view piece) {
    if (piece.size() > sizeof bytes_ - used_) [[unlikely]]
      return put_large(piece);
    if (piece.empty()) return;
    std::memcpy(bytes_ + used_, piece.data(), piece.size());
    used_ += piece.size();
  }
  void put_number(std::uint64_t number) {
    if (sizeof bytes_ - used_ < kDigitsMost) flush();
    used_ = static_cast<std::size_t>(std::to_chars(bytes_ + used_, bytes_ + sizeof bytes_, number).ptr - bytes_);
  }
  void flush() {
    text_.append(bytes_, used_);
    used_ = 0;
  }

 private:
  static constexpr std::size_t kDigitsMost = 20;

  [[gnu::noinline]] void put_large(std::string_view piece) {
    flush();
    text_.append(piece);
  }

  std::string& text_;
  std::size_t used_ = 0;
  char bytes_[512];
};

void put_status(Gathered& out, http::Status status) {
  if (status == http::Status::ok) return out.put("HTTP/1.1 200 OK\r\n");
  out.put("HTTP/1.1 ");
  out.put_number(status.code());
  out.put(" ");
  out.put(status.phrase());
  out.put("\r\n");
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

void append_head(std::string& text, const http::Response& response, const ResponseHead& head, std::string_view body) {
  Gathered out(text);
  bool has_date = false;
  put_status(out, response.status);
  for (const http::Headers::Field field : response.headers) {
    if (is_the_servers(field.name)) continue;
    has_date = has_date || (field.name.size() == 4 && equal_ignoring_case(field.name, "date"));
    out.put(field.name);
    out.put(": ");
    out.put(field.value);
    out.put("\r\n");
  }
  if (!has_date) out.put(date_line());
  if (head.framing == BodyFraming::sized) {
    out.put("Content-Length: ");
    out.put_number(head.body_bytes);
    out.put("\r\n");
  } else if (head.framing == BodyFraming::chunked) {
    out.put("Transfer-Encoding: chunked\r\n");
  }
  if (head.closes) {
    out.put("Connection: close\r\n");
  } else if (head.says_keep_alive) {
    out.put("Connection: keep-alive\r\n");
  }
  out.put("\r\n");
  out.put(body);
  out.flush();
}

}  // namespace ringback::internal

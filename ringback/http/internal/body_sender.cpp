#include "ringback/http/internal/body_sender.h"

#include <charconv>

namespace ringback::internal {

Task<> BodySender::write(std::string_view bytes) {
  append(bytes);
  if (out_.is_full() || out_.is_concurrent()) {
    co_await out_.flush();
  } else {
    out_.flush_soon();
  }
}

void BodySender::append(std::string_view bytes) {
  if (bytes.empty()) return;  // An empty chunk would be the last.
  if (framing_ == BodyFraming::sized) {
    if (bytes.size() > left_) throw Error(ErrorKind::invalid, "write a body", "it is longer than was said");
    left_ -= bytes.size();
  } else if (framing_ == BodyFraming::chunked) {
    char digits[18];
    char* end = std::to_chars(digits, digits + 16, bytes.size(), 16).ptr;
    *end++ = '\r';
    *end++ = '\n';
    out_.text().append(digits, end);
  }
  out_.text() += bytes;
  if (framing_ == BodyFraming::chunked) out_.text() += "\r\n";
}

void BodySender::finish() {
  if (framing_ == BodyFraming::sized && left_ != 0) {
    throw Error(ErrorKind::invalid, "write a body", "it is shorter than was said");
  }
  if (framing_ == BodyFraming::chunked) out_.text() += "0\r\n\r\n";
}

Task<> send_all(http::Body& body, BodySender& sender) {
  if (http::Body::Maker* maker = body.maker()) {
    co_await (*maker)(sender);
  } else {
    for (;;) {
      const Chunk chunk = co_await body.read();
      if (chunk.empty()) break;
      co_await sender.write(chunk.text());
    }
  }
  sender.finish();
}

}  // namespace ringback::internal

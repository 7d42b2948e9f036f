#include "ringback/http/internal/request_sender.h"

#include <charconv>
#include <utility>

#include "ringback/async/outcome_of.h"
#include "ringback/base/error.h"
#include "ringback/http/internal/characters.h"

namespace ringback::http::internal {
namespace {

constexpr std::size_t kGatheredBytes = 16 * 1024;
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

void append_chunk_size(std::string& text, std::size_t bytes) {
  char digits[16];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, bytes, 16);
  text.append(digits, end).append(kLineEnd);
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

void RequestBodyWriter::add(std::string_view bytes) {
  if (!left_.has_value()) {
    append_chunk_size(waiting_, bytes.size());
    waiting_.append(bytes).append(kLineEnd);
    return;
  }
  if (bytes.size() > *left_) refuse("its body has more bytes than were announced");
  *left_ -= bytes.size();
  waiting_.append(bytes);
}

// No chunk is empty: that would end the body.
Task<> RequestBodyWriter::write(std::string_view bytes) {
  const bool is_something = !bytes.empty();
  if (is_something) add(bytes);
  if (waiting_.size() >= kGatheredBytes) co_await flush();
}

// What was not sent stays: a maker that was cancelled here and goes on loses nothing.
Task<> RequestBodyWriter::flush() {
  Progress sent;
  const Outcome<void> ended = co_await outcome(stream_.write(waiting_, &sent));
  waiting_.erase(0, sent.bytes);
  ended.value();
}

Task<> RequestBodyWriter::finish() {
  const bool is_chunked = !left_.has_value();
  if (left_.value_or(0) != 0) refuse("its body has fewer bytes than were announced");
  if (is_chunked) waiting_.append("0\r\n\r\n");
  co_await flush();
}

Task<> send_body(ByteStream& stream, Request& request) {
  Body& body = request.body;
  if (body.is_text()) {
    co_await stream.write(body.text());
    co_return;
  }
  RequestBodyWriter sender(stream, body.bytes());
  if (Body::Maker* maker = body.maker()) {
    auto making = (*maker)(sender);
    co_await std::move(making);
  } else {
    for (;;) {
      const Chunk chunk = co_await body.read();
      if (chunk.empty()) break;
      co_await sender.write(chunk.text());
    }
  }
  co_await sender.finish();
}

}  // namespace ringback::http::internal

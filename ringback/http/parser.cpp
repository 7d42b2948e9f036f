#include "ringback/http/parser.h"

#include <algorithm>

#include "ringback/http/internal/characters.h"
#include "ringback/http/internal/scan.h"

namespace ringback::http {
namespace {

using internal::ChunkDecoder;
using internal::HeadParser;

constexpr std::string_view kNoVersion = "the version is not HTTP/1.1 or HTTP/1.0";

// None where it is not one of ours; `refusal` says why.
std::optional<Version> version_of(std::string_view text, Refusal& refusal) noexcept {
  if (text == "HTTP/1.1") return Version::http_1_1;
  if (text == "HTTP/1.0") return Version::http_1_0;
  const bool is_a_version = text.size() == 8 && text.starts_with("HTTP/") && text[5] >= '0' && text[5] <= '9' &&
                            text[6] == '.' && text[7] >= '0' && text[7] <= '9';
  refusal = {is_a_version ? Status::version_not_supported : Status::bad_request, kNoVersion};
  return std::nullopt;
}

bool refuse_line(Refusal& refusal, std::string_view why) noexcept {
  refusal = {Status::bad_request, why};
  return false;
}

// Which form a target has to have depends on the method. (RFC 9112, section 3.2)
bool has_its_form(Method method, std::string_view target) noexcept {
  if (method == Method::connect) return internal::is_all_in(internal::kHost, target);
  if (target.front() == '/') return true;
  if (target == "*") return method == Method::options;
  const std::size_t scheme = target.find("://");
  return scheme != std::string_view::npos && scheme > 0 &&
         target.substr(0, scheme).find_first_of("/?:@") == target.npos;
}

}  // namespace

std::optional<std::uint64_t> Parser::body_bytes() const noexcept {
  if (framing_ == Framing::none) return 0;
  if (framing_ == Framing::sized) return head_.fields().content_length;
  return std::nullopt;
}

Parsed Parser::refuse(Refusal why) noexcept {
  refusal_ = why;
  state_ = State::refused;
  keeps_alive_ = false;
  return {Event::refused, 0, {}};
}

Parser::Framing Parser::framing_of(Version version, bool none_is_until_close) {
  const internal::FramingFields& fields = head_.fields();
  refusal_ = {};
  if (fields.has_transfer_encoding) {
    if (fields.has_content_length) {
      refusal_ = {Status::bad_request, "both Content-Length and Transfer-Encoding"};
    } else if (version == Version::http_1_0) {
      refusal_ = {Status::bad_request, "Transfer-Encoding in HTTP/1.0"};
    }
    return Framing::chunked;
  }
  if (!fields.has_content_length) return none_is_until_close ? Framing::until_close : Framing::none;
  return fields.content_length == 0 ? Framing::none : Framing::sized;
}

Parsed Parser::head_is_done(std::size_t used, Framing framing, bool keeps_alive) noexcept {
  framing_ = framing;
  keeps_alive_ = keeps_alive && framing != Framing::until_close;
  state_ = State::body;
  trailers_.clear();
  body_left_ = options_.body_bytes_max;
  if (framing == Framing::sized) {
    if (head_.fields().content_length > options_.body_bytes_max) {
      return refuse({Status::content_too_large, "the body is too large"});
    }
    body_left_ = head_.fields().content_length;
  } else if (framing == Framing::chunked) {
    chunks_.begin(options_.body_bytes_max, options_.chunk_extension_bytes_max);
  }
  return {Event::head, used, {}};
}

Parsed Parser::feed_body(std::string_view bytes) {
  switch (framing_) {
    case Framing::none: return end(0);
    case Framing::chunked: return feed_chunked(bytes);
    default: return feed_sized(bytes);
  }
}

Parsed Parser::feed_sized(std::string_view bytes) noexcept {
  if (framing_ == Framing::sized && body_left_ == 0) return end(0);
  if (bytes.empty()) return {Event::need_more, 0, {}};
  if (body_left_ == 0) return refuse({Status::content_too_large, "the body is too large"});
  const std::string_view part = bytes.substr(0, body_left_);
  body_left_ -= part.size();
  return {Event::body, part.size(), part};
}

Parsed Parser::feed_chunked(std::string_view bytes) {
  std::size_t used = 0;
  if (!in_trailers_) {
    const ChunkDecoder::Fed fed = chunks_.feed(bytes);
    if (fed.step == ChunkDecoder::Step::refused) return refuse(chunks_.refusal());
    if (fed.step == ChunkDecoder::Step::data) return {Event::body, fed.used, fed.data};
    if (fed.step == ChunkDecoder::Step::need_more) return {Event::need_more, fed.used, {}};
    used = fed.used;
    in_trailers_ = true;
    trailer_parser_.begin(trailers_, true);
  }
  const HeadParser::Fed fed =
      trailer_parser_.feed(bytes.substr(used), trailers_, [](std::string_view) { return true; });
  if (fed.step == HeadParser::Step::refused) return refuse(trailer_parser_.refusal());
  used += fed.used;
  if (fed.step == HeadParser::Step::need_more) return {Event::need_more, used, {}};
  in_trailers_ = false;
  return end(used);
}

Parsed Parser::end(std::size_t used) noexcept {
  state_ = State::between;
  return {Event::end, used, {}};
}

Parsed RequestParser::feed(std::string_view bytes, Request& into) {
  switch (state_) {
    case State::between:
      if (bytes.empty()) return {Event::need_more, 0, {}};
      into.clear();
      head_.begin(into.headers, false);
      skipped_ = 0;
      state_ = State::head;
      [[fallthrough]];
    case State::head: return feed_head(bytes, into);
    case State::body: return feed_body(bytes);
    case State::refused: break;
  }
  return {Event::refused, 0, {}};
}

// One, which some clients send behind a body. (RFC 9112, section 2.2)
std::size_t RequestParser::skip_empty_line(std::string_view bytes) noexcept {
  std::size_t used = 0;
  if (skipped_ == 0 && bytes.starts_with('\r') && !head_.has_begun()) skipped_ = ++used;
  if (skipped_ == 1 && used < bytes.size()) skipped_ = bytes[used++] == '\n' ? 2 : kNotSkipped;
  return used;
}

Parsed RequestParser::feed_head(std::string_view bytes, Request& into) {
  const std::size_t skipped = skip_empty_line(bytes);
  if (skipped_ == kNotSkipped) return refuse({Status::bad_request, "it does not begin as HTTP does"});
  const HeadParser::Fed fed = head_.feed(bytes.substr(skipped), into.headers,
                                         [this, &into](std::string_view line) { return take_line(line, into); });
  if (fed.step == HeadParser::Step::refused) return refuse(head_.refusal());
  if (fed.step == HeadParser::Step::need_more) return {Event::need_more, skipped + fed.used, {}};
  return take_head(skipped + fed.used, into);
}

// method SP target SP version
bool RequestParser::take_line(std::string_view line, Request& into) {
  Refusal& refusal = head_.refusal();
  const std::size_t method_bytes = internal::end_of_token(line, 0);
  const std::size_t target_at = method_bytes + 1;
  const std::size_t target_end = line.ends_with(" HTTP/1.1") ? line.size() - 9 : line.rfind(' ');
  if (method_bytes == 0 || method_bytes == line.size() || line[method_bytes] != ' ' || target_end < target_at + 1) {
    return refuse_line(refusal, "a request line that is not method, target and version");
  }
  const std::string_view method = line.substr(0, method_bytes);
  const std::string_view target = line.substr(target_at, target_end - target_at);
  if (internal::end_of_target(line, target_at) < target_end) {
    return refuse_line(refusal, "a byte in the target that may not be there, such as white space");
  }
  const std::optional<Version> version = version_of(line.substr(target_end + 1), refusal);
  if (!version) return false;
  if (target.size() > options_.target_bytes_max) {
    refusal = {Status::uri_too_long, "the target is too long"};
    return false;
  }
  into.method = method_of(method);
  if (into.method == Method::other) into.other_method.assign(method);
  if (!has_its_form(into.method, target)) return refuse_line(refusal, "a target of a form its method does not have");
  into.version = *version;
  into.target.assign(target);
  return true;
}

Parsed RequestParser::take_head(std::size_t used, Request& into) {
  const internal::FramingFields& fields = head_.fields();
  const bool is_1_1 = into.version == Version::http_1_1;
  if (is_1_1 && !fields.has_host) return refuse({Status::bad_request, "no Host"});
  const Framing framing = framing_of(into.version, false);
  if (refusal_.status != Status::ok) return refuse(refusal_);
  const bool keeps_alive = !fields.says_close && (is_1_1 || fields.says_keep_alive);
  return head_is_done(used, framing, keeps_alive);
}

Parsed ResponseParser::feed(std::string_view bytes, Response& into) {
  switch (state_) {
    case State::between:
      if (bytes.empty()) return {Event::need_more, 0, {}};
      into.clear();
      head_.begin(into.headers, false);
      state_ = State::head;
      [[fallthrough]];
    case State::head: return feed_head(bytes, into);
    case State::body: return feed_body(bytes);
    case State::refused: break;
  }
  return {Event::refused, 0, {}};
}

Parsed ResponseParser::feed_head(std::string_view bytes, Response& into) {
  const HeadParser::Fed fed =
      head_.feed(bytes, into.headers, [this, &into](std::string_view line) { return take_line(line, into); });
  if (fed.step == HeadParser::Step::refused) return refuse(head_.refusal());
  if (fed.step == HeadParser::Step::need_more) return {Event::need_more, fed.used, {}};
  return take_head(fed.used, into);
}

// version SP status [SP reason]
bool ResponseParser::take_line(std::string_view line, Response& into) {
  Refusal& refusal = head_.refusal();
  const std::optional<Version> version = version_of(line.substr(0, std::min(line.find(' '), line.size())), refusal);
  if (!version) return false;
  const std::string_view rest = line.substr(std::min<std::size_t>(line.size(), 9));
  unsigned code = 0;
  for (const char digit : rest.substr(0, 3)) {
    if (digit < '0' || digit > '9') return refuse_line(refusal, "a status that is no number");
    code = (code * 10) + static_cast<unsigned>(digit - '0');
  }
  if (code < 100 || (rest.size() > 3 && rest[3] != ' ')) {
    return refuse_line(refusal, "a status that is not three digits");
  }
  const std::string_view reason = rest.substr(std::min<std::size_t>(rest.size(), 4));
  if (!internal::is_field_value(reason)) return refuse_line(refusal, "a control byte in the reason");
  into.status = Status(static_cast<std::uint16_t>(code));
  into.version = *version;
  into.reason.assign(reason);
  return true;
}

Parsed ResponseParser::take_head(std::size_t used, Response& into) {
  const internal::FramingFields& fields = head_.fields();
  Framing framing = framing_of(into.version, true);
  if (refusal_.status != Status::ok) return refuse(refusal_);
  const bool has_none =
      into.status.has_no_body() || method_ == Method::head || (method_ == Method::connect && into.status.is_success());
  if (has_none) framing = Framing::none;
  const bool is_1_1 = into.version == Version::http_1_1;
  const bool goes_on = into.status != Status::switching_protocols && method_ != Method::connect;
  return head_is_done(used, framing, goes_on && !fields.says_close && (is_1_1 || fields.says_keep_alive));
}

Parsed ResponseParser::finish() noexcept {
  if (state_ == State::between) return {Event::need_more, 0, {}};
  if (state_ == State::body && framing_ == Framing::none) return {Event::need_more, 0, {}};
  if (state_ == State::body && framing_ == Framing::until_close) {
    state_ = State::between;
    return {Event::end, 0, {}};
  }
  return refuse({Status::bad_gateway, "the connection ended in the middle of a response"});
}

}  // namespace ringback::http

// HTTP/1.1 as pure bytes-in, events-out: no I/O, no clock.
//
//   http::RequestParser parser;
//   http::Request request;
//   while (true) {
//     const http::Parsed step = parser.feed(bytes, request);
//     bytes.remove_prefix(step.used);
//     switch (step.event) {
//       case http::Event::head: ...       // request is whole but for its body
//       case http::Event::body: ...       // step.body: a part of it, inside `bytes`
//       case http::Event::end: ...        // the next feed() begins the next request
//       case http::Event::need_more: ...  // everything has been used: come again with more
//       case http::Event::refused: ...    // parser.refusal(): answer with it, and close
//     }
//   }
//
// Strict: what two parsers could read in two ways is refused, never guessed at. So are Content-Length
// beside Transfer-Encoding, a second Content-Length, any coding but exactly "chunked", a line that
// does not end in CR LF, a folded line, white space before a colon or in a target, control bytes, a
// chunk size that is no plain hexadecimal number, and a missing or second Host.
// One byte at a time gives the same events as all at once, but that a body may come in other parts.
//
// Threads: one at a time. Lifetime: the message given to feed() is the same from its first byte to
// Event::head; bytes need to live no longer than the call, but for `body`, which lies in them.
// Errors: std::bad_alloc only; what is wrong with the bytes is an event.
// Cost: one pass, one copy of the head; no allocation once the message's memory is large enough.
// Source: RFC 9112.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "ringback/http/internal/chunk_decoder.h"
#include "ringback/http/internal/head_parser.h"
#include "ringback/http/parser_options.h"
#include "ringback/http/request.h"
#include "ringback/http/response.h"

namespace ringback::http {

enum class Event : std::uint8_t { need_more, head, body, end, refused };

struct Parsed {
  Event event;
  std::size_t used;       // bytes, from the front of what was given
  std::string_view body;  // for Event::body: not empty
};

// What requests and responses have in common.
class Parser {
 public:
  // From Event::head on, of this message:
  // The connection may carry another one after it.
  bool keeps_alive() const noexcept { return keeps_alive_; }
  bool has_body() const noexcept { return framing_ != Framing::none; }
  // How long the body will be, where it is known before its end.
  std::optional<std::uint64_t> body_bytes() const noexcept;
  // From Event::end on: the fields that came behind a chunked body. Do not trust them as headers.
  const Headers& trailers() const noexcept { return trailers_; }

  // Not one byte of the next message has come.
  bool is_between() const noexcept { return state_ == State::between; }
  // For Event::refused.
  const Refusal& refusal() const noexcept { return refusal_; }

 protected:
  enum class Framing : std::uint8_t { none, sized, chunked, until_close };

  explicit Parser(const ParserOptions& options) noexcept
      : options_(options),
        head_(options_.head_bytes_max, options_.fields_max),
        trailer_parser_(options_.trailer_bytes_max, options_.fields_max) {}

  // Of the message at hand.
  Parsed feed_body(std::string_view bytes);
  Parsed refuse(Refusal why) noexcept;
  Parsed head_is_done(std::size_t used, Framing framing, bool keeps_alive) noexcept;
  // Gives Framing::none, and the refusal set, where the fields do not say one thing.
  Framing framing_of(Version version, bool none_is_until_close);

  enum class State : std::uint8_t { between, head, body, refused };

  const ParserOptions options_;
  internal::HeadParser head_;
  internal::ChunkDecoder chunks_;
  Headers trailers_;
  std::uint64_t body_left_ = 0;
  Refusal refusal_;
  State state_ = State::between;
  Framing framing_ = Framing::none;
  bool keeps_alive_ = true;

 private:
  Parsed feed_sized(std::string_view bytes) noexcept;
  Parsed feed_chunked(std::string_view bytes);
  Parsed end(std::size_t used) noexcept;

  internal::HeadParser trailer_parser_;
  bool in_trailers_ = false;
};

class RequestParser : public Parser {
 public:
  explicit RequestParser(const ParserOptions& options = {}) noexcept : Parser(options) {}

  Parsed feed(std::string_view bytes, Request& into);

  // From Event::head on: the client waits for "100 Continue" before it sends the body.
  bool expects_continue() const noexcept { return has_body() && head_.fields().expects_continue; }

 private:
  Parsed feed_head(std::string_view bytes, Request& into);
  Parsed take_head(std::size_t used, Request& into);
  std::size_t skip_empty_line(std::string_view bytes) noexcept;
  bool take_line(std::string_view line, Request& into);

  static constexpr std::uint8_t kNotSkipped = 3;

  std::uint8_t skipped_ = 0;  // bytes of an empty line before the request
};

class ResponseParser : public Parser {
 public:
  explicit ResponseParser(const ParserOptions& options = {}) noexcept : Parser(options) {}

  // What was asked for: a response to HEAD has no body whatever it says. Before each response.
  void expect(Method method) noexcept { method_ = method; }

  // A status of 1xx is a response without body, and the one that was asked for comes after it.
  Parsed feed(std::string_view bytes, Response& into);

  // The connection has ended: Event::end where that ends the body, need_more between two responses,
  // else refused.
  Parsed finish() noexcept;

 private:
  Parsed feed_head(std::string_view bytes, Response& into);
  Parsed take_head(std::size_t used, Response& into);
  bool take_line(std::string_view line, Response& into);

  Method method_ = Method::get;
};

}  // namespace ringback::http

// The parsers on any bytes: cut in two ways they give the same, and they use no byte that is not there.
//
// The first byte says what comes (even: requests, odd: responses), the second where the pieces end; the rest
// are the messages. Corpus: tests/fuzz/parser/.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "ringback/http/parser.h"

namespace ringback::http {
namespace {

ParserOptions small_limits() {
  ParserOptions options;
  options.head_bytes_max = 512;
  options.fields_max = 12;
  options.target_bytes_max = 64;
  options.body_bytes_max = 200;
  options.trailer_bytes_max = 64;
  options.chunk_extension_bytes_max = 32;
  return options;
}

void fail(const char* what, const std::string& one, const std::string& other) {
  std::fprintf(stderr, "%s\n--- all at once:\n%s\n--- in pieces:\n%s\n", what, one.c_str(), other.c_str());
  std::abort();
}

// Given as a block of its own, so that a read past its end is seen.
Parsed feed_copy(RequestParser& parser, std::string_view bytes, Request& into, std::string& body) {
  const std::unique_ptr<char[]> copy(new char[bytes.size()]);
  bytes.copy(copy.get(), bytes.size());
  const Parsed step = parser.feed({copy.get(), bytes.size()}, into);
  body.assign(step.body);
  return step;
}
Parsed feed_copy(ResponseParser& parser, std::string_view bytes, Response& into, std::string& body) {
  const std::unique_ptr<char[]> copy(new char[bytes.size()]);
  bytes.copy(copy.get(), bytes.size());
  const Parsed step = parser.feed({copy.get(), bytes.size()}, into);
  body.assign(step.body);
  return step;
}

std::string describe(const Request& request) { return std::string(request.method_name()) + " " + request.target; }
std::string describe(const Response& response) {
  return std::to_string(response.status.code()) + " " + response.reason;
}

std::string fields_of(const Headers& headers) {
  std::string text;
  headers.append_to(text);
  return text;
}

// What came out. Pieces are of `first` bytes, then 1, 2, ... 7, 1, 2 ...; 0: all at once.
template <typename P, typename Message>
std::string events_of(std::string_view bytes, std::size_t first) {
  P parser(small_limits());
  Message message;
  std::string log;
  std::string body;
  std::string part;
  std::size_t piece = first;
  for (;;) {
    const std::string_view given = first == 0 ? bytes : bytes.substr(0, piece);
    piece = piece % 7 + 1;
    const Parsed step = feed_copy(parser, given, message, part);
    if (step.used > given.size()) fail("more was used than given", log, "");
    bytes.remove_prefix(step.used);
    switch (step.event) {
      case Event::head: log += describe(message) + "\n" + fields_of(message.headers); break;
      case Event::body:
        if (part.empty()) fail("an empty part of a body", log, "");
        body += part;
        break;
      case Event::end:
        log += "(" + body + ")" + fields_of(parser.trailers()) + (parser.keeps_alive() ? "+\n" : ".\n");
        body.clear();
        break;
      case Event::need_more:
        if (step.used != given.size()) fail("something was left over", log, "");
        if (bytes.empty()) return log + body;
        break;
      case Event::refused: return log + body + "!" + std::to_string(parser.refusal().status.code());
    }
  }
}

template <typename P, typename Message>
void compare(std::string_view bytes, std::size_t first) {
  const std::string whole = events_of<P, Message>(bytes, 0);
  const std::string pieces = events_of<P, Message>(bytes, first);
  if (whole != pieces) fail("the cut changes what is read", whole, pieces);
}

}  // namespace
}  // namespace ringback::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringback::http;
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t first = data[1] % 64 + 1;
  if (data[0] % 2 == 0) {
    compare<RequestParser, Request>(bytes, first);
  } else {
    compare<ResponseParser, Response>(bytes, first);
  }
  return 0;
}

// What a parser puts up with, and what it says where that is exceeded.
#pragma once

#include <cstdint>
#include <string_view>

#include "ringback/http/status.h"

namespace ringback::http {

struct ParserOptions {
  // The start line and the fields with their line ends. More: 431.
  std::size_t head_bytes_max = 32 * 1024;
  // Header fields, and as many again behind a chunked body. More: 431.
  std::size_t fields_max = 100;
  // The target of a request. More: 414.
  std::size_t target_bytes_max = 8 * 1024;
  // A body without its framing. More: 413.
  std::uint64_t body_bytes_max = std::uint64_t{64} << 20;
  // What comes behind a chunked body. More: 431.
  std::size_t trailer_bytes_max = 8 * 1024;
  // The extensions behind the chunk sizes of one body, all together; they are ignored. More: 400.
  std::size_t chunk_extension_bytes_max = 4 * 1024;
};

// Why a message was refused: with which status a server answers, and a sentence for the log.
struct Refusal {
  Status status = Status::ok;
  std::string_view why;  // never gone
};

}  // namespace ringback::http

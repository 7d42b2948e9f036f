// A chunked body without its chunks. (RFC 9112, section 7.1)
#pragma once

#include <cstdint>
#include <string_view>

#include "ringback/http/parser_options.h"

namespace ringback::http::internal {

class ChunkDecoder {
 public:
  enum class Step : std::uint8_t { need_more, data, trailers, refused };
  struct Fed {
    Step step;
    std::size_t used;
    std::string_view data;  // for Step::data
  };

  void begin(std::uint64_t body_bytes_max, std::size_t extension_bytes_max) noexcept;

  // Step::trailers: the last chunk has come, and the trailers are next.
  Fed feed(std::string_view bytes) noexcept;

  const Refusal& refusal() const noexcept { return refusal_; }

 private:
  enum class At : std::uint8_t { size_begin, size, extension, size_end, data, data_return, data_end };

  // One byte of what is around the data. False: refused.
  bool take_byte(char c) noexcept;
  bool take_digit(char c) noexcept;
  bool size_ends(char c) noexcept;
  bool refuse(Status status, std::string_view why) noexcept;

  std::uint64_t size_ = 0;       // of this chunk, or what is left of it
  std::uint64_t body_left_ = 0;  // what the body may still grow by
  std::size_t extension_left_ = 0;
  unsigned digits_ = 0;
  At at_ = At::size_begin;
  bool is_last_ = false;
  Refusal refusal_;
};

}  // namespace ringback::http::internal

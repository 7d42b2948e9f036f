#include "ringback/http/internal/chunk_decoder.h"

#include <algorithm>

#include "ringback/http/internal/characters.h"

namespace ringback::http::internal {

void ChunkDecoder::begin(std::uint64_t body_bytes_max, std::size_t extension_bytes_max) noexcept {
  *this = ChunkDecoder();
  body_left_ = body_bytes_max;
  extension_left_ = extension_bytes_max;
}

ChunkDecoder::Fed ChunkDecoder::feed(std::string_view bytes) noexcept {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (at_ == At::data) {
      const std::string_view data = bytes.substr(i, size_);
      size_ -= data.size();
      if (size_ == 0) at_ = At::data_return;
      return {Step::data, i + data.size(), data};
    }
    if (!take_byte(bytes[i])) return {Step::refused, i, {}};
    if (is_last_ && at_ == At::data) return {Step::trailers, i + 1, {}};
  }
  return {Step::need_more, bytes.size(), {}};
}

bool ChunkDecoder::take_byte(char c) noexcept {
  switch (at_) {
    case At::size_begin:
      size_ = digits_ = 0;
      at_ = At::size;
      return hex_digit(c) >= 0 ? take_digit(c) : refuse(Status::bad_request, "a chunk's size is no hexadecimal number");
    case At::size: return hex_digit(c) >= 0 ? take_digit(c) : size_ends(c);
    case At::extension:
      if (c == '\r') {
        at_ = At::size_end;
        return true;
      }
      if (!is_in(kValue, c)) return refuse(Status::bad_request, "a control byte in a chunk's extension");
      if (extension_left_ == 0) return refuse(Status::bad_request, "the extensions of chunks are too long");
      --extension_left_;
      return true;
    case At::size_end:
      if (c != '\n') return refuse(Status::bad_request, "a chunk's size does not end in CR LF");
      body_left_ -= size_;
      is_last_ = size_ == 0;
      at_ = At::data;
      return true;
    case At::data_return:
      at_ = At::data_end;
      return c == '\r' || refuse(Status::bad_request, "a chunk is longer than its size");
    case At::data_end:
      at_ = At::size_begin;
      return c == '\n' || refuse(Status::bad_request, "a chunk does not end in CR LF");
    case At::data: break;
  }
  return true;
}

bool ChunkDecoder::take_digit(char c) noexcept {
  if (++digits_ > 15) return refuse(Status::bad_request, "a chunk's size has more than 15 digits");
  size_ = (size_ << 4) | static_cast<unsigned>(hex_digit(c));
  return size_ <= body_left_ || refuse(Status::content_too_large, "the body is too large");
}

bool ChunkDecoder::size_ends(char c) noexcept {
  if (c != ';' && c != '\r') return refuse(Status::bad_request, "something else than a ';' behind a chunk's size");
  at_ = c == ';' ? At::extension : At::size_end;
  return true;
}

bool ChunkDecoder::refuse(Status status, std::string_view why) noexcept {
  refusal_ = {status, why};
  return false;
}

}  // namespace ringback::http::internal

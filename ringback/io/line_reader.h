// Reads a ByteStream by lines, by marks, or by exact counts.
//
//   LineReader lines(stream);
//   for (;;) {
//     std::optional<std::string> line = co_await lines.next();
//     if (!line) break;                                   // the stream has ended
//   }
//
// Threads: as its stream. Lifetime: the stream outlives it. Cancellation: what had come is kept, and
// the next call begins with it; nothing is lost.
#pragma once

#include <optional>
#include <string>

#include "ringback/io/byte_stream.h"

namespace ringback {

struct LineReaderOptions {
  std::size_t line_bytes_max = 64 * 1024;  // without its end; a longer one is an error
};

class LineReader {
 public:
  explicit LineReader(ByteStream& stream, LineReaderOptions options = {}) noexcept
      : stream_(stream), options_(options) {}

  // The next line without its "\n" or "\r\n"; none at the end. Text after the last "\n" is a line.
  // Errors: overloaded where it is too long; the stream's own.
  Task<std::optional<std::string>> next();

  // What comes before `mark`, which is dropped; none at the end of the stream.
  // Errors: end_of_stream where something came but no mark; overloaded; the stream's own.
  Task<std::optional<std::string>> until(std::string mark);

  // As ringback::read_exactly(), beginning with what has been read already.
  Task<> exactly(std::span<std::byte> into, Progress* progress = nullptr);

  // Takes what has been read from the stream and not been asked for.
  std::string take_buffered();

 private:
  Task<bool> fill();
  std::string_view waiting() const noexcept { return std::string_view(buffer_).substr(begin_); }
  std::string take(std::size_t bytes, std::size_t and_drop);
  void check_length(std::size_t bytes) const;

  ByteStream& stream_;
  const LineReaderOptions options_;
  std::string buffer_;
  std::size_t begin_ = 0;
  bool at_end_ = false;
};

// Fills `into`. Where it fails or is cancelled halfway, the bytes that came are at its front, and
// `progress` says how many. Errors: end_of_stream where the stream ends before; the stream's own.
Task<> read_exactly(ByteStream& stream, std::span<std::byte> into, Progress* progress = nullptr);

// Everything up to the end of the stream. Errors: overloaded past `bytes_max`; the stream's own.
Task<std::string> read_all(ByteStream& stream, std::size_t bytes_max = std::size_t{1} << 30);

}  // namespace ringback

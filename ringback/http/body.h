// The body of a message: nothing, a text, or bytes that come as they are read or made.
//
//   request.body = "all of it";
//   const std::shared_ptr<const std::vector<Row>> rows = load_rows();
//   response.body = http::Body::made_by([rows](http::BodyWriter& out) -> Task<> {     // chunk by chunk
//     for (const Row& row : *rows) co_await out.write(row.text());
//   });
//   while (true) {
//     const Chunk chunk = co_await request.body.read();                              // as it comes
//     if (chunk.empty()) break;
//   }
//   const std::string all = co_await request.body.read_all(64 * 1024);
//
// Threads: as its message. Lifetime: a body that comes from a connection is good as long as that
// says so; a server's until its handler ends.
// Suspension: reading waits for the peer, and the peer for the reader: what is not read is not
// taken from the connection but for one buffer. Writing waits until the peer takes what is written.
// Errors: what the connection says; end_of_stream where it ends before the body does; overloaded where
// it is larger than it may be. Cancellation: a read that was cancelled took nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ringback/async/task.h"
#include "ringback/base/unique_function.h"
#include "ringback/driver/chunk.h"

namespace ringback::http {

// Where the bytes of a body go to, in the one who makes it.
class BodyWriter {
 public:
  // Returns when the bytes are on their way, or in a buffer that still has room: see flush().
  virtual Task<> write(std::string_view bytes) = 0;
  // Returns when all that was written before is on its way.
  virtual Task<> flush() = 0;

 protected:
  ~BodyWriter() = default;
};

// Where the bytes of a body come from.
class BodySource {
 public:
  virtual ~BodySource() = default;
  // Some bytes; empty at the end, then and whenever it is asked again.
  virtual Task<Chunk> read() = 0;
};

class Body {
 public:
  // Writes the whole body; returns at its end. It is kept until then, so it may capture.
  using Maker = unique_function<Task<>(BodyWriter&)>;

  Body() noexcept = default;
  Body(std::string&& text) noexcept : text_(std::move(text)) {}  // NOLINT(google-explicit-constructor): a value of it
  Body(const std::string& text) : text_(text) {}                 // NOLINT(google-explicit-constructor): the same
  Body(std::string_view text) : text_(text) {}                   // NOLINT(google-explicit-constructor): the same
  Body(const char* text) : text_(text) {}                        // NOLINT(google-explicit-constructor): the same

  // `bytes`: how many there will be, where that is known; writing more or fewer is an error (invalid).
  static Body made_by(Maker maker, std::optional<std::uint64_t> bytes = std::nullopt);
  static Body from(std::unique_ptr<BodySource> source, std::optional<std::uint64_t> bytes = std::nullopt);
  // `source` outlives the body.
  static Body from(BodySource& source, std::optional<std::uint64_t> bytes = std::nullopt) noexcept;

  // Some bytes; empty at the end. Not where it is made by a function: that aborts.
  Task<Chunk> read();
  // The rest of it. Errors: overloaded where that is more than `bytes_max`.
  Task<std::string> read_all(std::size_t bytes_max = std::size_t{64} << 20);

  // How many bytes it has in all; none where that is not known before its end.
  std::optional<std::uint64_t> bytes() const noexcept;
  bool is_empty() const noexcept { return kind_ == Kind::text && text_.empty(); }
  // All of it is here: text() is the body.
  bool is_text() const noexcept { return kind_ == Kind::text; }
  const std::string& text() const noexcept { return text_; }
  // The function that makes the body, for the code that sends it; null where no function does.
  Maker* maker() noexcept { return kind_ == Kind::maker ? &parts_->maker : nullptr; }

 private:
  enum class Kind : std::uint8_t { text, maker, source };
  struct Parts {
    Maker maker;
    std::unique_ptr<BodySource> source;
  };
  static constexpr std::uint64_t kUnknown = ~std::uint64_t{0};

  std::string text_;  // and what read() has given of it is gone
  std::unique_ptr<Parts> parts_;
  BodySource* source_ = nullptr;
  std::uint64_t bytes_ = kUnknown;
  Kind kind_ = Kind::text;
};

}  // namespace ringback::http

// Sends a request, head and body; the sending may pause and go on later.
//
// Threads: one at a time. Only over() may be awaited while go_on() runs.
// Lifetime: the stream outlives it, and so does the body, unless adopt() moves it here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ringback/async/task.h"
#include "ringback/base/outcome.h"
#include "ringback/http/body.h"
#include "ringback/io/byte_stream.h"
#include "ringback/sync/event.h"

namespace ringback::http::internal {

class RequestSending final : public BodyWriter {
 public:
  RequestSending(ByteStream& stream, std::string head, Body& body);

  // Sends the rest of the request. Returns when all is sent, or when the connection has broken.
  // Errors: what the maker of the body throws, again in every later call; invalid if the body is not as long as
  // announced.
  // Cancellation: no byte is lost, and the next call goes on. A function that makes a body is called only once.
  Task<> go_on();
  // Ends the sending: nothing more is sent.
  void stop() noexcept;
  // Moves the body here. Call it only between two calls of go_on().
  void adopt(Body&& body) noexcept;

  bool is_sent() const noexcept { return is_sent_; }
  bool has_broken() const noexcept { return has_broken_; }
  // How the connection broke.
  [[noreturn]] void raise_break() const { failure_.raise(); }
  // Nothing more will be sent.
  bool is_over() const noexcept { return over_.is_set(); }
  ringback::Event& over() noexcept { return over_; }

  // For the maker of the body. Chunk by chunk, or as many bytes as were announced; small writes are gathered.
  Task<> write(std::string_view bytes) override;
  Task<> flush() override;

 private:
  Task<> send_rest();
  Task<> send_text();
  Task<> send_source();
  void add(std::string_view bytes);
  void end_body();
  void note_write(const Outcome<void>& written);

  ByteStream& stream_;
  Body* body_;
  Body own_;
  std::string waiting_;                // to be sent next
  std::optional<std::uint64_t> left_;  // of the bytes announced; none: chunked
  std::size_t text_sent_ = 0;
  Failure failure_;
  bool has_body_ended_ = false;
  bool is_sent_ = false;
  bool has_broken_ = false;
  ringback::Event over_;
};

}  // namespace ringback::http::internal

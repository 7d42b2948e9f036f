// A request on its way: its head and its body, which may stop in between and go on later.
//
// Threads: one at a time. Only over() may be waited for beside go_on().
// Lifetime: stream and body outlive it; the body until adopt() at most.
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

  // Sends what has not been sent. Returns where all is, or the connection has broken. Errors: those of who
  // makes the body, also in every later call; invalid where it is not as long as announced.
  // Cancellation: nothing is lost, and the next call goes on; but a body that a function makes is begun once.
  Task<> go_on();
  // Nothing more is sent.
  void give_up() noexcept;
  // From now on the body is here. Between two calls of go_on().
  void adopt(Body&& body) noexcept;

  bool is_sent() const noexcept { return is_sent_; }
  bool has_broken() const noexcept { return has_broken_; }
  // How the connection broke.
  [[noreturn]] void raise_break() const { failure_.raise(); }
  // Nothing more will be sent.
  bool is_over() const noexcept { return over_.is_set(); }
  ringback::Event& over() noexcept { return over_; }

  // For who makes the body. Chunk by chunk, or as many bytes as were announced; small writes are gathered.
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

// What a connection still has to send: gathered, and sent in as few writes as can be.
//
// Text is appended at once. It is sent by flush(), or, after flush_soon(), as soon as the conversation
// waits for something else: a child of its scope is spawned, and takes its first step only when the
// executor comes to it, so not before the conversation suspends.
//
// Threads: the executor's, one at a time; on a concurrent one flush_soon() does nothing, and text is only
// sent by flush().
// Protocol. is_busy_: a flush, of either kind, or the conversation itself is in its writes. Who waits for its
// end resets idle_ first. Text may be appended to a flush: it goes into text_, while what is being sent is in
// sending_.
#pragma once

#include <string>

#include "ringback/async/scope.h"
#include "ringback/base/time.h"
#include "ringback/io/byte_stream.h"
#include "ringback/sync/event.h"

namespace ringback::internal {

class Outflow {
 public:
  // More than this is sent before more is made.
  static constexpr std::size_t kFullBytes = 64 * 1024;

  // `limit`: for the peer to take more, each time.
  Outflow(ByteStream& stream, Duration limit) noexcept : stream_(stream), limit_(limit) {}

  // The conversation's, in which the flushes behind it run.
  void attach(Scope& scope, bool is_concurrent) noexcept {
    scope_ = &scope;
    is_concurrent_ = is_concurrent;
  }
  bool is_concurrent() const noexcept { return is_concurrent_; }

  std::string& text() noexcept { return text_; }
  bool has_text() const noexcept { return !text_.empty() || is_busy_; }
  // A write has failed.
  bool is_broken() const noexcept { return is_broken_; }
  bool is_full() const noexcept { return text_.size() >= kFullBytes; }

  // For the conversation, which writes text() itself as far as that goes at once. False: there is nothing, or it is
  // flush()'s business, as is what is left after end_write(). Meanwhile nothing is appended.
  bool begin_write() noexcept;
  void end_write(const Outcome<std::size_t>& written);
  Duration limit() const noexcept { return limit_; }

  // Returns when all that was appended has been taken by the kernel. Errors: timed_out, and the stream's.
  Task<> flush();
  // `bytes` behind all that; they are not copied.
  Task<> flush_with(std::string_view bytes);
  // See above. Its failure is the next flush's.
  void flush_soon();

  // While nothing is waiting to be sent: gives large memory back.
  void shrink() noexcept;

 private:
  static constexpr std::size_t kKeptBytes = 4 * 1024;

  void end() noexcept;
  Task<> send_text();
  Task<> flush_behind();

  ByteStream& stream_;
  const Duration limit_;
  Scope* scope_ = nullptr;
  bool is_concurrent_ = false;
  bool is_busy_ = false;
  bool is_broken_ = false;
  bool is_scheduled_ = false;  // flush_behind() has been spawned and not begun
  std::string text_;
  std::string sending_;
  Failure failure_;
  Event idle_;
};

}  // namespace ringback::internal

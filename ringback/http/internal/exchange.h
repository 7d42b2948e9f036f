// One request and its response on one connection.
//
// A small request is written, and then the response is read. A large request is sent while the response is
// received: a server may answer before it has read the whole request, and would wait for ever if the client
// did not read, or stopped sending. begin() may return before the request has been sent; read() then sends
// the rest while it receives, and nothing is sent between two calls of read(). If the response is complete
// before the request is, the sending stops and the connection is not used again.
//
// Threads: one at a time, any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ringback/async/task.h"
#include "ringback/base/time.h"
#include "ringback/http/internal/connection_pool.h"
#include "ringback/http/internal/request_sending.h"
#include "ringback/http/parser.h"

namespace ringback::http::internal {

struct ExchangeOptions {
  // From the end of the request to the end of the response's head.
  std::optional<Duration> head_within;
  // The caller wants the whole response at once, so begin() sends the whole request.
  bool is_whole = false;
};

class Exchange {
 public:
  Exchange(Lease lease, Method method, const ParserOptions& options, std::string peer, Deadline until);

  // Sends `head`, then the body of `request`, and receives the head of the response into `response`. Where a
  // function makes the request's body, or with is_whole, it returns only when the request has been sent or the
  // response is complete; it keeps what it receives of the response's body meanwhile for read().
  // Errors: see http_client.h. Lifetime: the arguments outlive the call; the body of `request` outlives the
  // exchange, or is given to adopt().
  Task<> begin(Request& request, std::string head, Response& response, ExchangeOptions options);
  // Moves the body of the request here, if some of it has not been sent.
  void adopt(Body& body) noexcept;

  // The next bytes of the body; empty at its end, when the connection has been given back to its pool.
  // Cancellation: a cancelled read() takes no bytes.
  Task<Chunk> read();

  // Whether a byte of the response has been received.
  bool has_received() const noexcept { return has_received_; }
  // Whether read() may give more bytes.
  bool has_more() const noexcept { return lease_.is_held() || !kept_.empty(); }
  // Whether the whole request has been sent.
  bool is_sent() const noexcept { return sending_ == nullptr ? is_small_sent_ : sending_->is_sent(); }
  Deadline until() const noexcept { return until_; }
  const Parser& parser() const noexcept { return parser_; }

 private:
  Task<> send_then_receive(std::string head, Response& response, std::optional<Duration> within);
  void remember_send_error(const Outcome<void>& sent);
  Task<> send_beside_receive(Response& response, ExchangeOptions options, bool sends_all);
  Task<> receive_head_or_fail(Response& response, std::optional<Duration> within);
  Task<> watch(std::optional<Duration> within);
  bool wants_no_more(const Response& response) const;
  Task<> keep_until_sent();
  Task<> keep_body();
  void keep(std::string_view bytes);
  Chunk take_kept();

  Task<> receive_head(Response& response);
  // False: the connection has ended.
  Task<bool> receive();
  Task<bool> receive_beside_sending();
  Task<> send_on();
  // Some of the body; empty where it is whole, or more is needed.
  Chunk take_received();
  Chunk take_part(const Parsed& step);
  void note_end_of_stream();
  void end();

  [[noreturn]] void fail_late() const;
  [[noreturn]] void fail(ErrorKind kind, std::string_view message) const;
  [[noreturn]] void fail_refused() const;

  Lease lease_;
  ResponseParser parser_;
  const std::string peer_;
  const Deadline until_;
  std::unique_ptr<RequestSending> sending_;  // of a large request; ends before its connection
  Chunk received_;                           // and not parsed yet
  std::string kept_;                         // of the body, come before the request was sent
  std::size_t kept_given_ = 0;
  std::size_t kept_bytes_max_ = 0;
  Response none_;  // for the parser, behind the head
  bool closes_ = false;
  bool is_small_sent_ = false;
  bool has_received_ = false;
  bool is_whole_ = false;  // the response has been parsed to its end
};

}  // namespace ringback::http::internal

// One request and its response on one connection.
//
// A small request is written, then the response read. A large one is sent beside the reading, also of the
// response's body: a server may answer while it still reads, and would wait for ever if nobody listened,
// or if nobody went on. What is left of it when begin() returns is sent while somebody is in read(), and
// stops in between: nothing runs here that nobody waits for. A response that is whole before its request
// has been sent ends the sending, and the connection is not used again.
//
// Threads: one at a time, from anywhere in turn.
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

struct Asking {
  // From the end of the request to the end of the response's head.
  std::optional<Duration> head_within;
  // The response is read to its end at once: the request is sent without a stop.
  bool is_whole = false;
};

class Exchange {
 public:
  Exchange(Lease lease, Method method, const ParserOptions& options, std::string peer, Deadline until);

  // Sends `request` behind `head`, and receives up to the end of the head of the response at least, which
  // goes into `response`. A request that cannot stop, since a function makes its body, or need not, is
  // sent to its end, or to that of the response; what comes of the body meanwhile is kept for read().
  // Errors: see http_client.h. The arguments outlive it, the body of `request` the exchange: see adopt().
  Task<> begin(Request& request, std::string head, Response& response, Asking how);
  // Takes over the body of the request, where some of it has not been sent.
  void adopt(Body& body) noexcept;

  // The next bytes of the body; empty at its end, where the connection has been given back. What was
  // cancelled took nothing.
  Task<Chunk> read();

  // A byte of the response has come.
  bool has_heard() const noexcept { return has_heard_; }
  // read() has something to give, or to wait for.
  bool has_more() const noexcept { return lease_.is_held() || !kept_.empty(); }
  // The request, wholly.
  bool is_sent() const noexcept { return sending_ == nullptr ? is_small_sent_ : sending_->is_sent(); }
  Deadline until() const noexcept { return until_; }
  const Parser& parser() const noexcept { return parser_; }

 private:
  Task<> send_then_receive(std::string head, Response& response, std::optional<Duration> within);
  void note_sent(const Outcome<void>& sent);
  Task<> send_beside_receive(Response& response, Asking how, bool sends_all);
  Task<> hear_head(Response& response, std::optional<Duration> within);
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
  bool has_heard_ = false;
  bool is_whole_ = false;  // the response has been parsed to its end
};

}  // namespace ringback::http::internal

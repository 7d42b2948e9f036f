// One request and its response on one connection.
//
// A small request is written, then the response read. A large one is written beside the reading: a
// server may answer before it has taken all, and would wait for ever if nobody listened. An answer that
// comes first ends the writing, and the connection is not used again.
//
// Threads: one at a time, from anywhere in turn. Writing beside reading ends with the head: from then on
// nobody but the reader of the body is here.
#pragma once

#include <optional>
#include <string>

#include "ringback/async/task.h"
#include "ringback/base/time.h"
#include "ringback/http/internal/connection_pool.h"
#include "ringback/http/parser.h"

namespace ringback::http::internal {

class Exchange {
 public:
  Exchange(Lease lease, Method method, const ParserOptions& options, std::string peer, Deadline until);

  // Sends `request` behind `head`, and receives up to the end of the head of the response, which goes
  // into `response`. Where there is no body the exchange has ended.
  // Errors: see http_client.h. The arguments outlive it.
  Task<> begin(Request& request, std::string head, Response& response, std::optional<Duration> head_within);

  // The next bytes of the body; empty at its end, where the connection has been given back. What was
  // cancelled took nothing.
  Task<Chunk> read();

  // A byte of the response has come.
  bool has_heard() const noexcept { return has_heard_; }
  bool has_ended() const noexcept { return !lease_.is_held(); }
  Deadline until() const noexcept { return until_; }
  const Parser& parser() const noexcept { return parser_; }

 private:
  Task<> send_then_receive(std::string head, Response& response, std::optional<Duration> within);
  Task<> send_beside_receive(Request& request, std::string head, Response& response, std::optional<Duration> within);
  Task<> send_large(Request& request, std::string head);
  Task<> send_and_watch(Request& request, std::string head, std::optional<Duration> within);
  void note_sent(const Outcome<void>& sent);
  Task<> receive_head(Response& response);
  // False: the connection has ended.
  Task<bool> receive();
  Chunk take_part(const Parsed& step);
  void end();

  [[noreturn]] void fail_late() const;
  [[noreturn]] void fail(ErrorKind kind, std::string_view message) const;
  [[noreturn]] void fail_refused() const;

  Lease lease_;
  ResponseParser parser_;
  const std::string peer_;
  const Deadline until_;
  Chunk received_;  // and not parsed yet
  Response none_;   // for the parser, behind the head
  bool closes_ = false;
  bool is_sent_ = false;  // the request, wholly
  bool has_heard_ = false;
};

}  // namespace ringback::http::internal

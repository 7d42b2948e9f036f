// One connection of a server: requests in, replies out, one after the other.
//
// Threads: in a task of the server's executor. Lifetime: in the frame of that task, with the stream.
#pragma once

#include <optional>

#include "ringback/http/internal/http_server_core.h"
#include "ringback/http/internal/outflow.h"
#include "ringback/http/internal/response_head.h"
#include "ringback/http/parser.h"

namespace ringback::internal {

// 503 with Retry-After.
http::Response overloaded_response(std::chrono::seconds retry_after);

class Connection final : public ConnectionNode, private http::BodySource {
 public:
  Connection(HttpServerCore& server, ByteStream& stream) noexcept;
  ~Connection() override { leave_handler(); }

  // To its end. Errors: none; what breaks is counted.
  Task<> run();

 private:
  // What comes next, and may have to be waited for.
  enum class Need : std::uint8_t {
    next,     // request
    input,    // more of one
    handler,  // whose task is in reply_
    rest,     // of a body: of the response in reply_, or of the request, which has not been read
    room,     // too much is waiting to be sent
    turn,     // others have not had one for long
    nothing,  // the connection ends
  };

  Task<> converse();

  // Plain functions, which are all that most requests need.
  Need answer_what_came();
  Need answer_one();
  void begin_request();
  http::Reply ask_handler();
  Need handler_ended(Outcome<http::Response>& ended);
  void leave_handler() noexcept;
  http::Response response_to(const Failure& failure);
  Need put(const http::Response& response);
  ResponseHead head_for(const http::Response& response);
  bool may_keep_alive(const http::Response& response);
  Need end_request(bool is_whole);
  void refuse(const http::Refusal& why);

  // The handler that waits, beside its client.
  bool watches_client() const noexcept;
  Task<Need> await_handler_or_loss();
  static Task<> until_client_leaves(Connection& connection);

  Task<Need> send_rest();
  Task<> send_body(http::Response& response, ResponseHead head);

  // More bytes of a request, or the end of the connection.
  bool may_receive();
  Duration receive_limit();
  Need take_in(Outcome<Chunk> received);

  // The body of the request at hand.
  Task<Chunk> read() override;
  Chunk take_part(const http::Parsed& step);
  Task<> receive_body();
  Duration body_limit() const noexcept;
  void say_continue();
  Task<bool> drop_rest_of_body();

  HttpServerCore& server_;
  http::RequestParser parser_;
  http::Request request_;
  Outflow out_;
  Chunk input_;  // what has been received and not been parsed
  std::optional<http::Reply> reply_;
  ResponseHead head_;
  std::optional<TimePoint> head_deadline_;
  std::size_t requests_ = 0;
  std::size_t body_received_ = 0;              // bytes of the body at hand
  Duration body_waited_ = {};                  // for them
  std::optional<http::Refusal> body_refusal_;  // why the body of the request cannot be read on
  bool owes_continue_ = false;                 // the client waits for "100 Continue"
  bool body_ended_ = true;
  bool keeps_alive_ = true;
  bool response_is_due_ = false;  // its body, behind its head
  bool is_in_handler_ = false;    // has one of requests_max places
  bool is_lost_ = false;          // the client has gone in the middle of a body
  bool lingers_ = false;          // the client may still be sending
};

}  // namespace ringback::internal

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
  // What the connection does next. Each may suspend, but for `request` and `end`.
  enum class Next : std::uint8_t {
    request,        // answers the requests that have been received
    receive,        // more bytes of a request
    await_handler,  // its task is in reply_
    send_rest,      // the body of the response in reply_; reads what the handler left of the request's
    flush,          // too much text waits to be sent
    yield,          // lets other tasks run: this one has run for long
    end,            // ends the connection
  };

  Task<> converse();

  // Plain functions, which are all that most requests need.
  Next answer_what_came();
  Next answer_one();
  void begin_request();
  http::Reply ask_handler();
  Next handler_ended(Outcome<http::Response>& ended);
  void leave_handler() noexcept;
  http::Response response_to(const Failure& failure);
  Next put(const http::Response& response);
  ResponseHead head_for(const http::Response& response);
  bool may_keep_alive(const http::Response& response);
  Next end_request(bool is_whole);
  void refuse(const http::Refusal& why);

  // The handler that waits, beside its client.
  bool watches_client() const noexcept;
  Task<Next> await_handler_or_loss();
  static Task<> until_client_leaves(Connection& connection);

  Task<Next> send_rest();
  Task<> send_body(http::Response& response, ResponseHead head);

  // More bytes of a request, or the end of the connection.
  bool may_receive();
  Duration receive_limit();
  Next take_in(Outcome<Chunk> received);

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

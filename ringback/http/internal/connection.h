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

  // To its end. Errors: none; what breaks is counted.
  Task<> run();

 private:
  enum class Next : bool { close, go_on };

  Task<> converse();
  // More bytes of a request, or the end of the connection.
  Task<Next> receive();
  Duration receive_limit(bool is_between);
  // What the parser has found.
  Task<Next> answer();
  void refuse(const http::Refusal& why);

  void begin_request();
  Task<Outcome<http::Response>> call_handler();
  http::Response response_to(const Failure& failure);
  ResponseHead head_for(const http::Response& response);
  bool may_keep_alive(const http::Response& response);
  void put_text(const std::string& body);
  Task<> send_body(http::Response& response, ResponseHead head);
  Task<Next> end_request();

  // The body of the request at hand.
  Task<Chunk> read() override;
  Chunk take_part(const http::Parsed& step);
  Task<> receive_body();
  void say_continue();
  Task<bool> drop_rest_of_body();

  HttpServerCore& server_;
  http::RequestParser parser_;
  http::Request request_;
  Outflow out_;
  Chunk input_;  // what has been received and not been parsed
  std::optional<TimePoint> head_deadline_;
  std::size_t requests_ = 0;
  std::optional<http::Refusal> body_refusal_;  // why the body of the request cannot be read on
  bool owes_continue_ = false;                 // the client waits for "100 Continue"
  bool body_ended_ = true;
  bool keeps_alive_ = true;
  bool is_lost_ = false;  // the client has gone in the middle of a body
  bool lingers_ = false;  // the client may still be sending
};

}  // namespace ringback::internal

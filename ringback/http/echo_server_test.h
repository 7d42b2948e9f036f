// A server that answers while it reads: the head of the response first, then what comes of the request's
// body, as it comes. Its buffers in the kernel are small, so it stops reading where nobody reads from it.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <cstdio>
#include <string>

#include "ringback/async/outcome_of.h"
#include "ringback/async/scope.h"
#include "ringback/http/beside_server_test.h"
#include "ringback/http/http_client.h"
#include "ringback/http/parser.h"
#include "ringback/net/tcp.h"

namespace ringback::testing_http {

// No two parts of it are the same: what was lost or came twice is seen.
inline std::string counted_text(std::size_t bytes) {
  std::string text;
  for (std::size_t number = 0; text.size() < bytes; ++number) text.append(std::to_string(number)).append(" ");
  text.resize(bytes);
  return text;
}

// Gives a text piece by piece.
class PiecesSource final : public http::BodySource {
 public:
  PiecesSource(std::string text, std::size_t piece_bytes) : text_(std::move(text)), piece_bytes_(piece_bytes) {}

  Task<Chunk> read() override {
    const std::string_view next = std::string_view(text_).substr(given_, piece_bytes_);
    Chunk piece;
    given_ += next.size();
    if (!next.empty()) piece = Chunk::copy_of(bytes_of(next));
    co_return piece;
  }

 private:
  const std::string text_;
  const std::size_t piece_bytes_;
  std::size_t given_ = 0;
};

// Threads: its tasks may run on several workers.
class EchoServer {
 public:
  std::string url() const { return "http://127.0.0.1:" + std::to_string(listener_.port()) + "/echo"; }
  std::size_t accepted() const { return accepted_; }

  // Runs `client` beside the server; ends with it.
  template <typename T>
  static Task<T> answering(EchoServer& server, Task<T> client) {
    return beside(server, &serve, std::move(client));
  }

  static Task<> serve(EchoServer& server, Scope& scope) {
    for (;;) {
      TcpStream stream = co_await server.listener_.accept();
      const int bytes = 256 * 1024;
      ::setsockopt(stream.fd(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
      stream.set_no_delay(true);
      ++server.accepted_;
      scope.spawn(echo(std::move(stream)));
    }
  }

 private:
  // Errors are the client's to tell: it has gone.
  static Task<> echo(TcpStream stream) {
    const Outcome<void> ended = co_await outcome(echo_all(stream));
    if (!ended.ok() && ended.failure().is_cancelled()) ended.value();
  }

  static Task<> echo_all(TcpStream& stream) {
    http::RequestParser parser({.body_bytes_max = 1'000'000'000});
    http::Request request;
    std::string received;
    std::string answer;
    for (;;) {
      const http::Parsed step = parser.feed(received, request);
      EXPECT_NE(step.event, http::Event::refused) << parser.refusal().why;
      answer.clear();
      if (step.event == http::Event::head) answer = head_for(parser);
      if (step.event == http::Event::body) answer = framed(parser, step.body);
      if (step.event == http::Event::end && is_chunked(parser)) answer = "0\r\n\r\n";
      received.erase(0, step.used);
      co_await stream.write(answer);
      if (step.event != http::Event::need_more) continue;
      const Chunk chunk = co_await stream.read();
      if (chunk.empty()) co_return;
      received.append(chunk.text());
    }
  }

  static bool is_chunked(const http::RequestParser& parser) {
    return parser.has_body() && !parser.body_bytes().has_value();
  }
  static std::string head_for(const http::RequestParser& parser) {
    const std::string head = "HTTP/1.1 200 OK\r\n";
    if (is_chunked(parser)) return head + "Transfer-Encoding: chunked\r\n\r\n";
    return head + "Content-Length: " + std::to_string(parser.body_bytes().value_or(0)) + "\r\n\r\n";
  }
  static std::string framed(const http::RequestParser& parser, std::string_view bytes) {
    if (!is_chunked(parser)) return std::string(bytes);
    char size[32];
    std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
    return size + std::string(bytes) + "\r\n";
  }

  TcpListener listener_{Address::loopback(0)};
  std::atomic<std::size_t> accepted_{0};
};

}  // namespace ringback::testing_http

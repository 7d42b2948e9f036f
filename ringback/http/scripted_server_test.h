// A server that says what a test has written down, whatever it is asked.
#pragma once

#include <gtest/gtest.h>

#include <mutex>
#include <string>
#include <vector>

#include "ringback/async/outcome_of.h"
#include "ringback/async/scope.h"
#include "ringback/async/sleep.h"
#include "ringback/http/beside_server_test.h"
#include "ringback/http/parser.h"
#include "ringback/net/tcp.h"

namespace ringback::testing_http {

// What is said to one request.
struct Reply {
  enum class Then { keep, close, reset, silence };

  std::string bytes;
  Then then = Then::keep;
  bool at_once = false;  // before the request has been read
  Duration after = {};   // how long it thinks
};

// The head of a response with so long a body, whatever then comes of it.
inline std::string head_of(std::size_t body_bytes) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body_bytes) + "\r\n\r\n";
}
inline std::string ok(std::string_view body) { return head_of(body.size()) + std::string(body); }

// Threads: its tasks may run on several workers.
class ScriptedServer {
 public:
  using Connection = std::vector<Reply>;

  // The n-th connection gets the n-th script; those beyond it are closed at once.
  explicit ScriptedServer(std::vector<Connection> connections) : connections_(std::move(connections)) {}

  // Every request on every connection is answered with what `answer` gives for "GET /a".
  using Answer = Reply (*)(const std::string& asked);
  explicit ScriptedServer(Answer answer) : answer_(answer) {}

  std::string url(std::string_view target = "/") const {
    return "http://127.0.0.1:" + std::to_string(listener_.port()) + std::string(target);
  }
  // Waits before each connection is read for the first time.
  void read_slowly(Duration first_pause) { first_pause_ = first_pause; }
  // What was asked, in the order in which it came: "GET /a", and the body behind a space where there is one.
  std::vector<std::string> asked() const {
    std::lock_guard guard(lock_);
    return asked_;
  }
  std::string last_head() const {
    std::lock_guard guard(lock_);
    return last_head_;
  }
  std::size_t accepted() const {
    std::lock_guard guard(lock_);
    return accepted_;
  }

  // Runs `client` beside the server; ends with it.
  template <typename T>
  static Task<T> answering(ScriptedServer& server, Task<T> client) {
    return beside(server, &serve, std::move(client));
  }

 private:
  static Task<> serve(ScriptedServer& server, Scope& scope) {
    std::size_t next = 0;
    for (;; ++next) {
      TcpStream stream = co_await server.listener_.accept();
      {
        std::lock_guard guard(server.lock_);
        ++server.accepted_;
      }
      if (server.answer_ != nullptr) {
        scope.spawn(answer_all(server, std::move(stream)));
      } else if (next < server.connections_.size()) {
        scope.spawn(talk(server, std::move(stream), server.connections_[next]));
      }
    }
  }

  static Task<> talk(ScriptedServer& server, TcpStream stream, const Connection& script) {
    std::string received;
    if (server.first_pause_ != Duration::zero()) co_await sleep(server.first_pause_);
    for (const Reply& reply : script) {
      if (!reply.at_once) {
        if (!co_await take_request(server, stream, received)) break;
      }
      if (reply.after != Duration::zero()) co_await sleep(reply.after);
      const Outcome<void> said = co_await outcome(stream.write(reply.bytes));
      if (!said.ok()) break;
      if (reply.then == Reply::Then::reset) reset(stream);
      if (reply.then == Reply::Then::silence) co_await sleep(std::chrono::hours(24));
      if (reply.then != Reply::Then::keep) co_return;
    }
    // The client ends it, or the test.
    for (;;) {
      const auto rest = co_await outcome(stream.read());
      if (!rest.ok() || rest.value().empty()) break;
    }
  }

  static Task<> answer_all(ScriptedServer& server, TcpStream stream) {
    std::string received;
    for (;;) {
      if (!co_await take_request(server, stream, received)) break;
      const Reply reply = server.answer_(server.asked().back());
      const Outcome<void> said = co_await outcome(stream.write(reply.bytes));
      if (!said.ok() || reply.then == Reply::Then::close) break;
    }
  }

  // At once, also where a receive is armed on it. (connect(2): AF_UNSPEC)
  static void reset(TcpStream& stream) {
    const sockaddr nowhere = {.sa_family = AF_UNSPEC, .sa_data = {}};
    EXPECT_EQ(::connect(stream.fd(), &nowhere, sizeof nowhere), 0);
  }

  // False: the client has closed.
  static Task<bool> take_request(ScriptedServer& server, TcpStream& stream, std::string& received) {
    http::RequestParser parser({.body_bytes_max = 1'000'000'000});
    http::Request request;
    std::string body;
    for (;;) {
      const http::Parsed step = parser.feed(received, request);
      body.append(step.body);
      received.erase(0, step.used);
      EXPECT_NE(step.event, http::Event::refused) << parser.refusal().why;
      if (step.event == http::Event::refused) co_return false;
      if (step.event == http::Event::end) break;
      if (step.event != http::Event::need_more) continue;
      const auto chunk = co_await outcome(stream.read());
      if (!chunk.ok() || chunk.value().empty()) co_return false;
      received.append(chunk.value().text());
    }
    std::string asked = std::string(request.method_name()) + " " + request.target;
    if (!body.empty()) asked.append(" ").append(body);
    std::lock_guard guard(server.lock_);
    server.asked_.push_back(std::move(asked));
    server.last_head_.clear();
    request.headers.append_to(server.last_head_);
    co_return true;
  }

  TcpListener listener_{Address::loopback(0)};
  const std::vector<Connection> connections_;
  const Answer answer_ = nullptr;
  Duration first_pause_ = {};
  mutable std::mutex lock_;
  std::vector<std::string> asked_;
  std::string last_head_;
  std::size_t accepted_ = 0;
};

}  // namespace ringback::testing_http

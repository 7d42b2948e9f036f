// What the connections of one server share.
//
// Threads: connections run on the executor of serve(), several at once on a Pool; stop() and stats() come
// from anywhere. Counters are atomic. `connections_` is guarded by lock_.
// Protocol of a connection's phase_: busy, idle (in a read between two requests) or closing. It goes from
// busy to idle and back in its own task; stop turns idle into closing, once, and then closes the stream,
// all under lock_, so that the connection is still there. What was idle and finds closing answers nothing more.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "ringback/async/scope.h"
#include "ringback/base/intrusive_list.h"
#include "ringback/http/http_server.h"
#include "ringback/sync/event.h"

namespace ringback::internal {

struct ConnectionTag;

// Where connections come from.
class Acceptor {
 public:
  virtual ~Acceptor() = default;
  virtual Task<std::unique_ptr<ByteStream>> accept() = 0;
  virtual void close() noexcept = 0;
  virtual const Address& local() const noexcept = 0;
};

class ConnectionNode : public ListLink<ConnectionTag> {
 public:
  // In its own task. False: the server stops.
  bool enter_idle() noexcept;
  bool leave_idle() noexcept;

 protected:
  explicit ConnectionNode(ByteStream& stream) noexcept : stream_(stream) {}
  ~ConnectionNode() = default;

  ByteStream& stream_;

 private:
  friend class HttpServerCore;
  enum class Phase : std::uint8_t { busy, idle, closing };

  std::atomic<Phase> phase_{Phase::busy};
};

class HttpServerCore {
 public:
  HttpServerCore(std::unique_ptr<Acceptor> acceptor, http::Handler handler, HttpServerOptions options);

  Task<> serve();
  Task<> serve_connection(std::unique_ptr<ByteStream> stream);
  void stop() noexcept {
    is_stopping_.store(true);
    stop_.set();
  }
  // Sequentially consistent, as phase_ is: a connection that goes idle sees this, or close_idle() sees that it is idle.
  bool is_stopping() const noexcept { return is_stopping_.load(); }

  const HttpServerOptions& options() const noexcept { return options_; }
  http::Reply call_handler(http::Request& request) { return handler_(request); }
  void report(const Failure& failure, const http::Request& request);
  const Address& local() const noexcept { return acceptor_->local(); }
  HttpServerStats stats() const noexcept;

  // Takes one of requests_max places; false: there is none.
  bool enter_handler() noexcept;
  void leave_handler() noexcept;

  struct Counters {
    std::atomic<std::size_t> connections{0};
    std::atomic<std::size_t> in_handlers{0};
    std::atomic<std::size_t> in_handshakes{0};
    std::atomic<std::uint64_t> accepted{0}, requests{0}, refused{0}, overloaded{0}, lost{0};
  };
  Counters& counters() noexcept { return counters_; }
  static void count(std::atomic<std::uint64_t>& counter) noexcept { counter.fetch_add(1, std::memory_order_relaxed); }

 private:
  Task<> accept_until_stop(Scope& scope);
  Task<> let_connections_end(Scope& scope);
  Task<> converse(std::unique_ptr<ByteStream> stream);
  bool may_turn_away() const noexcept {
    return turned_away_.load(std::memory_order_relaxed) < options_.turned_away_max;
  }
  Task<> converse_over(ByteStream& stream, bool says_end);
  // One of those in their handshakes, from acceptance on, also where its task never begins.
  struct LeaveHandshake {
    void operator()(std::atomic<std::size_t>* count) const noexcept { count->fetch_sub(1, std::memory_order_relaxed); }
  };
  using HandshakePlace = std::unique_ptr<std::atomic<std::size_t>, LeaveHandshake>;

  HandshakePlace enter_handshake() noexcept;
  Task<> secure_and_converse(std::unique_ptr<ByteStream> stream, HandshakePlace place);
  Task<std::unique_ptr<ByteStream>> secure(std::unique_ptr<ByteStream> stream, HandshakePlace place);
  bool has_room() const noexcept;
  Task<> turn_away(std::unique_ptr<ByteStream> stream);
  Task<> tell_to_come_again(ByteStream& stream);
  void close_idle() noexcept;
  void join(ConnectionNode& connection) noexcept;
  void leave(ConnectionNode& connection) noexcept;

  std::unique_ptr<Acceptor> acceptor_;
  http::Handler handler_;
  HttpServerOptions options_;
  Counters counters_;
  std::atomic<std::size_t> turned_away_{0};  // now
  std::atomic<bool> is_stopping_{false};
  Event stop_;
  Event none_left_;  // set while there is no connection
  std::mutex lock_;
  IntrusiveList<ConnectionNode, ConnectionTag> connections_;
};

}  // namespace ringback::internal

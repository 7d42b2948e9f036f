// What the tests of simulations share: a server that gives back what it is sent, and one who asks it.
#pragma once

#include <string>

#include "ringback/async/outcome_of.h"
#include "ringback/async/scope.h"
#include "ringback/async/sleep.h"
#include "ringback/net/tcp.h"
#include "ringback/testing/simulation.h"

namespace ringback::testing_simulation {

inline Address anywhere() { return Address::parse("127.0.0.1:0"); }

inline Task<> echo(TcpStream stream) {
  for (;;) {
    const Chunk chunk = co_await stream.read();
    if (chunk.empty()) break;
    co_await stream.write(chunk.text());
  }
  co_await stream.shutdown_write();
}

// Connections that break end their echo only.
inline Task<> echo_quietly(TcpStream stream) {
  const auto ended = co_await outcome(echo(std::move(stream)));
  if (!ended.ok() && ended.failure().is_cancelled()) ended.value();
}

inline Task<> serve_echo(TcpListener& listener) {
  co_await with_scope([&](Scope& scope) -> Task<> {
    for (;;) {
      TcpStream stream = co_await listener.accept();
      scope.spawn(echo_quietly(std::move(stream)));
    }
  });
}

inline Task<> send_then_end(TcpStream& stream, const std::string& text) {
  co_await stream.write(text);
  co_await stream.shutdown_write();
}

inline Task<std::string> read_to_end(TcpStream& stream) {
  std::string all;
  for (;;) {
    const Chunk chunk = co_await stream.read();
    if (chunk.empty()) co_return all;
    all.append(chunk.text());
  }
}

// Sends `text` and reads it back, beside each other.
inline Task<std::string> ask_echo(Address at, std::string text) {
  std::string all;
  TcpStream stream = co_await TcpStream::connect(at);
  co_await with_scope([&](Scope& scope) -> Task<> {
    scope.spawn(send_then_end(stream, text));
    all = co_await read_to_end(stream);
  });
  co_return all;
}

// `ask(address)` beside an echo server, which is stopped behind it.
template <typename Ask>
Task<> beside_echo(Ask ask) {
  TcpListener listener(anywhere());
  co_await with_scope([&](Scope& scope) -> Task<> {
    scope.spawn(serve_echo(listener));
    co_await ask(listener.local());
    scope.cancel();
  });
}

// The same in a simulation, to its end.
class BesideEcho {
 public:
  explicit BesideEcho(testing::Simulation& simulation) noexcept : simulation_(simulation) {}
  template <typename Ask>
  void run(Ask ask) {
    simulation_.run(beside_echo(std::move(ask)));
  }

 private:
  testing::Simulation& simulation_;
};

}  // namespace ringback::testing_simulation

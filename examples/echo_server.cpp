// A TCP server that gives back what it gets, and three clients at once, on one thread.
#include <cstdio>
#include <string>

#include "ringback/async/run.h"
#include "ringback/async/timeout.h"
#include "ringback/net/tcp.h"

using namespace ringback;
using namespace std::chrono_literals;

// [echo]
// One for each connection. A peer that breaks off ends its own conversation, and no other.
Task<> echo(TcpStream peer) {
  try {
    for (;;) {
      Chunk bytes = co_await peer.read();
      if (bytes.empty()) break;  // the peer is done
      co_await peer.write(bytes.text());
    }
  } catch (const Error& error) {
    std::printf("a peer was lost: %s\n", error.what());
  }
}
// [/echo]

// [serve]
// The connections belong to the scope: leaving it ends and awaits them, whatever happens.
Task<> serve(TcpListener& listener, Scope& connections) {
  for (;;) {
    TcpStream peer = co_await listener.accept();
    connections.spawn(echo(std::move(peer)));
  }
}
// [/serve]

// [client]
Task<std::string> say(Address server, std::string text) {
  TcpStream stream = co_await TcpStream::connect(server);
  co_await stream.write(text);
  co_await stream.shutdown_write();
  std::string answer;
  for (;;) {
    Chunk bytes = co_await stream.read();
    if (bytes.empty()) break;
    answer += bytes.text();
  }
  co_return answer;
}
// [/client]

// [scope]
Task<> conversation() {
  TcpListener listener(Address::loopback(0));  // port 0: whichever is free
  co_await with_scope([&listener](Scope& scope) -> Task<> {
    scope.spawn(serve(listener, scope));
    const Address at = listener.local();
    auto [a, b, c] = co_await timeout(5s, gather(say(at, "ring"), say(at, "back"), say(at, "again")));
    std::printf("%s %s %s\n", a.c_str(), b.c_str(), c.c_str());
    scope.cancel();  // the server would go on for ever
  });
  std::printf("the server has ended\n");
}
// [/scope]

int main() { run(conversation()); }

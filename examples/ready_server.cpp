// A server that is listening before its clients begin: the child says when it is ready.
#include <cstdio>
#include <string>

#include "ringback/async/outcome_of.h"
#include "ringback/async/run.h"
#include "ringback/net/tcp.h"

using namespace ringback;

// [server]
// Says where it listens, once it does, and goes on serving.
Task<> serve(Scope::Started<Address> started) {
  TcpListener listener(Address::loopback(0));
  started.set(listener.local());
  TcpStream peer = co_await listener.accept();
  co_await peer.write("hello");
}
// [/server]

// [clients]
Task<> conversation() {
  co_await with_scope([](Scope& scope) -> Task<> {
    Address server = co_await scope.start(serve);  // returns when it is listening
    TcpStream stream = co_await TcpStream::connect(server);
    Chunk greeting = co_await stream.read();
    std::printf("%s\n", std::string(greeting.text()).c_str());
  });
}
// [/clients]

// [early]
// What goes wrong before that is thrown by start(): the scope and its other children go on.
Task<> no_server() {
  co_await with_scope([](Scope& scope) -> Task<> {
    auto fails = [](Scope::Started<Address>) -> Task<> {
      throw Error(ErrorKind::denied, "listen", "port 80 is not for us");
      co_return;
    };
    auto server = co_await outcome(scope.start(fails));
    std::printf("%s\n", server.failure().describe().c_str());
  });
}
// [/early]

int main() {
  run(conversation());
  run(no_server());
}

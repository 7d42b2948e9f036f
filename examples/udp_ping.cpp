// Datagrams: a server that answers each, and who asks it by awaiting, by blocking and by polling.
#include <cstdio>

#include "ringback/async/future.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/run.h"
#include "ringback/async/timeout.h"
#include "ringback/exec/pool.h"
#include "ringback/net/udp.h"

using namespace ringback;
using namespace std::chrono_literals;

// [server]
Task<> answer(UdpSocket& socket, int times) {
  for (int i = 0; i < times; ++i) {
    const Datagram question = co_await socket.receive();
    co_await socket.send_to("pong " + std::string(question.bytes.text()), question.from);
  }
}
// [/server]

// [ask]
// A datagram may get lost, and so may its answer: whoever asks has a limit, and asks again.
Task<std::string> ask(UdpSocket& socket, std::string question) {
  for (int attempt = 1;; ++attempt) {
    co_await socket.send(question);
    const auto answer = co_await outcome(timeout(500ms, socket.receive()));
    if (answer.ok()) co_return std::string(answer->bytes.text());
    if (answer.failure().is_cancelled() || attempt == 5) answer.failure().raise();
  }
}
// [/ask]

// [poll]
// For a program that turns by itself, such as a game: never waits, and says what is there.
std::string ask_by_polling(UdpSocket& socket) {
  if (!socket.try_send(bytes_of("polling"))) return "no room to send";
  for (;;) {
    if (const auto answer = socket.try_receive()) return std::string(answer->bytes.text());
    // ... draw the next picture ...
  }
}
// [/poll]

// [cut]
Task<> receive_into_little(UdpSocket& socket) {
  std::byte four[4];
  co_await socket.send("too much");
  const DatagramPart part = co_await socket.receive(four);
  std::printf("in a buffer of 4:  %.*s, and %zu bytes found no room\n", 4, text_of(four).data(), part.cut);
}
// [/cut]

int main() {
  UdpSocket server(Address::loopback(0));
  Pool pool({.threads = 1});
  const auto answered = spawn(pool, answer(server, 4));
  UdpSocket socket = UdpSocket::connected_to(server.local());
  std::printf("awaited on a loop: %s\n", run(ask(socket, "await")).c_str());
  std::printf("by blocking:       %s\n", wait(ask(socket, "block")).c_str());
  std::printf("by polling:        %s\n", ask_by_polling(socket).c_str());
  wait(receive_into_little(socket));
  wait(answered);
}

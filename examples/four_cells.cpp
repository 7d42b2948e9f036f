// Blocking or not, synchronous or asynchronous: one question to a server, asked in the four ways.
#include <poll.h>
#include <sys/socket.h>

#include <cstdio>

#include "ringback/async/future.h"
#include "ringback/async/gather.h"
#include "ringback/async/run.h"
#include "ringback/async/sleep.h"
#include "ringback/exec/pool.h"
#include "ringback/net/tcp.h"

using namespace ringback;
using namespace std::chrono_literals;

Task<> serve(TcpListener& listener, int clients) {
  for (int served = 0; served < clients; ++served) {
    TcpStream client = co_await listener.accept();
    co_await sleep(20ms);  // it has to think
    co_await client.write("x");
  }
}

// [sync_blocking]
void sync_blocking(const Address& server) {
  const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  char answer = '?';
  connect(socket.fd(), server.raw(), server.raw_bytes());  // the thread stops here,
  recv(socket.fd(), &answer, 1, 0);                        // and here
  std::printf("synchronous,  blocking:      %c; the thread slept\n", answer);
}
// [/sync_blocking]

// [sync_non_blocking]
void sync_non_blocking(const Address& server) {
  const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  char answer = '?';
  connect(socket.fd(), server.raw(), server.raw_bytes());                      // returns at once: EINPROGRESS
  for (pollfd out{socket.fd(), POLLOUT, 0}; poll(&out, 1, 0) == 0;) continue;  // connected? connected? ...
  while (recv(socket.fd(), &answer, 1, 0) < 0) continue;                       // EAGAIN, EAGAIN, ...
  std::printf("synchronous,  non-blocking:  %c; the thread kept asking\n", answer);
}
// [/sync_non_blocking]

Task<char> ask(const Address& server) {
  TcpStream stream = co_await TcpStream::connect(server);
  Chunk answer = co_await stream.read();
  co_return answer.text()[0];
}

// [async_blocking]
void async_blocking(const Address& server) {
  // The kernel tells this thread, which does nothing else until then.
  std::printf("asynchronous, blocking:      %c; the thread was told\n", wait(ask(server)));
}
// [/async_blocking]

// [async_non_blocking]
Task<> something_else() {
  co_await sleep(1ms);
  std::printf("asynchronous, non-blocking:  (the same thread does something else)\n");
}

Task<> async_non_blocking(const Address& server) {
  auto [answer, other] = co_await gather(ask(server), something_else());
  std::printf("asynchronous, non-blocking:  %c; the thread was free\n", answer);
}
// [/async_non_blocking]

int main() {
  TcpListener listener(Address::loopback(0));
  Pool pool({.threads = 1});
  spawn(pool, serve(listener, 4));
  sync_blocking(listener.local());
  sync_non_blocking(listener.local());
  async_blocking(listener.local());
  run(async_non_blocking(listener.local()));
}

// Ours: an echo server, and many calls at once.
#include "bench/program.h"
#include "bench/sockets.h"
#include "ringback/async/run.h"
#include "ringback/async/scope.h"
#include "ringback/net/tcp.h"

using namespace ringback;

namespace {

Task<> serve(TcpStream peer, std::uint64_t& ended) {
  for (;;) {
    const Chunk bytes = co_await peer.read();
    if (bytes.empty()) break;
    co_await peer.write(bytes.text());
  }
  ++ended;
}

// Serves until `count` connections have ended.
Task<std::uint64_t> echo(std::uint64_t count) {
  std::uint64_t ended = 0;
  TcpListener listener(Address::loopback(0));
  bench::tell_port(listener.port());
  co_await with_scope([&listener, &ended, count](Scope& scope) -> Task<> {
    for (std::uint64_t i = 0; i < count; ++i) {
      TcpStream peer = co_await listener.accept();
      scope.spawn(serve(std::move(peer), ended));
    }
  });
  co_return ended;
}
const bench::Workload kEcho("echo", [](std::uint64_t count) { return run(echo(count)); });

Task<> call(Address server, std::uint64_t i, std::uint64_t& sum) {
  TcpStream stream = co_await TcpStream::connect(server);
  co_await stream.write(std::as_bytes(std::span(&i, 1)));
  std::uint64_t value = 0;
  for (std::size_t got = 0; got < sizeof(value);) {
    const std::size_t more = co_await stream.read(std::as_writable_bytes(std::span(&value, 1)).subspan(got));
    if (more == 0) break;
    got += more;
  }
  sum += value;
}
const bench::Workload kFanOut("fan_out", [](std::uint64_t count) {
  std::uint64_t sum = 0;
  const Address server = Address::loopback(bench::server_port());
  run(with_scope([server, count, &sum](Scope& scope) -> Task<> {
    for (std::uint64_t i = 0; i < count; ++i) scope.spawn(call(server, i, sum));
    co_return;
  }));
  return sum;
});

}  // namespace

// What every echo server is asked: `bench_load echo REQUESTS` with BENCH_PORT and BENCH_CONNECTIONS. All
// connections at once, each sending its next message when the last has come back, unchanged.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/program.h"
#include "bench/sockets.h"

namespace {

struct Peer {
  int socket = -1;
  std::uint64_t left = 0;
  unsigned got = 0;
  char message[bench::kMessageBytes] = {};
  char answer[bench::kMessageBytes] = {};
};

void send_next(Peer& peer, std::uint64_t number) {
  std::memset(peer.message, static_cast<int>('a' + number % 26), sizeof(peer.message));
  std::memcpy(peer.message, &number, sizeof(number));
  peer.got = 0;
  if (write(peer.socket, peer.message, sizeof(peer.message)) != sizeof(peer.message)) bench::die("write");
}

// True: a whole answer has come.
bool receive(Peer& peer) {
  const ssize_t got = read(peer.socket, peer.answer + peer.got, sizeof(peer.answer) - peer.got);
  if (got < 0 && errno == EAGAIN) return false;
  if (got <= 0) bench::die("read");
  peer.got += static_cast<unsigned>(got);
  if (peer.got < sizeof(peer.answer)) return false;
  if (std::memcmp(peer.answer, peer.message, sizeof(peer.answer)) != 0) {
    std::fputs("an answer is not what was asked\n", stderr);
    std::exit(1);
  }
  return true;
}

std::uint64_t ask(std::uint64_t count) {
  const char* text = std::getenv("BENCH_CONNECTIONS");
  const std::size_t connections = text == nullptr ? 64 : static_cast<std::size_t>(std::atol(text));
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  std::vector<Peer> peers(connections);
  for (Peer& peer : peers) {
    peer.socket = bench::connect_to(bench::server_port(), true);
    peer.left = count / connections;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &peer;
    epoll_ctl(epoll, EPOLL_CTL_ADD, peer.socket, &event);
  }
  std::uint64_t answered = 0;
  std::uint64_t asked = 0;
  for (Peer& peer : peers) send_next(peer, asked++);
  std::vector<epoll_event> events(connections);
  for (std::size_t open = connections; open > 0;) {
    const int ready = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      Peer& peer = *static_cast<Peer*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (!receive(peer)) continue;
      ++answered;
      if (--peer.left != 0) {
        send_next(peer, asked++);
      } else {
        close(peer.socket);
        --open;
      }
    }
  }
  close(epoll);
  return answered;
}
const bench::Workload kEcho("echo", ask);

}  // namespace

// The floor for HTTP: one loop over epoll, a parser by hand that knows what it is asked, an answer made beforehand.
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/program.h"
#include "bench/sockets.h"

namespace {

constexpr std::string_view kAnswer =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
    "Content-Length: 13\r\n\r\nHello, world!";

struct Peer {
  int socket = -1;
  std::string unread;  // the beginning of a request
};

// Appends the answers to all whole requests in `bytes`; gives what is left.
std::string_view answer_all(std::string_view bytes, std::string& answers) {
  while (true) {
    const void* end = memmem(bytes.data(), bytes.size(), "\r\n\r\n", 4);
    if (end == nullptr) return bytes;
    if (!bytes.starts_with("GET / HTTP/1.1\r\n")) bench::die("an unknown request");
    bytes.remove_prefix(static_cast<std::size_t>(static_cast<const char*>(end) + 4 - bytes.data()));
    answers += kAnswer;
  }
}

// False: it has ended.
bool serve(Peer& peer, std::string& answers) {
  char bytes[16384];
  const ssize_t got = read(peer.socket, bytes, sizeof(bytes));
  if (got < 0) return errno == EAGAIN;
  if (got == 0) return false;
  std::string_view given(bytes, static_cast<std::size_t>(got));
  if (!peer.unread.empty()) given = peer.unread.append(given);
  answers.clear();
  const std::string left(answer_all(given, answers));
  peer.unread = left;
  if (answers.empty()) return true;
  if (write(peer.socket, answers.data(), answers.size()) != static_cast<ssize_t>(answers.size())) bench::die("write");
  return true;
}

std::uint64_t http_by_epoll(std::uint64_t connections) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  Peer listener{bench::listen_somewhere(), {}};
  const auto watch = [&](Peer* peer) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = peer;
    epoll_ctl(epoll, EPOLL_CTL_ADD, peer->socket, &event);
  };
  watch(&listener);
  bench::tell_port(bench::port_of(listener.socket));
  std::uint64_t ended = 0;
  std::string answers;
  std::vector<epoll_event> events(256);
  while (ended < connections) {
    const int ready = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      auto* peer = static_cast<Peer*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (peer == &listener) {
        const int socket = accept4(listener.socket, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (socket >= 0) watch(new Peer{socket, {}});
      } else if (!serve(*peer, answers)) {
        close(peer->socket);
        delete peer;
        ++ended;
      }
    }
  }
  close(epoll);
  close(listener.socket);
  return ended;
}
const bench::Workload kHttp("http", http_by_epoll);

}  // namespace

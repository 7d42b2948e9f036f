#include "bench/sockets.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace bench {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int tcp_socket() {
  const int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0) die("socket");
  return made;
}

void set_non_blocking(int socket) { fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK); }

}  // namespace

void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

int listen_somewhere() {
  const int listener = tcp_socket();
  const sockaddr_in address = loopback(0);
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) die("bind");
  if (listen(listener, 65535) != 0) die("listen");
  set_non_blocking(listener);
  return listener;
}

std::uint16_t port_of(int socket) {
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) die("getsockname");
  return ntohs(address.sin_port);
}

int connect_to(std::uint16_t port, bool wait) {
  const int made = tcp_socket();
  const sockaddr_in address = loopback(port);
  if (!wait) set_non_blocking(made);
  const int status = connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  if (status != 0 && (wait || errno != EINPROGRESS)) die("connect");
  set_non_blocking(made);
  set_no_delay(made);
  return made;
}

std::uint16_t server_port() {
  const char* text = std::getenv("BENCH_PORT");
  if (text == nullptr) {
    std::fputs("BENCH_PORT does not say where the server is\n", stderr);
    std::exit(2);
  }
  return static_cast<std::uint16_t>(std::atoi(text));
}

void set_blocking(int socket) { fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) & ~O_NONBLOCK); }

void set_no_delay(int socket) {
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

}  // namespace bench

#include "ringback/net/tcp.h"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <cerrno>

namespace ringback {

Task<TcpStream> TcpStream::connect(Address to) { co_return TcpStream(co_await internal::connect_socket(to), to); }

TcpStream TcpStream::from_descriptor(Descriptor descriptor) {
  const Address peer = internal::peer_address(descriptor.fd());
  return TcpStream(std::move(descriptor), peer);
}

// Beneath a simulated network there is no TCP, and nothing that delays.
void TcpStream::set_no_delay(bool on) {
  const int value = on ? 1 : 0;
  if (::setsockopt(fd(), IPPROTO_TCP, TCP_NODELAY, &value, sizeof value) != 0 && errno != EOPNOTSUPP) {
    throw Error::from_os(errno, "set no delay", peer_name());
  }
}

void TcpStream::set_reset_on_close(bool on) {
  const linger value = {on ? 1 : 0, 0};
  if (::setsockopt(fd(), SOL_SOCKET, SO_LINGER, &value, sizeof value) != 0) {
    throw Error::from_os(errno, "set reset on close", peer_name());
  }
}

// A peer that has gone again before it was looked at has no address any more; a read will tell.
Task<TcpStream> TcpListener::accept() {
  Descriptor accepted = co_await accept_descriptor();
  sockaddr_storage raw = {};
  socklen_t bytes = sizeof raw;
  if (::getpeername(accepted.fd(), reinterpret_cast<sockaddr*>(&raw), &bytes) != 0) {
    co_return TcpStream(std::move(accepted), Address::any(0));
  }
  const Address peer = Address::from_raw(reinterpret_cast<const sockaddr*>(&raw), bytes);
  co_return TcpStream(std::move(accepted), peer);
}

}  // namespace ringback

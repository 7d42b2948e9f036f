// TCP: streams and listeners.
//
//   TcpListener listener(Address::loopback(0));
//   TcpStream peer = co_await listener.accept();
//   TcpStream stream = co_await TcpStream::connect(listener.local());
//
// Errors: refused, unreachable, reset, timed_out, exhausted ... with the address as peer.
#pragma once

#include "ringback/net/socket_listener.h"
#include "ringback/net/socket_stream.h"

namespace ringback {

class TcpStream final : public SocketStream {
 public:
  // Cancellation: the other side may have seen a connection come and go.
  static Task<TcpStream> connect(Address to);
  // Takes over a connected socket. Errors: invalid where it is not connected.
  static TcpStream from_descriptor(Descriptor descriptor);

  // Sends small writes at once, without waiting to fill a packet. Errors: what the kernel says.
  void set_no_delay(bool on);
  // Closing sends a reset instead of the usual end, and drops what was not sent.
  void set_reset_on_close(bool on);

 private:
  friend class Resolver;
  friend class TcpListener;
  using SocketStream::SocketStream;
};

class TcpListener final : public SocketListener {
 public:
  // Listens at once. Port 0 lets the kernel choose; see port().
  explicit TcpListener(const Address& at, const ListenOptions& options = {}) : SocketListener(at, options) {}

  // See accept_descriptor().
  Task<TcpStream> accept();
  std::uint16_t port() const noexcept { return local().port(); }
};

}  // namespace ringback

// What TCP and Unix streams have in common: a ByteStream over a connected socket.
#pragma once

#include <memory>

#include "ringback/io/byte_stream.h"
#include "ringback/io/descriptor.h"
#include "ringback/net/address.h"

namespace ringback {

namespace internal {

class Inflow;

// The last use of a socket by its stream or listener. An operation in flight aborts.
struct InflowCloser {
  void operator()(Inflow* inflow) const noexcept;
};
using InflowHandle = std::unique_ptr<Inflow, InflowCloser>;

}  // namespace internal

// Threads, lifetime, errors and cancellation: as of ByteStream. No write raises SIGPIPE.
class SocketStream : public ByteStream {
 public:
  SocketStream(SocketStream&&) noexcept = default;
  SocketStream& operator=(SocketStream&&) noexcept = default;
  ~SocketStream() override;

  Task<> shutdown_write() override;
  void close() noexcept override;
  bool is_open() const noexcept;

  // The other side; a Unix socket of a client has no name.
  const Address& peer() const noexcept { return peer_; }
  // Errors: what the kernel says.
  Address local() const;
  std::string peer_name() const override;

  int fd() const noexcept;

 protected:
  SocketStream(Descriptor descriptor, const Address& peer);

 private:
  void make_read(runtime::StreamPlace& place, std::span<std::byte> into) override;
  void make_read_chunk(runtime::StreamPlace& place) override;
  void make_write(runtime::StreamPlace& place, std::span<const std::byte> from) override;

  internal::InflowHandle inflow_;
  Address peer_;
};

namespace internal {

// The name a socket has on this side, or on the other. Errors: what the kernel says.
Address local_address(int fd);
Address peer_address(int fd);

// A socket that is connected to `to`. Cancelled, the other side may have seen it come and go.
Task<Descriptor> connect_socket(Address to);

}  // namespace internal
}  // namespace ringback

// UDP: datagrams from anybody and to anybody, or to and from one peer.
//
//   UdpSocket socket(Address::parse("0.0.0.0:9000"));
//   const Datagram question = co_await socket.receive();
//   co_await socket.send_to("pong", question.from);
//
// A datagram arrives whole or not at all, perhaps twice, perhaps after a later one. Neither side is told of a
// lost datagram. An empty datagram is a datagram, too: there is no end of stream.
//
// Threads: used from anywhere (a plain thread in wait(), a Loop, a Pool), by any number of senders and one
// receiver at a time: the second of two receives at once gets Error invalid, which names both tasks.
// Lifetime: a socket outlives its operations; bytes to send belong to the operation until it has ended.
// Errors: closed after close() here; refused where a connected peer answered that no socket listens; invalid
// for more bytes than a datagram has; unreachable, denied (broadcast was not asked for), exhausted, and what
// else the kernel says, each with its code and the other address.
// Cancellation: a receive that was cancelled has taken no datagram, a send has sent none.
// Cost: one system call where a datagram is there already. An idle receive() holds no buffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "ringback/async/task.h"
#include "ringback/driver/chunk.h"
#include "ringback/io/bytes.h"
#include "ringback/io/descriptor.h"
#include "ringback/net/address.h"

namespace ringback {

namespace internal {
struct UdpState;
struct UdpStateDeleter {
  void operator()(UdpState* state) const noexcept;
};
}  // namespace internal

struct Datagram {
  Address from;
  Chunk bytes;
};

// One that was received into the caller's buffer.
struct DatagramPart {
  Address from;
  std::size_t size = 0;  // of the buffer: this much is filled
  std::size_t cut = 0;   // of its bytes that found no room in the buffer; they are lost

  bool is_whole() const noexcept { return cut == 0; }
};

struct UdpOptions {
  bool reuse_address = false;  // several sockets hear the same multicast group or broadcast
  bool reuse_port = false;     // several sockets share the port, each datagram going to one: one for each Loop
  bool broadcast = false;      // may send to broadcast addresses
  // What the kernel keeps, in bytes; 0 is the system's own. It gives no more than net.core.rmem_max and
  // wmem_max allow, and drops datagrams that find no room.
  std::size_t receive_buffer_bytes = 0;
  std::size_t send_buffer_bytes = 0;
};

class UdpSocket {
 public:
  // What an IPv4 datagram has at most; over IPv6 it is 20 more. Past some 1,400, networks take it apart.
  static constexpr std::size_t kBytesMax = 65'507;

  // Bound at once. Port 0 lets the kernel choose; see local().
  // Errors: exists (the address is taken), denied, unreachable (not an address of this machine), invalid,
  // exhausted.
  explicit UdpSocket(const Address& at, const UdpOptions& options = {});
  // At a port of the kernel's choice, connected to `peer`.
  static UdpSocket connected_to(const Address& peer, const UdpOptions& options = {});
  UdpSocket(UdpSocket&&) noexcept = default;
  UdpSocket& operator=(UdpSocket&&) noexcept = default;

  // From now on send() goes to `peer`, and only what comes from there is received; what had come before is
  // received all the same. Sends nothing and does not wait. Not during an operation. Errors: unreachable.
  void connect(const Address& peer);

  // The next datagram, whole. Where a connected peer refused what was sent before: Error refused, once for
  // each answer. Without memory for one that has come: exhausted, and it is lost.
  Task<Datagram> receive();
  // The same into `into`, without allocating; see DatagramPart for one that is longer.
  Task<DatagramPart> receive(std::span<std::byte> into);

  // Hands one datagram to the kernel, which does not say whether it arrives. Waits only while the kernel's buffer
  // is full. On a connected socket a refusal of an earlier datagram may be told here; this one was not sent then.
  Task<> send_to(std::span<const std::byte> bytes, Address to);
  Task<> send_to(std::string_view text, Address to) { return send_to(bytes_of(text), to); }
  // To the peer. Errors: invalid where it is not connected.
  Task<> send(std::span<const std::byte> bytes);
  Task<> send(std::string_view text) { return send(bytes_of(text)); }

  // Never suspend, for polling: nothing where no datagram is there; false where there is no room. Errors: the
  // same. Threads: any; try_receive counts as a receiver.
  std::optional<Datagram> try_receive();
  std::optional<DatagramPart> try_receive(std::span<std::byte> into);
  bool try_send_to(std::span<const std::byte> bytes, const Address& to);
  bool try_send(std::span<const std::byte> bytes);

  // Hears a multicast group, on the interface of that index; 0: the system chooses. Errors: invalid where it
  // is no group, exists where it was joined before, not_found where there is no such interface, closed.
  void join(const Address& group, std::uint32_t interface_index = 0);
  void leave(const Address& group, std::uint32_t interface_index = 0);

  // At once; operations in flight end with Error closed. The destructor closes; in flight, that aborts.
  void close() noexcept;
  bool is_open() const noexcept;

  // Where it is: with the port the kernel chose where 0 was asked for. Errors: closed; what the kernel says.
  Address local() const;
  // None where it is not connected.
  std::optional<Address> peer() const noexcept;
  int fd() const noexcept;

 private:
  std::unique_ptr<internal::UdpState, internal::UdpStateDeleter> state_;
};

}  // namespace ringback

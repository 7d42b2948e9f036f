// The requests of datagram sockets: receive, send, wait for room.
//
// Receiving waits for readiness first, so that a cancelled one has taken nothing and an idle one holds no
// buffer. Sending is a request to the driver, which a simulated network carries.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <span>

#include "ringback/io/ready_operation.h"
#include "ringback/net/udp.h"

namespace ringback::internal {

// More than any datagram has.
inline constexpr std::size_t kDatagramBufferBytes = 65'536;

// One attempt that never waits: the filled part of `into`, -EAGAIN or another negative errno.
std::int32_t receive_part(int fd, std::span<std::byte> into, DatagramPart& part) noexcept;
// The same with memory of its own; -ENOMEM where there was none.
std::int32_t receive_whole(int fd, Datagram& datagram) noexcept;
// The same for sending; `to` null: the peer.
std::int32_t send_now(int fd, std::span<const std::byte> bytes, const Address* to) noexcept;

class [[nodiscard]] ReceivePart : public ReadyOperation {
 public:
  using value_type = DatagramPart;

  // `peer` of a connected socket, or null; it outlives the operation.
  ReceivePart(Resource& resource, std::span<std::byte> into, const Address* peer) noexcept;
  ReceivePart(ReceivePart&&) noexcept = default;
  // Awaited by UdpSocket::receive().
  bool begin(Waiter& waiter) noexcept { return begin_when_ready(waiter, 1); }
  Outcome<DatagramPart> take();

 private:
  bool try_now() noexcept override;

  std::span<std::byte> into_;
  const Address* peer_;
  DatagramPart part_;
};

class [[nodiscard]] ReceiveWhole : public ReadyOperation {
 public:
  using value_type = Datagram;

  ReceiveWhole(Resource& resource, const Address* peer) noexcept;
  ReceiveWhole(ReceiveWhole&&) noexcept = default;
  // Awaited by UdpSocket::receive().
  bool begin(Waiter& waiter) noexcept { return begin_when_ready(waiter, 1); }
  Outcome<Datagram> take();

 private:
  bool try_now() noexcept override;

  const Address* peer_;
  Datagram datagram_;
};

// Gives false where the kernel's buffer is full. Any number at once.
class [[nodiscard]] SendDatagram : public KernelOperation {
 public:
  using value_type = bool;

  // `to` null: the peer. `to` and `peer` outlive the operation.
  SendDatagram(Resource& resource, std::span<const std::byte> bytes, const Address* to, const Address* peer) noexcept;
  SendDatagram(SendDatagram&&) noexcept = default;
  bool begin(Waiter& waiter) noexcept;
  Outcome<bool> take();

 private:
  std::span<const std::byte> bytes_;
  const Address* to_;
  const Address* peer_;
  iovec part_{};
  msghdr message_{};
};

// Until the kernel's buffer has room. One at a time.
class [[nodiscard]] RoomToSend : public ReadyOperation {
 public:
  using value_type = void;

  explicit RoomToSend(Resource& resource) noexcept;
  RoomToSend(RoomToSend&&) noexcept = default;
  bool begin(Waiter& waiter) noexcept { return begin_when_ready(waiter); }
  Outcome<void> take();

 private:
  bool try_now() noexcept override;
};

}  // namespace ringback::internal

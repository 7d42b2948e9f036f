#include "ringback/net/internal/datagram_operation.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>

namespace ringback::internal {
namespace {

template <typename Call>
std::int32_t through_signals(Call&& call) noexcept {
  for (;;) {
    const ssize_t result = call();
    if (result >= 0) return static_cast<std::int32_t>(result);
    if (errno != EINTR) return -errno;
  }
}

msghdr message_of(iovec& part, const Address* to) noexcept {
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (to != nullptr) {
    message.msg_name = const_cast<sockaddr*>(to->raw());
    message.msg_namelen = to->raw_bytes();
  }
  return message;
}

std::string name_of(const Address* address) { return address != nullptr ? address->to_string() : std::string(); }

iovec part_of(std::span<const std::byte> bytes) noexcept {
  return {const_cast<std::byte*>(bytes.data()), bytes.size()};
}

}  // namespace

// With MSG_TRUNC the kernel says how long the datagram was.
std::int32_t receive_part(int fd, std::span<std::byte> into, DatagramPart& part) noexcept {
  sockaddr_storage from{};
  iovec room{into.data(), into.size()};
  msghdr message{};
  message.msg_name = &from;
  message.msg_namelen = sizeof from;
  message.msg_iov = &room;
  message.msg_iovlen = 1;
  const std::int32_t got = through_signals([&] { return ::recvmsg(fd, &message, MSG_DONTWAIT | MSG_TRUNC); });
  if (got < 0) return got;
  const auto whole = static_cast<std::size_t>(got);
  part.from = Address::from_raw(reinterpret_cast<const sockaddr*>(&from), message.msg_namelen);
  part.size = std::min(whole, into.size());
  part.cut = whole - part.size;
  return static_cast<std::int32_t>(part.size);
}

std::int32_t receive_whole(int fd, Datagram& datagram) noexcept {
  std::byte own[kDatagramBufferBytes];
  DatagramPart part;
  const std::int32_t got = receive_part(fd, own, part);
  if (got < 0) return got;
  datagram.from = part.from;
  datagram.bytes = Chunk::try_copy_of({own, part.size});
  return datagram.bytes.size() == part.size ? got : -ENOMEM;
}

std::int32_t send_now(int fd, std::span<const std::byte> bytes, const Address* to) noexcept {
  iovec part = part_of(bytes);
  const msghdr message = message_of(part, to);
  return through_signals([&] { return ::sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL); });
}

ReceivePart::ReceivePart(Resource& resource, std::span<std::byte> into, const Address* peer) noexcept
    : ReadyOperation("receive", &resource, Use::reading, POLLIN), into_(into), peer_(peer) {}

bool ReceivePart::try_now() noexcept {
  set_value(receive_part(resource()->fd(), into_, part_));
  return value() != -EAGAIN;
}

Outcome<DatagramPart> ReceivePart::take() {
  if (value() < 0) return failure(name_of(peer_));
  return part_;
}

ReceiveWhole::ReceiveWhole(Resource& resource, const Address* peer) noexcept
    : ReadyOperation("receive", &resource, Use::reading, POLLIN), peer_(peer) {}

bool ReceiveWhole::try_now() noexcept {
  set_value(receive_whole(resource()->fd(), datagram_));
  return value() != -EAGAIN;
}

Outcome<Datagram> ReceiveWhole::take() {
  if (value() < 0) return failure(name_of(peer_));
  return std::move(datagram_);
}

SendDatagram::SendDatagram(Resource& resource, std::span<const std::byte> bytes, const Address* to,
                           const Address* peer) noexcept
    : KernelOperation("send", &resource, Use::shared), bytes_(bytes), to_(to), peer_(peer) {
  words.code = RequestWords::Code::send_message;
  words.flags = MSG_DONTWAIT;
}

bool SendDatagram::begin(Waiter& waiter) noexcept {
  part_ = part_of(bytes_);
  message_ = message_of(part_, to_);
  words.message = &message_;
  return !enter(waiter) || (submit_request() && leave());
}

Outcome<bool> SendDatagram::take() {
  if (value() >= 0) return true;
  if (value() == -EAGAIN) return false;
  return failure(name_of(to_ != nullptr ? to_ : peer_));
}

RoomToSend::RoomToSend(Resource& resource) noexcept : ReadyOperation("send", &resource, Use::shared, POLLOUT) {}

bool RoomToSend::try_now() noexcept {
  set_value(0);
  return is_ready(resource()->fd(), POLLOUT);
}

Outcome<void> RoomToSend::take() {
  if (value() < 0) return failure();
  return {};
}

}  // namespace ringback::internal

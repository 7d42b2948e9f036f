#include "ringback/net/udp.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

#include "ringback/net/internal/datagram_operation.h"
#include "ringback/net/socket_stream.h"
#include "ringback/sync/mutex.h"

namespace ringback {

using namespace runtime;

namespace internal {

struct UdpState {
  UdpState(Descriptor socket, std::string name) noexcept : resource(std::move(socket), std::move(name)) {}

  const Address* peer_or_null() const noexcept { return peer.has_value() ? &*peer : nullptr; }

  Resource resource;
  std::optional<Address> peer;
  Mutex waits_for_room;  // One at a time: a driver waits for one writer of a descriptor.
};

void UdpStateDeleter::operator()(UdpState* state) const noexcept {
  state->resource.close();
  delete state;
}

namespace {

[[noreturn]] void fail(std::string_view operation, const Address& at) {
  throw Error::from_os(errno, operation, at.to_string());
}

void set_option(int fd, int level, int name, int value, const Address& at) {
  if (::setsockopt(fd, level, name, &value, sizeof value) != 0) fail("bind", at);
}

int capped(std::size_t bytes) noexcept { return static_cast<int>(std::min<std::size_t>(bytes, INT_MAX / 2)); }

void set_options(int fd, const UdpOptions& options, const Address& at) {
  if (options.reuse_address) set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1, at);
  if (options.reuse_port) set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1, at);
  if (options.broadcast) set_option(fd, SOL_SOCKET, SO_BROADCAST, 1, at);
  if (options.receive_buffer_bytes != 0) {
    set_option(fd, SOL_SOCKET, SO_RCVBUF, capped(options.receive_buffer_bytes), at);
  }
  if (options.send_buffer_bytes != 0) set_option(fd, SOL_SOCKET, SO_SNDBUF, capped(options.send_buffer_bytes), at);
}

Descriptor bound_socket(const Address& at, const UdpOptions& options) {
  if (at.is_unix()) throw Error(ErrorKind::invalid, "bind", "UDP has no Unix sockets", 0, at.to_string());
  Descriptor socket(::socket(at.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) fail("bind", at);
  set_options(socket.fd(), options, at);
  if (::bind(socket.fd(), at.raw(), at.raw_bytes()) != 0) fail("bind", at);
  return socket;
}

Address any_like(const Address& peer) { return peer.family() == AF_INET6 ? Address::parse("[::]:0") : Address::any(0); }

void change_membership(int fd, int change, const Address& group, std::uint32_t interface_index) {
  group_req request{};
  request.gr_interface = interface_index;
  std::memcpy(&request.gr_group, group.raw(), group.raw_bytes());
  const int level = group.family() == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
  if (::setsockopt(fd, level, change, &request, sizeof request) != 0) {
    // What Linux calls an address in use is a group this socket hears.
    fail(change == MCAST_JOIN_GROUP ? "join" : "leave", group);
  }
}

// While it lives the descriptor stays open. Errors: closed; invalid beside another of one direction.
class InUse {
 public:
  InUse(Resource& resource, Resource::Use use, std::string_view operation) : resource_(resource), use_(use) {
    switch (resource.enter(use)) {
      case Resource::Entry::entered: return;
      case Resource::Entry::taken: throw resource.taken_error(use, operation, {});
      case Resource::Entry::closed: break;
    }
    throw Error(ErrorKind::closed, operation, "it has been closed on this side", 0, resource.name());
  }
  ~InUse() { resource_.leave(use_); }
  InUse(const InUse&) = delete;
  InUse& operator=(const InUse&) = delete;

 private:
  Resource& resource_;
  const Resource::Use use_;
};

// False where it would have to wait.
bool happened(std::int32_t value, std::string_view operation, const Address* other) {
  if (value == -EAGAIN) return false;
  if (value < 0) throw Error::from_os(-value, operation, other != nullptr ? other->to_string() : std::string());
  return true;
}

bool try_send_datagram(UdpState& state, std::span<const std::byte> bytes, const Address* to) {
  const InUse in_use(state.resource, Resource::Use::shared, "send");
  return happened(send_now(state.resource.fd(), bytes, to), "send", to != nullptr ? to : state.peer_or_null());
}

Task<> send_datagram(UdpState& state, std::span<const std::byte> bytes, std::optional<Address> to) {
  const Address* const address = to.has_value() ? &*to : nullptr;
  bool is_sent = co_await SendDatagram(state.resource, bytes, address, state.peer_or_null());
  if (is_sent) co_return;
  const MutexLock lock = co_await state.waits_for_room.lock();
  while (!is_sent) {
    co_await RoomToSend(state.resource);
    is_sent = co_await SendDatagram(state.resource, bytes, address, state.peer_or_null());
  }
}

}  // namespace
}  // namespace internal

UdpSocket::UdpSocket(const Address& at, const UdpOptions& options) {
  Descriptor socket = internal::bound_socket(at, options);
  const std::string name = internal::local_address(socket.fd()).to_string();
  state_.reset(new internal::UdpState(std::move(socket), name));
}

UdpSocket UdpSocket::connected_to(const Address& peer, const UdpOptions& options) {
  UdpSocket socket(internal::any_like(peer), options);
  socket.connect(peer);
  return socket;
}

void UdpSocket::connect(const Address& peer) {
  const internal::InUse in_use(state_->resource, Resource::Use::shared, "connect");
  if (::connect(fd(), peer.raw(), peer.raw_bytes()) != 0) internal::fail("connect", peer);
  state_->peer = peer;
}

Task<Datagram> UdpSocket::receive() {
  co_return co_await internal::ReceiveWhole(state_->resource, state_->peer_or_null());
}

Task<DatagramPart> UdpSocket::receive(std::span<std::byte> into) {
  co_return co_await internal::ReceivePart(state_->resource, into, state_->peer_or_null());
}

Task<> UdpSocket::send_to(std::span<const std::byte> bytes, Address to) {
  return internal::send_datagram(*state_, bytes, to);
}

Task<> UdpSocket::send(std::span<const std::byte> bytes) {
  return internal::send_datagram(*state_, bytes, std::nullopt);
}

std::optional<Datagram> UdpSocket::try_receive() {
  const internal::InUse in_use(state_->resource, Resource::Use::reading, "receive");
  Datagram got;
  if (!internal::happened(internal::receive_whole(fd(), got), "receive", state_->peer_or_null())) return std::nullopt;
  return got;
}

std::optional<DatagramPart> UdpSocket::try_receive(std::span<std::byte> into) {
  const internal::InUse in_use(state_->resource, Resource::Use::reading, "receive");
  DatagramPart got;
  const std::int32_t value = internal::receive_part(fd(), into, got);
  if (!internal::happened(value, "receive", state_->peer_or_null())) return std::nullopt;
  return got;
}

bool UdpSocket::try_send_to(std::span<const std::byte> bytes, const Address& to) {
  return internal::try_send_datagram(*state_, bytes, &to);
}

bool UdpSocket::try_send(std::span<const std::byte> bytes) {
  return internal::try_send_datagram(*state_, bytes, nullptr);
}

void UdpSocket::join(const Address& group, std::uint32_t interface_index) {
  const internal::InUse in_use(state_->resource, Resource::Use::shared, "join");
  internal::change_membership(fd(), MCAST_JOIN_GROUP, group, interface_index);
}

void UdpSocket::leave(const Address& group, std::uint32_t interface_index) {
  const internal::InUse in_use(state_->resource, Resource::Use::shared, "leave");
  internal::change_membership(fd(), MCAST_LEAVE_GROUP, group, interface_index);
}

void UdpSocket::close() noexcept {
  if (state_ != nullptr) state_->resource.close_socket();
}

bool UdpSocket::is_open() const noexcept { return state_ != nullptr && !state_->resource.is_closed(); }
Address UdpSocket::local() const {
  const internal::InUse in_use(state_->resource, Resource::Use::shared, "local");
  return internal::local_address(fd());
}
std::optional<Address> UdpSocket::peer() const noexcept { return state_->peer; }
int UdpSocket::fd() const noexcept { return state_->resource.fd(); }

}  // namespace ringback

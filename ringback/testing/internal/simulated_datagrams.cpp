#include "ringback/testing/internal/simulated_datagrams.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>

namespace ringback::testing::internal {

using namespace runtime;

namespace {

constexpr std::size_t kBytesMax = 65'507;
constexpr int kFenceMilliseconds = 1000;  // in real time; it takes none unless the machine is very busy

ino_t identity_of(int fd) noexcept {
  struct stat about{};
  return ::fstat(fd, &about) == 0 ? about.st_ino : 0;
}

int option_of(int fd, int name) noexcept {
  int value = 0;
  socklen_t bytes = sizeof value;
  return ::getsockopt(fd, SOL_SOCKET, name, &value, &bytes) == 0 ? value : -1;
}

template <typename Call>
std::optional<Address> address_by(Call&& call, int fd) noexcept {
  sockaddr_storage raw{};
  socklen_t bytes = sizeof raw;
  if (call(fd, reinterpret_cast<sockaddr*>(&raw), &bytes) != 0) return std::nullopt;
  return Address::from_raw(reinterpret_cast<const sockaddr*>(&raw), bytes);
}

Descriptor make_socket(int family) noexcept {
  return Descriptor(::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

std::string bytes_of(const msghdr& message) {
  std::string bytes;
  for (std::size_t i = 0; i < message.msg_iovlen; ++i) {
    bytes.append(static_cast<const char*>(message.msg_iov[i].iov_base), message.msg_iov[i].iov_len);
  }
  return bytes;
}

std::optional<Address> receiver_of(const RequestWords& words) noexcept {
  const msghdr& message = *words.message;
  if (message.msg_name == nullptr) return address_by(::getpeername, words.fd);
  return Address::from_raw(static_cast<const sockaddr*>(message.msg_name), message.msg_namelen);
}

// What the kernel would say of sending there, asked without sending.
std::int32_t error_of_way(int fd, const Address& to) noexcept {
  const Descriptor probe = make_socket(to.family());
  const int broadcasts = option_of(fd, SO_BROADCAST);
  ::setsockopt(probe.fd(), SOL_SOCKET, SO_BROADCAST, &broadcasts, sizeof broadcasts);
  return ::connect(probe.fd(), to.raw(), to.raw_bytes()) == 0 ? 0 : -errno;
}

// The answer to an earlier datagram comes first, as from the kernel.
std::int32_t error_of(const RequestWords& words, const std::optional<Address>& to, std::size_t bytes) noexcept {
  const int earlier = option_of(words.fd, SO_ERROR);
  if (earlier > 0) return -earlier;
  if (!to) return -EDESTADDRREQ;
  if (bytes > kBytesMax) return -EMSGSIZE;
  return error_of_way(words.fd, *to);
}

}  // namespace

bool SimulatedDatagrams::is_for_datagram(const RequestWords& words) noexcept {
  if (words.code != RequestWords::Code::send_message || option_of(words.fd, SO_TYPE) != SOCK_DGRAM) return false;
  const int family = option_of(words.fd, SO_DOMAIN);
  return family == AF_INET || family == AF_INET6;
}

std::int32_t SimulatedDatagrams::send(const RequestWords& words, TimePoint now, const NetworkFaults& faults,
                                      Dice& dice) {
  const std::optional<Address> to = receiver_of(words);
  std::string bytes = bytes_of(*words.message);
  if (const std::int32_t error = error_of(words, to, bytes.size()); error != 0) return error;
  const auto taken = static_cast<std::int32_t>(bytes.size());
  if (dice.strikes(faults.loss)) return taken;
  const std::optional<Address> from = address_by(::getsockname, words.fd);
  const Datagram datagram{words.fd, identity_of(words.fd), from.value_or(Address()), *to, std::move(bytes)};
  const int copies = dice.strikes(faults.duplication) ? 2 : 1;
  for (int i = 0; i < copies; ++i) {
    on_their_way_.emplace(saturating_add(now, dice.between(faults.latency_min, faults.latency_max)), datagram);
  }
  return taken;
}

bool SimulatedDatagrams::step(TimePoint now, bool is_cut) {
  const auto end = on_their_way_.upper_bound(now);
  if (end == on_their_way_.begin()) return false;
  for (auto each = on_their_way_.begin(); each != end && !is_cut; ++each) deliver(each->second);
  on_their_way_.erase(on_their_way_.begin(), end);
  wait_for_loopback();
  return true;
}

void SimulatedDatagrams::deliver(const Datagram& datagram) noexcept {
  Descriptor substitute;
  int fd = datagram.fd;
  if (identity_of(fd) != datagram.identity) {
    substitute = make_socket(datagram.from.family());
    fd = substitute.fd();
    if (::bind(fd, datagram.from.raw(), datagram.from.raw_bytes()) != 0) return;  // UDP may lose it.
  }
  const auto send = [&] {
    return ::sendto(fd, datagram.bytes.data(), datagram.bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL, datagram.to.raw(),
                    datagram.to.raw_bytes());
  };
  // The refusal of one that was delivered just before is said instead; this one brings its own.
  if (send() < 0 && errno == ECONNREFUSED) send();
}

// The kernel may hand over what goes by the loopback a little later, but in order: what is sent last came last.
void SimulatedDatagrams::wait_for_loopback() noexcept {
  if (!fence_.is_open()) {
    const Address loopback = Address::loopback(0);
    fence_ = make_socket(AF_INET);
    if (::bind(fence_.fd(), loopback.raw(), loopback.raw_bytes()) != 0) return fence_.close();
    const auto own = address_by(::getsockname, fence_.fd());
    if (!own || ::connect(fence_.fd(), own->raw(), own->raw_bytes()) != 0) return fence_.close();
  }
  char byte = 0;
  pollfd readable{fence_.fd(), POLLIN, 0};
  if (::send(fence_.fd(), &byte, 1, MSG_DONTWAIT) == 1) ::poll(&readable, 1, kFenceMilliseconds);
  if (::recv(fence_.fd(), &byte, 1, MSG_DONTWAIT) < 0) fence_.close();
}

TimePoint SimulatedDatagrams::next_event() const noexcept {
  return on_their_way_.empty() ? TimePoint::max() : on_their_way_.begin()->first;
}

}  // namespace ringback::testing::internal

#include "ringback/testing/internal/simulated_network.h"

#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include "ringback/base/error.h"

namespace ringback::testing::internal {
namespace {

std::uint16_t port_of(const sockaddr* address) noexcept {
  sockaddr_in of_ip4{};
  sockaddr_in6 of_ip6{};
  if (address->sa_family == AF_INET) {
    std::memcpy(&of_ip4, address, sizeof of_ip4);
    return ntohs(of_ip4.sin_port);
  }
  std::memcpy(&of_ip6, address, sizeof of_ip6);
  return ntohs(of_ip6.sin6_port);
}

// Somebody has the address where it can be bound no more. Asking so disturbs nobody.
bool is_taken(const sockaddr* address, socklen_t bytes) noexcept {
  const Descriptor probe(::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return probe.is_open() && ::bind(probe.fd(), address, bytes) != 0 && errno == EADDRINUSE;
}

}  // namespace

bool SimulatedNetwork::is_simulated(const sockaddr* address) noexcept {
  return address->sa_family == AF_INET || address->sa_family == AF_INET6;
}

std::int32_t SimulatedNetwork::connect(int fd, const sockaddr* address, socklen_t bytes) {
  if (dice_.strikes(faults_.refusal) || !is_taken(address, bytes)) return -ECONNREFUSED;
  const std::size_t links = links_.size();
  const auto [backlog, is_new] = backlogs_.try_emplace(port_of(address));
  try {
    backlog->second.sockets.push_back(links_.emplace_back(fd, faults_).take_server());
    std::memcpy(&backlog->second.address, address, bytes);
    backlog->second.address_bytes = bytes;
    return 0;
  } catch (const Error& error) {
    if (is_new) backlogs_.erase(backlog);
    return -error.os_code();
  } catch (const std::bad_alloc&) {
    if (links_.size() != links) links_.pop_back();
    if (is_new) backlogs_.erase(backlog);
    return -ENOMEM;
  }
}

std::int32_t SimulatedNetwork::accept(int listener) noexcept {
  sockaddr_storage raw{};
  socklen_t bytes = sizeof raw;
  auto* const address = reinterpret_cast<sockaddr*>(&raw);
  if (::getsockname(listener, address, &bytes) != 0) return -errno;
  const auto found = backlogs_.find(port_of(address));
  if (found == backlogs_.end()) return -EAGAIN;
  Descriptor accepted = std::move(found->second.sockets.front());
  found->second.sockets.pop_front();
  if (found->second.sockets.empty()) backlogs_.erase(found);
  return accepted.release();
}

// A listener that is closed resets what it has not accepted.
void SimulatedNetwork::forget_unheard() noexcept {
  std::erase_if(backlogs_, [](const auto& each) {
    return !is_taken(reinterpret_cast<const sockaddr*>(&each.second.address), each.second.address_bytes);
  });
}

bool SimulatedNetwork::step(TimePoint now) {
  bool moved = datagrams_.step(now, is_cut_);
  if (is_cut_) return moved;
  if (!backlogs_.empty()) forget_unheard();
  for (SimulatedLink& link : links_) moved |= link.step(now, faults_, dice_);
  links_.remove_if([](const SimulatedLink& link) { return link.has_ended(); });
  return moved;
}

TimePoint SimulatedNetwork::next_event() const noexcept {
  TimePoint next = datagrams_.next_event();
  if (is_cut_) return next;
  for (const SimulatedLink& link : links_) next = std::min(next, link.next_event());
  return next;
}

void SimulatedNetwork::reset_all() noexcept {
  for (SimulatedLink& link : links_) link.reset();
  links_.clear();
}

}  // namespace ringback::testing::internal

#include "ringback/net/resolver.h"

#include <netdb.h>
#include <algorithm>
#include <cerrno>

#include "ringback/async/on.h"
#include "ringback/net/internal/lookup_pool.h"
#include "ringback/net/internal/staggered_connect.h"

namespace ringback {
namespace {

constexpr std::size_t kHostBytesMax = 253;
constexpr std::string_view kLocalhost = "localhost";

std::string in_lower_case(std::string_view host) {
  std::string lower(host);
  for (char& letter : lower)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  if (lower.ends_with('.')) lower.pop_back();
  return lower;
}

bool is_localhost(std::string_view lower) noexcept {
  if (!lower.ends_with(kLocalhost)) return false;
  lower.remove_suffix(kLocalhost.size());
  return lower.empty() || lower.back() == '.';
}

void check_name(const std::string& host) {
  const bool is_printable = std::ranges::all_of(host, [](char c) { return c > ' ' && c < '\x7f'; });
  if (!host.empty() && host.size() <= kHostBytesMax && is_printable) return;
  throw Error(ErrorKind::invalid, "resolve", "a host name has 1 to 253 bytes of ASCII without spaces", 0,
              is_printable ? host : std::string_view());
}

ErrorKind kind_of_lookup(int code) noexcept {
  switch (code) {
    case EAI_NONAME:
    case EAI_NODATA:
    case EAI_ADDRFAMILY: return ErrorKind::not_found;
    case EAI_AGAIN: return ErrorKind::unreachable;
    case EAI_MEMORY: return ErrorKind::exhausted;
    default: return ErrorKind::io;
  }
}

std::vector<Address> with_port(std::vector<Address> addresses, std::uint16_t port) {
  for (Address& address : addresses) address = address.with_port(port);
  return addresses;
}

// Kept in the job, not in the Resolver: the job may outlive the call.
std::vector<Address> look_up(const std::shared_ptr<const ResolverOptions::Lookup>& lookup, const std::string& host) {
  std::vector<Address> addresses = (*lookup)(host);
  if (addresses.empty()) throw Error(ErrorKind::not_found, "resolve", "the name has no addresses", 0, host);
  return addresses;
}

}  // namespace

std::vector<Address> system_lookup(const std::string& host) {
  addrinfo wanted = {};
  wanted.ai_socktype = SOCK_STREAM;  // Else each address comes once for each type.
  wanted.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  const int code = ::getaddrinfo(host.c_str(), nullptr, &wanted, &list);
  if (code == EAI_SYSTEM) throw Error::from_os(errno, "resolve", host);
  if (code != 0) throw Error(kind_of_lookup(code), "resolve", ::gai_strerror(code), 0, host);
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(list, ::freeaddrinfo);
  std::vector<Address> addresses;
  for (; list != nullptr; list = list->ai_next) {
    const Address address = Address::from_raw(list->ai_addr, list->ai_addrlen);
    if (std::ranges::find(addresses, address) == addresses.end()) addresses.push_back(address);
  }
  return addresses;
}

Resolver::Resolver(ResolverOptions options)
    : options_(std::move(options)),
      own_(std::make_unique<internal::LookupPool>(options_.threads, options_.waiting_max)),
      lookup_(std::make_shared<ResolverOptions::Lookup>(options_.lookup ? options_.lookup : system_lookup)) {}

Resolver::~Resolver() = default;

Task<std::vector<Address>> Resolver::resolve(std::string host, std::uint16_t port) {
  std::vector<Address> addresses;
  if (const auto literal = Address::try_parse_ip(host, port)) {
    addresses.push_back(*literal);
    co_return addresses;
  }
  check_name(host);
  const std::string lower = in_lower_case(host);
  if (const auto known = options_.hosts.find(lower); known != options_.hosts.end()) {
    co_return with_port(known->second, port);
  }
  if (is_localhost(lower)) {
    addresses.push_back(Address::loopback(port));
    addresses.push_back(*Address::try_parse_ip("::1", port));
    co_return addresses;
  }
  Pool& pool = options_.pool != nullptr ? *options_.pool : own_->get();
  addresses = co_await offload_abandonable(pool, look_up, lookup_, std::move(host));
  co_return with_port(std::move(addresses), port);
}

Task<TcpStream> Resolver::connect(std::string host, std::uint16_t port, ConnectOptions options) {
  std::vector<Address> addresses = co_await resolve(std::move(host), port);
  internal::Connected connected = co_await internal::staggered_connect(
      internal::interleave_families(std::move(addresses)), options.stagger, internal::connect_socket);
  co_return TcpStream(std::move(connected.socket), connected.to);
}

}  // namespace ringback

#include "ringback/net/address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>

#include "ringback/base/error.h"

namespace ringback {
namespace {

constexpr std::size_t kPathOffset = offsetof(sockaddr_un, sun_path);
constexpr std::string_view kUnixScheme = "unix:";

// All of `text` as a number of at most `most`.
std::optional<std::uint32_t> number(std::string_view text, std::uint32_t most) noexcept {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > most) return std::nullopt;
  return value;
}

// inet_pton and if_nametoindex want an end mark.
template <std::size_t N>
bool copy_text(std::string_view text, char (&into)[N]) noexcept {
  if (text.empty() || text.size() >= N || text.find('\0') != std::string_view::npos) return false;
  std::memcpy(into, text.data(), text.size());
  into[text.size()] = '\0';
  return true;
}

std::optional<std::uint32_t> zone_index(std::string_view zone) noexcept {
  if (const auto index = number(zone, UINT32_MAX)) return index;
  char name[IF_NAMESIZE];
  if (!copy_text(zone, name)) return std::nullopt;
  const unsigned index = ::if_nametoindex(name);
  if (index == 0) return std::nullopt;
  return index;
}

}  // namespace

Address::Address() noexcept : bytes_(sizeof(sockaddr_in)) {
  std::memset(&storage_, 0, sizeof storage_);
  storage_.v4.sin_family = AF_INET;
}

Address Address::loopback(std::uint16_t port) noexcept {
  Address address = any(port);
  address.storage_.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

Address Address::any(std::uint16_t port) noexcept { return Address().with_port(port); }

Address Address::unix_path(std::string_view path) {
  if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path)) {
    throw Error(ErrorKind::invalid, "parse address", "a Unix socket's path has 1 to 107 bytes", 0, path);
  }
  Address address;
  std::memset(&address.storage_, 0, sizeof address.storage_);
  sockaddr_un& local = address.storage_.local;
  local.sun_family = AF_UNIX;
  std::memcpy(local.sun_path, path.data(), path.size());
  const bool is_abstract = path.front() == '@';
  if (is_abstract) local.sun_path[0] = '\0';
  address.bytes_ = static_cast<socklen_t>(kPathOffset + path.size() + (is_abstract ? 0 : 1));
  return address;
}

Address Address::from_raw(const sockaddr* raw, socklen_t bytes) noexcept {
  Address address;
  std::memset(&address.storage_, 0, sizeof address.storage_);
  address.bytes_ = std::min<socklen_t>(bytes, sizeof address.storage_);
  std::memcpy(&address.storage_, raw, address.bytes_);
  return address;
}

std::optional<Address> Address::try_parse_ip(std::string_view ip, std::uint16_t port) noexcept {
  const std::size_t percent = ip.find('%');
  char text[INET6_ADDRSTRLEN];
  if (!copy_text(ip.substr(0, percent), text)) return std::nullopt;
  Address address;
  if (percent == std::string_view::npos && ::inet_pton(AF_INET, text, &address.storage_.v4.sin_addr) == 1) {
    return address.with_port(port);
  }
  sockaddr_in6& v6 = address.storage_.v6;
  std::memset(&v6, 0, sizeof v6);
  if (::inet_pton(AF_INET6, text, &v6.sin6_addr) != 1) return std::nullopt;
  v6.sin6_family = AF_INET6;
  address.bytes_ = sizeof v6;
  if (percent != std::string_view::npos) {
    const auto zone = zone_index(ip.substr(percent + 1));
    if (!zone.has_value()) return std::nullopt;
    v6.sin6_scope_id = *zone;
  }
  return address.with_port(port);
}

std::optional<Address> Address::try_parse(std::string_view text) noexcept {
  if (text.starts_with(kUnixScheme)) {
    const std::string_view path = text.substr(kUnixScheme.size());
    if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path)) return std::nullopt;
    return unix_path(path);
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = number(text.substr(colon + 1), 65535);
  std::string_view ip = text.substr(0, colon);
  const bool is_bracketed = ip.size() >= 2 && ip.front() == '[' && ip.back() == ']';
  if (is_bracketed) ip = ip.substr(1, ip.size() - 2);
  const bool has_colon = ip.find(':') != std::string_view::npos;
  if (!port.has_value() || has_colon != is_bracketed) return std::nullopt;
  return try_parse_ip(ip, static_cast<std::uint16_t>(*port));
}

Address Address::parse(std::string_view text) {
  if (text.starts_with(kUnixScheme)) return unix_path(text.substr(kUnixScheme.size()));
  const std::optional<Address> address = try_parse(text);
  if (address.has_value()) return *address;
  throw Error(ErrorKind::invalid, "parse address",
              "not an address: write 127.0.0.1:80, [::1]:80 or unix:/path (names are resolved, not parsed)", 0, text);
}

std::uint16_t Address::port() const noexcept {
  if (family() == AF_INET) return ntohs(storage_.v4.sin_port);
  if (family() == AF_INET6) return ntohs(storage_.v6.sin6_port);
  return 0;
}

Address Address::with_port(std::uint16_t port) const noexcept {
  Address copy = *this;
  if (family() == AF_INET) copy.storage_.v4.sin_port = htons(port);
  if (family() == AF_INET6) copy.storage_.v6.sin6_port = htons(port);
  return copy;
}

std::string Address::to_string() const {
  if (is_unix()) {
    const std::size_t length = bytes_ > kPathOffset ? bytes_ - kPathOffset : 0;
    std::string path(storage_.local.sun_path, length);
    if (!path.empty() && path.front() == '\0') {
      path.front() = '@';
    } else {
      path.resize(std::min(path.find('\0'), path.size()));
    }
    return std::string(kUnixScheme) + path;
  }
  char text[INET6_ADDRSTRLEN] = "?";
  if (family() == AF_INET) {
    ::inet_ntop(AF_INET, &storage_.v4.sin_addr, text, sizeof text);
    return std::string(text) + ":" + std::to_string(port());
  }
  ::inet_ntop(AF_INET6, &storage_.v6.sin6_addr, text, sizeof text);
  std::string zone;
  if (storage_.v6.sin6_scope_id != 0) zone = "%" + std::to_string(storage_.v6.sin6_scope_id);
  return "[" + std::string(text) + zone + "]:" + std::to_string(port());
}

bool operator==(const Address& left, const Address& right) noexcept {
  return left.bytes_ == right.bytes_ && std::memcmp(&left.storage_, &right.storage_, left.bytes_) == 0;
}

}  // namespace ringback

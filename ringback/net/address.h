// Where a socket is: an IPv4 or IPv6 address with a port, or a Unix socket's path.
//
// A value of 112 bytes; making and comparing one does no I/O and resolves no name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace ringback {

class Address {
 public:
  // 0.0.0.0:0
  Address() noexcept;

  // "127.0.0.1:80", "[::1]:80", "[fe80::1%eth0]:80", "unix:/run/x.sock", "unix:@abstract".
  // Errors: invalid, saying what was expected. No names: resolve those first.
  static Address parse(std::string_view text);
  // The same; none where it is not an address.
  static std::optional<Address> try_parse(std::string_view text) noexcept;
  // "127.0.0.1" or "::1" with a port beside it.
  static std::optional<Address> try_parse_ip(std::string_view ip, std::uint16_t port) noexcept;

  static Address loopback(std::uint16_t port) noexcept;  // 127.0.0.1
  static Address any(std::uint16_t port) noexcept;       // 0.0.0.0
  // '@' first stands for Linux's abstract names. Errors: invalid where it is empty or too long (107).
  static Address unix_path(std::string_view path);
  // What the kernel filled in.
  static Address from_raw(const sockaddr* raw, socklen_t bytes) noexcept;

  // AF_INET, AF_INET6 or AF_UNIX.
  int family() const noexcept { return raw()->sa_family; }
  bool is_unix() const noexcept { return family() == AF_UNIX; }
  // 0 for a Unix socket.
  std::uint16_t port() const noexcept;
  Address with_port(std::uint16_t port) const noexcept;

  // As parse() reads it. "unix:" for a Unix socket without a name.
  std::string to_string() const;

  const sockaddr* raw() const noexcept { return &storage_.any; }
  socklen_t raw_bytes() const noexcept { return bytes_; }

  friend bool operator==(const Address& left, const Address& right) noexcept;

 private:
  union Storage {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
    sockaddr_un local;
  };

  Storage storage_;
  socklen_t bytes_;
};

}  // namespace ringback

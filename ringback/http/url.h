// Where a resource is: "http://127.0.0.1:8080/hello/you?loud=yes".
//
//   const http::Url url = http::Url::parse("http://[::1]:8080/points?wait=true#top");
//   url.host();      // "::1"
//   url.target();    // "/points?wait=true": what the request line says
//   url.origin();    // "http://[::1]:8080": what connections are kept for
//
// A value, checked once: nothing in it can break out of a request line or a header. Schemes are http,
// https, and http+unix, where the host is a socket's path, percent-encoded:
// "http+unix://%2Frun%2Fservice.sock/status".
//
// Threads: as a std::string. Source: RFC 3986; RFC 9110, section 4.2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringback::http {

class Url {
 public:
  enum class Scheme : std::uint8_t { http, https, http_unix };

  // Errors: invalid, saying what was wrong with it, with the text as peer. What a URL may not hold as it
  // is (spaces, letters beyond ASCII) is to be percent-encoded: see target.h. Names and passwords before
  // the host are refused: they belong into an Authorization header.
  static Url parse(std::string_view text);
  // The same; none where it is not a URL.
  static std::optional<Url> try_parse(std::string_view text);

  // What a reference found at this URL means, such as a Location: a whole URL, "//host/x", "/x", "x",
  // "../x", "?x". Errors: as of parse().
  Url resolve(std::string_view reference) const;

  Scheme scheme() const noexcept { return scheme_; }
  // In lower case, without the brackets of an IPv6 address; for http+unix the path of the socket.
  const std::string& host() const noexcept { return host_; }
  // 80 or 443 where it was not said; 0 for http+unix.
  std::uint16_t port() const noexcept { return port_; }
  // Path and query, as they came: "/" at least. The fragment is not sent, and gone.
  const std::string& target() const noexcept { return target_; }
  // The value of a Host header: "example.org", "[::1]:8080"; "localhost" for http+unix.
  std::string authority() const;
  // "http://example.org", "http://[::1]:8080".
  std::string origin() const;
  // As parse() reads it.
  std::string to_string() const { return origin() + target_; }

  friend bool operator==(const Url&, const Url&) noexcept = default;

 private:
  Url() noexcept = default;
  // Null: it is one. Else what is wrong with it.
  const char* read(std::string_view text);
  const char* read_authority(std::string_view authority);
  const char* read_host(std::string_view host);
  const char* read_port(std::string_view port);
  const char* read_target(std::string_view target);
  std::string_view written_scheme() const noexcept;

  Scheme scheme_ = Scheme::http;
  std::uint16_t port_ = 0;
  std::string host_;
  std::string target_;
};

}  // namespace ringback::http

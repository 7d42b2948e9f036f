#include "ringback/http/url.h"

#include <algorithm>
#include <charconv>

#include "ringback/base/error.h"
#include "ringback/http/internal/characters.h"
#include "ringback/http/target.h"
#include "ringback/net/address.h"

namespace ringback::http {
namespace {

constexpr std::string_view kAuthorityBegin = "://";
constexpr std::size_t kHostBytesMax = 253;

std::uint16_t default_port(Url::Scheme scheme) noexcept {
  if (scheme == Url::Scheme::http) return 80;
  return scheme == Url::Scheme::https ? 443 : 0;
}

std::string lowered(std::string_view text) {
  std::string low(text);
  std::ranges::transform(low, low.begin(), internal::lowered);
  return low;
}

bool is_name_letter(char c) noexcept {
  const char low = internal::lowered(c);
  return (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

// RFC 3986, section 5.2.4, for a path that begins with '/'.
std::string without_dots(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/', 1), path.size());
    const std::string_view segment = path.substr(0, end);
    path.remove_prefix(end);
    const bool is_up = segment == "/..";
    if (is_up) out.resize(out.empty() ? 0 : out.rfind('/'));
    if (!is_up && segment != "/.") {
      out.append(segment);
    } else if (path.empty()) {
      out.push_back('/');
    }
  }
  return out;
}

// For an error's peer: what came from elsewhere may hold line breaks, and go on for ever.
std::string shown(std::string_view text) {
  constexpr std::size_t kShownBytes = 200;
  std::string printable(text.substr(0, kShownBytes));
  std::ranges::replace_if(printable, [](char c) { return c < ' ' || c == '\x7f'; }, '?');
  return printable;
}

}  // namespace

Url Url::parse(std::string_view text) {
  Url url;
  const char* const wrong = url.read(text);
  if (wrong != nullptr) throw Error(ErrorKind::invalid, "parse URL", wrong, 0, shown(text));
  return url;
}

std::optional<Url> Url::try_parse(std::string_view text) {
  Url url;
  if (url.read(text) != nullptr) return std::nullopt;
  return url;
}

const char* Url::read(std::string_view text) {
  const std::size_t scheme_end = text.find(kAuthorityBegin);
  if (scheme_end == text.npos) return "it does not begin with a scheme: write http://host/path";
  const std::string scheme = lowered(text.substr(0, scheme_end));
  if (scheme == "https") {
    scheme_ = Scheme::https;
  } else if (scheme == "http+unix") {
    scheme_ = Scheme::http_unix;
  } else if (scheme != "http") {
    return "its scheme is not http, https or http+unix";
  }
  text.remove_prefix(scheme_end + kAuthorityBegin.size());
  text = text.substr(0, text.find('#'));
  const std::size_t authority_end = std::min(text.find_first_of("/?"), text.size());
  const char* const wrong = read_authority(text.substr(0, authority_end));
  return wrong != nullptr ? wrong : read_target(text.substr(authority_end));
}

const char* Url::read_authority(std::string_view authority) {
  if (authority.find('@') != authority.npos) {
    return "it has a name or a password before the host: send an Authorization header instead";
  }
  if (scheme_ == Scheme::http_unix) return read_host(authority);
  const bool is_bracketed = authority.starts_with('[');
  const std::size_t host_end = authority.find(is_bracketed ? ']' : ':');
  if (is_bracketed && host_end == authority.npos) return "the ']' behind its IPv6 address is missing";
  const std::size_t port_at = is_bracketed ? host_end + 1 : std::min(host_end, authority.size());
  const char* const wrong = read_host(authority.substr(0, port_at));
  return wrong != nullptr ? wrong : read_port(authority.substr(port_at));
}

const char* Url::read_host(std::string_view host) {
  if (host.empty()) return "it has no host";
  if (scheme_ == Scheme::http_unix) {
    std::optional<std::string> path = percent_decoded(host);
    if (!path || path->find('\0') != path->npos) return "its socket's path is not percent-encoded text";
    host_ = *std::move(path);
    return nullptr;
  }
  if (host.starts_with('[')) {
    host_ = lowered(host.substr(1, host.size() - 2));
    const bool is_ip = host_.find(':') != host_.npos && Address::try_parse_ip(host_, 0).has_value();
    return is_ip ? nullptr : "what stands in its brackets is not an IPv6 address";
  }
  if (host.size() > kHostBytesMax) return "its host is longer than a name may be";
  if (!std::ranges::all_of(host, is_name_letter)) {
    return "its host holds something other than letters, digits, '-', '.' and '_'";
  }
  host_ = lowered(host);
  return nullptr;
}

const char* Url::read_port(std::string_view port) {
  port_ = default_port(scheme_);
  if (port.empty() || port == ":") return nullptr;
  if (!port.starts_with(':')) return "something stands between its host and its path";
  port.remove_prefix(1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), port_);
  const bool is_number = error == std::errc() && end == port.data() + port.size();
  return is_number && port_ != 0 ? nullptr : "its port is not a number from 1 to 65535";
}

const char* Url::read_target(std::string_view target) {
  if (!internal::is_all_in(internal::kTarget, target)) {
    return "its path holds a space, a control character or a letter beyond ASCII: percent-encode it";
  }
  target_ = target.starts_with('/') ? std::string(target) : "/" + std::string(target);
  return nullptr;
}

Url Url::resolve(std::string_view reference) const {
  const std::size_t colon = reference.find(':');
  if (colon != reference.npos && reference.find_first_of("/?#") > colon) return parse(reference);
  if (reference.starts_with("//")) return parse(std::string(written_scheme()) + ":" + std::string(reference));
  reference = reference.substr(0, reference.find('#'));
  if (reference.empty()) return *this;
  const std::size_t query_at = std::min(reference.find('?'), reference.size());
  const std::string_view base = path_of(target_);
  std::string path(reference.substr(0, query_at));
  if (path.empty()) {
    path = base;
  } else if (!path.starts_with('/')) {
    path = std::string(base.substr(0, base.rfind('/') + 1)) + path;
  }
  Url url = *this;
  const char* const wrong = url.read_target(without_dots(path) + std::string(reference.substr(query_at)));
  if (wrong != nullptr) throw Error(ErrorKind::invalid, "parse URL", wrong, 0, shown(reference));
  return url;
}

std::string_view Url::written_scheme() const noexcept {
  switch (scheme_) {
    case Scheme::http: return "http";
    case Scheme::https: return "https";
    case Scheme::http_unix: break;
  }
  return "http+unix";
}

std::string Url::authority() const {
  if (scheme_ == Scheme::http_unix) return "localhost";
  std::string text = host_.find(':') == host_.npos ? host_ : "[" + host_ + "]";
  if (port_ != default_port(scheme_)) text.append(":").append(std::to_string(port_));
  return text;
}

std::string Url::origin() const {
  std::string text(written_scheme());
  text.append(kAuthorityBegin);
  return text.append(scheme_ == Scheme::http_unix ? percent_encoded(host_) : authority());
}

}  // namespace ringback::http

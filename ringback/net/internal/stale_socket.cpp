#include "ringback/net/internal/stale_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>

#include "ringback/base/error.h"

namespace ringback::internal {
namespace {

enum class Found : std::uint8_t { nothing, no_socket, alive, stale, unknown };

struct Look {
  Found found = Found::nothing;
  int os_code = 0;
  dev_t device = 0;
  ino_t inode = 0;
};

std::string path_of(const Address& at) {
  const auto* raw = reinterpret_cast<const sockaddr_un*>(at.raw());
  const std::size_t most = at.raw_bytes() - offsetof(sockaddr_un, sun_path);
  return {raw->sun_path, ::strnlen(raw->sun_path, most)};
}

Descriptor make_unix_socket() {
  Descriptor made(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!made.is_open()) throw Error::from_os(errno, "listen");
  return made;
}

// The kernel refuses a connection at once where no socket is bound to the file, or one that does not listen.
Look look_at(const Address& at, const std::string& path) {
  Look look;
  struct stat status = {};
  if (::lstat(path.c_str(), &status) != 0) {
    look.os_code = errno;
    look.found = errno == ENOENT ? Found::nothing : Found::unknown;
    return look;
  }
  look.device = status.st_dev;
  look.inode = status.st_ino;
  if (!S_ISSOCK(status.st_mode)) {
    look.found = Found::no_socket;
    return look;
  }
  const Descriptor probe = make_unix_socket();
  look.found = Found::alive;
  if (::connect(probe.fd(), at.raw(), at.raw_bytes()) == 0 || errno == EAGAIN) return look;
  look.os_code = errno;
  look.found = errno == ECONNREFUSED ? Found::stale : Found::unknown;
  return look;
}

// Something that only one process can have, and that goes with it: an abstract name, made of the folder and the
// file's own name. Where that is too long it is cut, and two paths may then exclude each other.
Descriptor claim(const std::string& path, const Address& at) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  struct stat status = {};
  if (::stat(folder.c_str(), &status) != 0) throw Error::from_os(errno, "listen", at.to_string());
  std::string name = "ringback listens " + std::to_string(status.st_dev) + " " + std::to_string(status.st_ino) + " ";
  name.append(slash == std::string::npos ? path : path.substr(slash + 1));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::size_t bytes = std::min(name.size(), sizeof address.sun_path - 1);
  std::memcpy(address.sun_path + 1, name.data(), bytes);
  Descriptor claimed = make_unix_socket();
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + bytes);
  if (::bind(claimed.fd(), reinterpret_cast<const sockaddr*>(&address), length) == 0) return claimed;
  if (errno != EADDRINUSE) throw Error::from_os(errno, "listen", at.to_string());
  throw Error(ErrorKind::exists, "listen", "another process is about to listen there", EADDRINUSE, at.to_string());
}

// By another name first: what was looked at and what is removed are then the same file.
void remove_looked_at(const Look& look, const std::string& path, const Address& at) {
  const std::string away = path + ".stale-" + std::to_string(::getpid());
  if (::rename(path.c_str(), away.c_str()) != 0) throw Error::from_os(errno, "listen", at.to_string());
  struct stat status = {};
  if (::lstat(away.c_str(), &status) == 0 && status.st_dev == look.device && status.st_ino == look.inode) {
    if (::unlink(away.c_str()) != 0) throw Error::from_os(errno, "listen", at.to_string());
    return;
  }
  if (::renameat2(AT_FDCWD, away.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) != 0) {
    throw Error::from_os(errno, "listen", at.to_string());
  }
  throw Error(ErrorKind::exists, "listen", "another process has just begun to listen there", EADDRINUSE,
              at.to_string());
}

std::string said_of(const Look& look) {
  switch (look.found) {
    case Found::no_socket: return "a file that is no socket is there: choose another path, or remove it";
    case Found::stale:
      return "a socket that nobody listens on is there: remove it, or listen with ListenOptions::replace_stale";
    case Found::alive: return "somebody listens there";
    case Found::nothing:
    case Found::unknown: break;
  }
  return std::strerror(EADDRINUSE);  // NOLINT(concurrency-mt-unsafe): of a known number
}

}  // namespace

bool is_path(const Address& at) noexcept { return at.is_unix() && !path_of(at).empty(); }

std::string why_taken(const Address& at) { return said_of(look_at(at, path_of(at))); }

Descriptor remove_stale(const Address& at) {
  const std::string path = path_of(at);
  Descriptor claimed = claim(path, at);
  const Look look = look_at(at, path);
  switch (look.found) {
    case Found::nothing: return claimed;
    case Found::stale: remove_looked_at(look, path, at); return claimed;
    case Found::unknown: throw Error::from_os(look.os_code, "listen", at.to_string());
    case Found::no_socket:
    case Found::alive: break;
  }
  throw Error(ErrorKind::exists, "listen", said_of(look), EADDRINUSE, at.to_string());
}

}  // namespace ringback::internal

#include "ringback/net/unix_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>

namespace ringback {
namespace {

Address nameless() noexcept {
  const sockaddr raw = {AF_UNIX, {}};
  return Address::from_raw(&raw, sizeof(sa_family_t));
}

}  // namespace

Task<UnixStream> UnixStream::connect(std::string path) {
  const Address to = Address::unix_path(path);
  co_return UnixStream(co_await internal::connect_socket(to), to);
}

UnixStream UnixStream::from_descriptor(Descriptor descriptor) {
  const Address peer = internal::peer_address(descriptor.fd());
  return UnixStream(std::move(descriptor), peer);
}

UnixListener::UnixListener(std::string_view path, const ListenOptions& options)
    : SocketListener(Address::unix_path(path), options), path_(path) {}

UnixListener::~UnixListener() { path_.remove(); }

UnixListener::Path::Path(std::string_view path) : path_(path.front() == '@' ? std::string_view() : path) {
  struct stat status = {};
  if (path_.empty() || ::stat(path_.c_str(), &status) != 0) return;
  device_ = status.st_dev;
  inode_ = status.st_ino;
}

UnixListener::Path::Path(Path&& other) noexcept
    : path_(std::exchange(other.path_, {})), device_(other.device_), inode_(other.inode_) {}

void UnixListener::Path::remove() noexcept {
  struct stat status = {};
  if (path_.empty() || ::stat(path_.c_str(), &status) != 0) return;
  if (status.st_dev == device_ && status.st_ino == inode_) ::unlink(path_.c_str());
}

Task<UnixStream> UnixListener::accept() { co_return UnixStream(co_await accept_descriptor(), nameless()); }

std::pair<UnixStream, UnixStream> socket_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) {
    throw Error::from_os(errno, "make socket pair");
  }
  Descriptor left(ends[0]);
  Descriptor right(ends[1]);
  return {UnixStream(std::move(left), nameless()), UnixStream(std::move(right), nameless())};
}

}  // namespace ringback

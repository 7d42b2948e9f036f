#include "ringback/net/socket_listener.h"

#include <sys/socket.h>
#include <algorithm>
#include <cerrno>

#include "ringback/async/outcome_of.h"
#include "ringback/async/sleep.h"
#include "ringback/net/internal/socket_operation.h"
#include "ringback/net/internal/stale_socket.h"

namespace ringback {

using namespace runtime;

namespace {

constexpr Duration kExhaustedWait = std::chrono::milliseconds(5);
constexpr Duration kExhaustedWaitMost = std::chrono::milliseconds(320);

// What accept(2) says of connections that broke in the queue.
bool is_of_one_connection(int os_code) noexcept {
  switch (os_code) {
    case ECONNABORTED:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
    case EPERM:
    case EAGAIN:
    case EINTR: return true;
    default: return false;
  }
}

bool is_exhaustion(int os_code) noexcept {
  return os_code == EMFILE || os_code == ENFILE || os_code == ENOBUFS || os_code == ENOMEM;
}

void set_option(int fd, int name, const Address& at) {
  const int on = 1;
  if (::setsockopt(fd, SOL_SOCKET, name, &on, sizeof on) != 0) throw Error::from_os(errno, "listen", at.to_string());
}

[[noreturn]] void refuse(int os_code, const Address& at) {
  if (os_code != EADDRINUSE || !internal::is_path(at)) throw Error::from_os(os_code, "listen", at.to_string());
  throw Error(ErrorKind::exists, "listen", internal::why_taken(at), os_code, at.to_string());
}

Descriptor listen_at(const Address& at, const ListenOptions& options) {
  Descriptor claimed;  // Until it listens.
  if (options.replace_stale && internal::is_path(at)) claimed = internal::remove_stale(at);
  Descriptor socket = internal::make_socket(at.family(), "listen");
  if (options.reuse_address && !at.is_unix()) set_option(socket.fd(), SO_REUSEADDR, at);
  if (options.reuse_port && !at.is_unix()) set_option(socket.fd(), SO_REUSEPORT, at);
  if (::bind(socket.fd(), at.raw(), at.raw_bytes()) != 0 || ::listen(socket.fd(), options.backlog) != 0) {
    refuse(errno, at);
  }
  return socket;
}

}  // namespace

SocketListener::SocketListener(const Address& at, const ListenOptions& options) {
  Descriptor socket = listen_at(at, options);
  local_ = internal::local_address(socket.fd());
  inflow_.reset(new internal::Inflow(std::move(socket), local_.to_string(), RequestWords::Code::accept_many));
}

SocketListener::~SocketListener() = default;

void SocketListener::close() noexcept {
  if (inflow_ != nullptr) inflow_->close();
}

bool SocketListener::is_open() const noexcept { return inflow_ != nullptr && !inflow_->resource().is_closed(); }
int SocketListener::fd() const noexcept { return inflow_->resource().fd(); }

Task<Descriptor> SocketListener::accept_descriptor() {
  Duration wait = kExhaustedWait;
  for (;;) {
    Outcome<Descriptor> accepted = co_await outcome(internal::SocketAccept(*inflow_));
    if (accepted.ok()) co_return std::move(*accepted);
    const Error* error = accepted.failure().error();
    const int os_code = error != nullptr && is_open() ? error->os_code() : 0;
    if (is_of_one_connection(os_code)) continue;
    if (!is_exhaustion(os_code)) accepted.failure().raise();
    co_await sleep(wait);
    wait = std::min(2 * wait, kExhaustedWaitMost);
  }
}

}  // namespace ringback

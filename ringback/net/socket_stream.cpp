#include "ringback/net/socket_stream.h"

#include <sys/socket.h>
#include <cerrno>

#include "ringback/async/outcome_of.h"
#include "ringback/async/sleep.h"
#include "ringback/net/internal/socket_operation.h"

namespace ringback {

using namespace runtime;

SocketStream::SocketStream(Descriptor descriptor, const Address& peer)
    : inflow_(new internal::Inflow(std::move(descriptor), peer.to_string(), RequestWords::Code::receive_many)),
      peer_(peer) {}

SocketStream::~SocketStream() = default;

// The kernel only notes it, so it needs no request.
Task<> SocketStream::shutdown_write() {
  const int result = ::shutdown(fd(), SHUT_WR);
  if (result != 0) throw Error::from_os(errno, "shutdown", peer_name());
  co_return;
}

void SocketStream::close() noexcept {
  if (inflow_ != nullptr) inflow_->close();
}

bool SocketStream::is_open() const noexcept { return inflow_ != nullptr && !inflow_->resource().is_closed(); }
std::string SocketStream::peer_name() const { return inflow_->resource().name(); }
int SocketStream::fd() const noexcept { return inflow_->resource().fd(); }
Address SocketStream::local() const { return internal::local_address(fd()); }

void SocketStream::make_read(StreamPlace& place, std::span<std::byte> into) {
  place.emplace<internal::SocketReceive>(*inflow_, into);
}

void SocketStream::make_read_chunk(StreamPlace& place) { place.emplace<internal::SocketReceiveChunk>(*inflow_); }

void SocketStream::make_write(StreamPlace& place, std::span<const std::byte> from) {
  place.emplace<internal::SocketSend>(inflow_->resource(), from, place.kept());
}

namespace internal {

void InflowCloser::operator()(Inflow* inflow) const noexcept {
  RINGBACK_CHECK(!inflow->resource().has_reader_or_writer(),
                 "a stream or listener was destroyed with an operation in flight: await or cancel it");
  inflow->close();
  inflow->drop_reference();
}

namespace {

template <typename Call>
Address named(Call&& call, int fd, std::string_view operation) {
  sockaddr_storage raw = {};
  socklen_t bytes = sizeof raw;
  if (call(fd, reinterpret_cast<sockaddr*>(&raw), &bytes) != 0) throw Error::from_os(errno, operation);
  return Address::from_raw(reinterpret_cast<const sockaddr*>(&raw), bytes);
}

constexpr Duration kFullBacklogWait = std::chrono::milliseconds(1);
constexpr Duration kFullBacklogWaitMost = std::chrono::milliseconds(64);

}  // namespace

Address local_address(int fd) { return named(::getsockname, fd, "local address"); }
Address peer_address(int fd) { return named(::getpeername, fd, "peer address"); }

// A Unix listener whose backlog is full answers EAGAIN and offers nothing to wait for but time.
Task<Descriptor> connect_socket(Address to) {
  Duration wait = kFullBacklogWait;
  Resource socket(make_socket(to.family(), "connect"), to.to_string());
  for (;;) {
    const Outcome<void> connected = co_await outcome(SocketConnect(socket, to));
    if (connected.ok()) co_return socket.release();
    const Error* error = connected.failure().error();
    if (error == nullptr || error->os_code() != EAGAIN || !to.is_unix()) connected.value();
    co_await sleep(wait);
    wait = std::min(2 * wait, kFullBacklogWaitMost);
  }
}

}  // namespace internal
}  // namespace ringback

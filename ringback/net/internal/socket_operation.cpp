#include "ringback/net/internal/socket_operation.h"

#include <poll.h>
#include <sys/socket.h>
#include <algorithm>
#include <cerrno>

namespace ringback::internal {
namespace {

using Code = RequestWords::Code;

constexpr std::size_t kChunkBytes = 16 * 1024;

std::uint32_t capped(std::size_t bytes) noexcept {
  return static_cast<std::uint32_t>(std::min(bytes, kTransferBytesMax));
}

}  // namespace

SocketReceive::SocketReceive(Inflow& inflow, std::span<std::byte> into) noexcept
    : InflowOperation("read", inflow, false) {
  words.code = Code::receive;
  words.buffer = into.data();
  words.length = capped(into.size());
}

bool SocketReceive::begin(Waiter& waiter) noexcept {
  if (!enter(waiter)) return true;
  if (words.length == 0) {
    set_value(0);
    return leave();
  }
  return take_or_ask() && leave();
}

bool SocketReceive::take_item(Result& item) noexcept {
  set_value(item.value);
  if (item.value <= 0) return true;
  const std::size_t taken = std::min<std::size_t>(words.length, item.chunk.size());
  std::memcpy(words.buffer, item.chunk.bytes().data(), taken);
  item.chunk.drop_front(taken);
  set_value(static_cast<std::int32_t>(taken));
  return item.chunk.empty();
}

// After close() the kernel reports an end that the other side has not sent.
Outcome<std::size_t> SocketReceive::take_size() {
  if (value() < 0 || (value() == 0 && words.length != 0 && is_closed())) return failure();
  return static_cast<std::size_t>(value());
}

SocketReceiveChunk::SocketReceiveChunk(Inflow& inflow) noexcept : InflowOperation("read", inflow, true) {
  words.code = Code::poll;
  words.flags = POLLIN;
}

bool SocketReceiveChunk::take_item(Result& item) noexcept {
  set_value(item.value);
  chunk_ = std::move(item.chunk);
  return true;
}

bool SocketReceiveChunk::ask() noexcept {
  while (!try_now()) {
    if (!submit_request()) return false;
    if (value() < 0) return true;
  }
  return true;
}

bool SocketReceiveChunk::try_now() noexcept {
  std::byte own[kChunkBytes];
  const ssize_t got = ::recv(resource()->fd(), own, sizeof own, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  set_value(got < 0 ? -errno : static_cast<std::int32_t>(got));
  if (got > 0) {
    chunk_ = Chunk::try_copy_of({own, static_cast<std::size_t>(got)});
    if (chunk_.empty()) set_value(-ENOMEM);
  }
  return true;
}

Outcome<Chunk> SocketReceiveChunk::take_chunk() {
  if (value() < 0 || (value() == 0 && is_closed())) return failure();
  return std::move(chunk_);
}

SocketSend::SocketSend(Resource& resource, std::span<const std::byte> from, bool* kept) noexcept
    : KernelOperation("write", &resource, Use::writing), kept_(kept), bytes_(from.size()) {
  words.code = Code::send;
  words.constant_buffer = from.data();
  words.length = capped(from.size());
}

bool SocketSend::begin(Waiter& waiter) noexcept {
  if (!enter(waiter)) return true;
  if (words.length == 0) {
    set_value(0);
    return leave();
  }
  return submit_request() && leave();
}

Outcome<std::size_t> SocketSend::take_size() {
  if (value() < 0) return failure();
  return static_cast<std::size_t>(value());
}

SocketAccept::SocketAccept(Inflow& inflow) noexcept : InflowOperation("accept", inflow, true) {
  words.code = Code::accept;
}

bool SocketAccept::take_item(Result& item) noexcept {
  set_value(std::exchange(item.value, -1));
  return true;
}

Outcome<Descriptor> SocketAccept::take() {
  if (value() < 0) return failure();
  return Descriptor(value());
}

SocketConnect::SocketConnect(Resource& resource, const Address& to) noexcept
    : KernelOperation("connect", &resource, Use::shared) {
  words.code = Code::connect;
  words.address = to.raw();
  words.length = to.raw_bytes();
}

bool SocketConnect::begin(Waiter& waiter) noexcept { return !enter(waiter) || (submit_request() && leave()); }

Outcome<void> SocketConnect::take() {
  if (value() < 0) return failure();
  return {};
}

Descriptor make_socket(int family, std::string_view operation) {
  Descriptor made(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!made.is_open()) throw Error::from_os(errno, operation);
  return made;
}

}  // namespace ringback::internal

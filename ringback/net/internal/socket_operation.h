// The requests of sockets: receive, send, accept, connect.
#pragma once

#include "ringback/io/ready_operation.h"
#include "ringback/io/stream_operation.h"
#include "ringback/net/address.h"

namespace ringback::internal {

class SocketReceive final : public KernelOperation, public StreamOperation {
 public:
  SocketReceive(Resource& resource, std::span<std::byte> into) noexcept;
  bool begin(Waiter& waiter) noexcept override;
  Outcome<std::size_t> take_size() override;
  Outcome<Chunk> take_chunk() override { return failure(); }
};

class SocketReceiveChunk final : public ReadyOperation, public StreamOperation {
 public:
  explicit SocketReceiveChunk(Resource& resource) noexcept;
  bool begin(Waiter& waiter) noexcept override { return begin_when_ready(waiter); }
  Outcome<std::size_t> take_size() override { return failure(); }
  Outcome<Chunk> take_chunk() override;

 private:
  bool try_now() noexcept override;

  Chunk chunk_;
};

class SocketSend final : public KernelOperation, public StreamOperation {
 public:
  SocketSend(Resource& resource, std::span<const std::byte> from) noexcept;
  bool begin(Waiter& waiter) noexcept override;
  Outcome<std::size_t> take_size() override;
  Outcome<Chunk> take_chunk() override { return failure(); }
};

// Gives a descriptor, non-blocking and close-on-exec.
class [[nodiscard]] SocketAccept : public KernelOperation {
 public:
  using value_type = Descriptor;

  explicit SocketAccept(Resource& resource) noexcept;
  SocketAccept(SocketAccept&&) noexcept = default;
  bool begin(Waiter& waiter) noexcept;
  Outcome<Descriptor> take();
};

class [[nodiscard]] SocketConnect : public KernelOperation {
 public:
  using value_type = void;

  // Both outlive the operation.
  SocketConnect(Resource& resource, const Address& to) noexcept;
  SocketConnect(SocketConnect&&) noexcept = default;
  bool begin(Waiter& waiter) noexcept;
  Outcome<void> take();
};

// A new stream socket, non-blocking and close-on-exec. Errors: exhausted, unsupported.
Descriptor make_socket(int family, std::string_view operation);

}  // namespace ringback::internal

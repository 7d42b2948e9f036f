// The requests of sockets: receive, send, accept, connect.
#pragma once

#include "ringback/io/stream_operation.h"
#include "ringback/net/address.h"
#include "ringback/net/internal/inflow.h"

namespace ringback::internal {

class SocketReceive final : public InflowOperation, public StreamOperation {
 public:
  SocketReceive(Inflow& inflow, std::span<std::byte> into) noexcept;
  bool begin(Waiter& waiter) noexcept override;
  Outcome<std::size_t> take_size() override;
  Outcome<Chunk> take_chunk() override { return failure(); }

 private:
  bool take_item(Result& item) noexcept override;
};

// Alone it waits for readiness first, so that an idle stream holds no buffer.
class SocketReceiveChunk final : public InflowOperation, public StreamOperation {
 public:
  explicit SocketReceiveChunk(Inflow& inflow) noexcept;
  bool begin(Waiter& waiter) noexcept override { return !enter(waiter) || (take_or_ask() && leave()); }
  Outcome<std::size_t> take_size() override { return failure(); }
  Outcome<Chunk> take_chunk() override;

 private:
  bool take_item(Result& item) noexcept override;
  bool ask() noexcept override;
  bool answered() noexcept override { return value() < 0 || ask(); }
  bool try_now() noexcept;

  Chunk chunk_;
};

class SocketSend final : public KernelOperation, public StreamOperation {
 public:
  // `kept`: see StreamPlace::kept().
  SocketSend(Resource& resource, std::span<const std::byte> from, bool* kept) noexcept;
  bool begin(Waiter& waiter) noexcept override;
  Outcome<std::size_t> take_size() override;
  Outcome<Chunk> take_chunk() override { return failure(); }

 private:
  bool* kept() noexcept override { return kept_; }
  bool took_all() const noexcept override { return static_cast<std::size_t>(value()) == bytes_; }

  bool* const kept_;
  const std::size_t bytes_;
};

// Gives a descriptor, non-blocking and close-on-exec.
class [[nodiscard]] SocketAccept : public InflowOperation {
 public:
  using value_type = Descriptor;

  explicit SocketAccept(Inflow& inflow) noexcept;
  SocketAccept(SocketAccept&&) noexcept = default;
  bool begin(Waiter& waiter) noexcept { return !enter(waiter, kInside) || (take_or_ask() && leave()); }
  Outcome<Descriptor> take();

 private:
  static constexpr std::uint8_t kInside = 2;  // accept_descriptor(), and accept() of what derives from it
  bool take_item(Result& item) noexcept override;
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

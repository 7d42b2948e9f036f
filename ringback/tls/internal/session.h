// One connection as OpenSSL has it: bytes of the network in and out of memory, and nothing that waits.
//
// Threads: any. OpenSSL's object is one for both directions, so each call holds lock_, for as long as
// a record takes to be encrypted; nothing is awaited under it.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ringback/base/error.h"
#include "ringback/driver/chunk.h"
#include "ringback/tls/internal/settings.h"

struct ssl_st;

namespace ringback::internal {

// What OpenSSL reads from and writes to.
struct TlsWire {
  Chunk input;
  std::vector<std::byte> output;
};

class TlsSession {
 public:
  // A client asks for `host`, a server has none. `peer`: for errors.
  TlsSession(std::shared_ptr<const TlsSettings> settings, const std::string& host, std::string peer);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  // Each of these may leave output behind, an alert also where it failed. False, or none: it needs input, or
  // has failed.
  bool handshake();
  // 0: the end, which the other side has said.
  std::optional<std::size_t> read(std::span<std::byte> into);
  bool write(std::span<const std::byte> from);
  // Once: nothing more will be written.
  void close_write();

  // What went wrong; it stays so.
  bool has_failed() const;
  [[noreturn]] void raise() const;

  // What came of the network; asked for by a step.
  void take_in(Chunk chunk);
  // What the network is to have: swapped with `into`, which is empty.
  void take_output(std::vector<std::byte>& into);
  std::size_t output_bytes() const;

  std::string alpn() const;
  std::string version() const;
  const std::string& peer() const noexcept { return peer_; }

 private:
  bool note(int result, std::string_view operation);

  const std::shared_ptr<const TlsSettings> settings_;
  const std::string peer_;
  const std::string host_;
  mutable std::mutex lock_;
  // Guarded.
  TlsWire wire_;
  ssl_st* ssl_ = nullptr;
  bool write_is_closed_ = false;
  std::optional<Error> failure_;
};

}  // namespace ringback::internal

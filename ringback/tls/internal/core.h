// A TlsStream: a session, and the carrier it speaks through.
//
// Who may do what. Reading and writing are two tasks at once, perhaps on two threads.
//   carrier read    the reader only
//   carrier write   whoever holds sending_: the writer, or the reader where output was left behind. outgoing_ and
//                   sent_ are theirs, too
//   session         everybody, for one call: it has a lock
// A writer encrypts only while it holds sending_ and outgoing_ has left, so records leave in their order, and no more
// than one write of plaintext is ever waiting. A write whose record has been made has happened: it cannot be undone,
// for the next one has the next number. Cancelled there it ends well, and the rest is left behind.
// What is left behind, and what reading makes (answers about keys), leaves with the next write, or beside a
// read, which sends while it waits; one that waits already is told by left_behind_. Where it becomes much it is sent
// before more is read, so that a peer that only asks cannot fill the memory.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ringback/io/byte_stream.h"
#include "ringback/sync/event.h"
#include "ringback/sync/mutex.h"
#include "ringback/tls/internal/session.h"
#include "ringback/tls/tls_stream.h"

namespace ringback::internal {

class TlsCore {
 public:
  TlsCore(std::shared_ptr<const TlsSettings> settings, std::unique_ptr<ByteStream> carrier, const std::string& host)
      : carrier_(std::move(carrier)), session_(std::move(settings), host, carrier_->peer_name()) {}

  ~TlsCore();
  TlsCore(const TlsCore&) = delete;
  TlsCore& operator=(const TlsCore&) = delete;

  static Task<TlsStream> make(std::shared_ptr<const TlsSettings> settings, std::unique_ptr<ByteStream> carrier,
                              std::string host);

  Task<std::size_t> read(std::span<std::byte> into);
  Task<Chunk> read_chunk();
  Task<std::size_t> write(std::span<const std::byte> from);
  Task<> shutdown_write();
  void close() noexcept;

  std::string peer_name() const { return carrier_->peer_name(); }
  const TlsSession& session() const noexcept { return session_; }

 private:
  class Telling;

  Task<> handshake();
  std::optional<Chunk> try_read_chunk();
  Task<> receive();
  Task<> receive_from_carrier();
  Task<> receive_beside_sending();
  Task<> receive_until_left_behind();
  Task<> send_left_behind();
  Task<> send_output();
  Task<> send_alert();
  std::span<const std::byte> next_output();
  bool has_left_behind() const;
  void check_open(std::string_view operation) const;

  const std::unique_ptr<ByteStream> carrier_;
  TlsSession session_;
  std::atomic<bool> is_closed_{false};
  std::atomic<bool> is_reading_{false};
  std::atomic<bool> is_writing_{false};
  Mutex sending_;
  std::atomic<bool> is_sending_{false};  // a hint for the reader: somebody is at it
  std::atomic<std::size_t> unsent_{0};   // of outgoing_, for those who do not hold sending_
  std::atomic<bool> cannot_send_{false};
  Event left_behind_;  // set by a writer that leaves something, reset by the reader before it looks
  // Of whoever holds sending_.
  std::vector<std::byte> outgoing_;
  std::size_t sent_ = 0;
};

}  // namespace ringback::internal

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
#include <source_location>
#include <span>
#include <string>
#include <utility>
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
  class Kept;
  Task<std::size_t> write(std::span<const std::byte> from, Kept kept);
  Task<> shutdown_write();
  void close() noexcept;
  // For the next write; `part`: see StreamPlace::kept().
  Kept kept(bool* part) noexcept;

  std::string peer_name() const { return carrier_->peer_name(); }
  const TlsSession& session() const noexcept { return session_; }

 private:
  class Telling;
  class Turn;
  // Who reads, or writes. The place is for the error of who comes second.
  struct Direction {
    std::atomic<bool> is_taken{false};
    std::atomic<std::source_location> place;
  };

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
  Direction reading_;
  Direction writing_;
  Mutex sending_;
  std::atomic<bool> is_sending_{false};  // a hint for the reader: somebody is at it
  std::atomic<std::size_t> unsent_{0};   // of outgoing_, for those who do not hold sending_
  std::atomic<bool> cannot_send_{false};
  Event left_behind_;  // set by a writer that leaves something, reset by the reader before it looks
  // Of whoever holds sending_.
  std::vector<std::byte> outgoing_;
  std::size_t sent_ = 0;
};

// The direction of a write() of much, between two of its parts. What is not taken over is given back.
class TlsCore::Kept {
 public:
  Kept(Direction& direction, bool* part) noexcept
      : direction_(&direction), part_(part), has_(part != nullptr && std::exchange(*part, false)) {}
  Kept(Kept&& other) noexcept
      : direction_(other.direction_), part_(other.part_), has_(std::exchange(other.has_, false)) {}
  ~Kept() {
    if (has_) direction_->is_taken.store(false);
  }
  bool take() noexcept { return std::exchange(has_, false); }
  // True: the next part will find it.
  bool pass_on() noexcept {
    if (part_ != nullptr) *part_ = true;
    return part_ != nullptr;
  }

 private:
  Direction* direction_;
  bool* part_;
  bool has_;
};

inline TlsCore::Kept TlsCore::kept(bool* part) noexcept { return {writing_, part}; }

}  // namespace ringback::internal

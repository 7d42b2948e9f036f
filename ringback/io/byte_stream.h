// A stream of bytes in both directions, whatever carries it: TCP, a Unix socket, a pipe, TLS, memory.
//
//   const std::size_t got = co_await stream.read(buffer);    // 0: the other side is done
//   const Chunk chunk = co_await stream.read();              // owned bytes; empty: it is done
//   co_await stream.write("all of this");
//
// Threads: used from anywhere in turn (a plain thread in wait(), a Loop, a Pool), by one reader and one
// writer at a time. The second of two reads, or of two writes, at once gets Error invalid, which names the
// peer and both tasks; the first goes on as if nothing had been.
// Lifetime: a stream outlives the operations on it; a buffer belongs to the operation until it has
// ended, cancelled or not.
// Errors: invalid for who comes second, reset where the connection broke, closed after close() here, timed_out, and
// what the kernel says, each with its code and the peer. Without memory for a chunk that has come: exhausted, and the
// chunk is lost.
// Cancellation: read and write_some that were cancelled did not happen; what moves all of something
// says by a Progress how far it came.
// Cost: no allocation but for a chunk's bytes; the state of a request lives in the awaiting frame.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "ringback/async/task.h"
#include "ringback/driver/chunk.h"
#include "ringback/io/bytes.h"
#include "ringback/io/stream_operation.h"

namespace ringback {

class ByteStream;

namespace runtime {

// Each holds the request of one call in place. See the calls.
class [[nodiscard]] StreamRead {
 public:
  using value_type = std::size_t;

  StreamRead(ByteStream& stream, std::span<std::byte> into) noexcept : stream_(&stream), into_(into) {}
  bool begin(Waiter& waiter) noexcept;
  Outcome<std::size_t> take() { return place_.operation().take_size(); }

 private:
  ByteStream* stream_;
  std::span<std::byte> into_;
  StreamPlace place_;
};

class [[nodiscard]] StreamReadChunk {
 public:
  using value_type = Chunk;

  explicit StreamReadChunk(ByteStream& stream) noexcept : stream_(&stream) {}
  bool begin(Waiter& waiter) noexcept;
  Outcome<Chunk> take() { return place_.operation().take_chunk(); }

 private:
  ByteStream* stream_;
  StreamPlace place_;
};

class [[nodiscard]] StreamWriteSome {
 public:
  using value_type = std::size_t;

  StreamWriteSome(ByteStream& stream, std::span<const std::byte> from) noexcept : stream_(&stream), from_(from) {}
  bool begin(Waiter& waiter) noexcept;
  Outcome<std::size_t> take() { return place_.operation().take_size(); }

 private:
  ByteStream* stream_;
  std::span<const std::byte> from_;
  StreamPlace place_;
};

// One write after the other until all has been taken.
class [[nodiscard]] StreamWrite : public Waiter {
 public:
  using value_type = void;

  StreamWrite(ByteStream& stream, std::span<const std::byte> from, Progress* progress) noexcept
      : stream_(&stream), from_(from), progress_(progress) {}
  StreamWrite(StreamWrite&& other) noexcept
      : Waiter(std::move(other)), stream_(other.stream_), from_(other.from_), progress_(other.progress_) {}
  bool begin(Waiter& outer) noexcept;
  Outcome<void> take();
  void complete() noexcept override;
  bool try_claim() noexcept override { return outer_->try_claim(); }
  std::source_location place() const noexcept override { return outer_->place(); }
  const Waiter* awaited_by() const noexcept override { return outer_->awaited_by(); }

 private:
  bool write_on() noexcept;
  bool take_step() noexcept;

  ByteStream* stream_;
  std::span<const std::byte> from_;
  Progress* progress_;
  Waiter* outer_ = nullptr;
  std::size_t done_ = 0;
  Failure failure_;
  StreamPlace place_;
};

}  // namespace runtime

class ByteStream {
 public:
  virtual ~ByteStream() = default;

  // Some bytes, at least one; 0 only at the end of the stream, or for an empty span.
  runtime::StreamRead read(std::span<std::byte> into) noexcept { return {*this, into}; }

  // Some bytes in a buffer of the stream's choosing, which is the caller's then; empty at the end. An
  // idle stream holds no buffer.
  runtime::StreamReadChunk read() noexcept { return runtime::StreamReadChunk(*this); }

  // As many bytes as go at once, at least one; 0 for an empty span only.
  runtime::StreamWriteSome write_some(std::span<const std::byte> from) noexcept { return {*this, from}; }

  // All bytes. Where it fails or is cancelled halfway, `progress` says how many have left.
  runtime::StreamWrite write(std::span<const std::byte> bytes, Progress* progress = nullptr) noexcept {
    return {*this, bytes, progress};
  }
  runtime::StreamWrite write(std::string_view text, Progress* progress = nullptr) noexcept {
    return {*this, bytes_of(text), progress};
  }

  // Tells the other side that no more will come; reading goes on.
  virtual Task<> shutdown_write() = 0;

  // Ends the stream in both directions, at once, without suspending. Operations in flight end with
  // Error closed (on a pipe they abort). The destructor closes; in flight, that aborts.
  virtual void close() noexcept = 0;

  // Who is on the other side, for errors and logs.
  virtual std::string peer_name() const = 0;

 protected:
  ByteStream() noexcept = default;
  ByteStream(ByteStream&&) noexcept = default;
  ByteStream& operator=(ByteStream&&) noexcept = default;

  // Implementers: put one operation into `place`. It is begun at once and ends before `place` dies.
  friend class runtime::StreamRead;
  friend class runtime::StreamReadChunk;
  friend class runtime::StreamWriteSome;
  friend class runtime::StreamWrite;
  virtual void make_read(runtime::StreamPlace& place, std::span<std::byte> into) = 0;
  virtual void make_read_chunk(runtime::StreamPlace& place) = 0;
  virtual void make_write(runtime::StreamPlace& place, std::span<const std::byte> from) = 0;
};

}  // namespace ringback

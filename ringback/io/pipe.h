// Pipes: bytes from one end to the other, within the process or to a child; and standard streams.
//
// Threads: each end by one task at a time, from anywhere; the second of two reads (or writes)
// at once gets Error invalid, as of every ByteStream.
// Errors: reset where the readers have gone. No write of ours raises SIGPIPE.
// Cancellation: a cancelled read or write_some did not happen. Closing with one in flight aborts.
#pragma once

#include <memory>

#include "ringback/io/byte_stream.h"
#include "ringback/io/resource.h"

namespace ringback {

// One end of a pipe, or a terminal: reads or writes, whichever the descriptor is for.
class PipeEnd final : public ByteStream {
 public:
  // Takes over a descriptor from elsewhere (a child's output, say), blocking or not.
  PipeEnd(Descriptor descriptor, std::string name);
  PipeEnd(PipeEnd&&) noexcept = default;
  PipeEnd& operator=(PipeEnd&&) noexcept = default;
  ~PipeEnd() override;

  // The process's own, by a descriptor of our own: closing it leaves theirs open. Works also where
  // it is a file. Errors: exhausted.
  static PipeEnd standard_input();
  static PipeEnd standard_output();

  // Both close this end: that is how a pipe tells the other side.
  Task<> shutdown_write() override;
  void close() noexcept override;
  bool is_open() const noexcept { return resource_ != nullptr && !resource_->is_closed(); }

  std::string peer_name() const override { return resource_->name(); }
  int fd() const noexcept { return resource_->fd(); }

 private:
  void make_read(runtime::StreamPlace& place, std::span<std::byte> into) override;
  void make_read_chunk(runtime::StreamPlace& place) override;
  void make_write(runtime::StreamPlace& place, std::span<const std::byte> from) override;

  std::unique_ptr<runtime::Resource> resource_;
};

struct Pipe {
  PipeEnd reader;
  PipeEnd writer;
};

// Errors: exhausted.
Pipe make_pipe();

}  // namespace ringback

// Files: opened, read, written and made durable without stopping the thread.
//
//   File log = co_await File::open("log", {.write = true, .create = true, .append = true});
//   co_await log.write(line);
//   co_await log.sync();
//
// Threads: one task at a time, from anywhere; reads and writes at an offset may run beside each
// other. Lifetime: a File, the path given to open and every buffer outlive the operations on them.
// Suspension: on io_uring the kernel works while the task waits; with epoll regular files have no
// such way and the calling thread does the work at once.
// Errors: Error with the path as peer: not_found, denied, exists, exhausted (full), io.
// Cancellation: a read or write that was cancelled did not happen, unless the call says otherwise.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "ringback/async/task.h"
#include "ringback/io/bytes.h"
#include "ringback/io/kernel_operation.h"

namespace ringback {

struct OpenOptions {
  bool read = false;  // neither read nor write: read
  bool write = false;
  bool create = false;               // where there is none
  bool exclusive = false;            // with create: fails (exists) where there is one
  bool truncate = false;             // to nothing, at once
  bool append = false;               // every write goes to the end
  std::uint32_t permissions = 0666;  // of a new file, before the umask
};

namespace runtime {
class FileOpen;
class FileClose;
}  // namespace runtime

class File {
 public:
  static runtime::FileOpen open(std::string path, OpenOptions options = {});
  // Takes over a descriptor from elsewhere; `name` is what errors call it.
  File(Descriptor descriptor, std::string name);

  // Some bytes, at least one; 0 only at the end of the file, or for an empty span.
  runtime::KernelCall<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) noexcept;
  runtime::KernelCall<std::size_t> write_some_at(std::uint64_t offset, std::span<const std::byte> from) noexcept;

  // The same at the file's own position, which moves on.
  runtime::KernelCall<std::size_t> read(std::span<std::byte> into) noexcept;
  runtime::KernelCall<std::size_t> write_some(std::span<const std::byte> from) noexcept;

  // All of it. Where it fails or is cancelled halfway, `progress` says how much is in the file.
  Task<> write(std::span<const std::byte> bytes, Progress* progress = nullptr);
  Task<> write(std::string_view text, Progress* progress = nullptr) { return write(bytes_of(text), progress); }
  Task<> write_at(std::uint64_t offset, std::span<const std::byte> bytes, Progress* progress = nullptr);

  // What was written is on the disk when it completes. data_only: without the times of the inode.
  enum class Sync : std::uint32_t { all = 0, data_only = 1 };
  runtime::KernelCall<void> sync(Sync what = Sync::all) noexcept;

  // In bytes. Neither suspends. Errors: as above.
  std::uint64_t size() const;
  void resize(std::uint64_t bytes);

  // Reports what closing reports (some file systems write only then). Also where it fails the file is
  // closed. The destructor closes too, and drops that. An operation in flight aborts.
  runtime::FileClose close();
  bool is_open() const noexcept { return resource_ != nullptr && !resource_->is_closed(); }

  const std::string& path() const noexcept { return resource_->name(); }
  int fd() const noexcept { return resource_->fd(); }

 private:
  std::unique_ptr<runtime::Resource> resource_;
};

namespace runtime {

// The operations of File::open and File::close.
class [[nodiscard]] FileOpen : public KernelOperation {
 public:
  using value_type = File;

  FileOpen(std::string path, const OpenOptions& options) noexcept;
  FileOpen(FileOpen&&) noexcept = default;

  bool begin(Waiter& waiter) noexcept;
  Outcome<File> take();

 private:
  std::string path_;
};

class [[nodiscard]] FileClose : public KernelOperation {
 public:
  using value_type = void;

  FileClose(Descriptor descriptor, std::string name) noexcept
      : KernelOperation("close", nullptr, Use::shared), descriptor_(std::move(descriptor)), path_(std::move(name)) {}
  FileClose(FileClose&&) noexcept = default;

  bool begin(Waiter& waiter) noexcept;
  Outcome<void> take();

 private:
  Descriptor descriptor_;
  std::string path_;
};

}  // namespace runtime

// The whole file. Errors: as above; exhausted where memory does not hold it.
Task<std::string> read_file(std::string path);

// Makes the file hold `bytes` and nothing else. Not atomic: a reader, a failure or a cancellation may
// see a part of it. `bytes` outlive the task.
Task<> write_file(std::string path, std::span<const std::byte> bytes, OpenOptions options = {});
Task<> write_file(std::string path, std::string_view text, OpenOptions options = {});

}  // namespace ringback

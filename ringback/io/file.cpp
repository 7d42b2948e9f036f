#include "ringback/io/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>

namespace ringback {

using namespace runtime;

namespace {

using Code = RequestWords::Code;

std::uint32_t capped(std::size_t bytes) noexcept {
  return static_cast<std::uint32_t>(std::min(bytes, kTransferBytesMax));
}

RequestWords read_words(std::int64_t offset, std::span<std::byte> into) noexcept {
  RequestWords words;
  words.code = Code::read;
  words.length = capped(into.size());
  words.buffer = into.data();
  words.offset = offset;
  return words;
}

RequestWords write_words(std::int64_t offset, std::span<const std::byte> from) noexcept {
  RequestWords words;
  words.code = Code::write;
  words.length = capped(from.size());
  words.constant_buffer = from.data();
  words.offset = offset;
  return words;
}

std::uint32_t flags_of(const OpenOptions& options) noexcept {
  int flags = O_CLOEXEC;
  if (options.write || options.append) {
    flags |= options.read ? O_RDWR : O_WRONLY;
  } else {
    flags |= O_RDONLY;
  }
  if (options.create) flags |= O_CREAT;
  if (options.exclusive) flags |= O_EXCL;
  if (options.truncate) flags |= O_TRUNC;
  if (options.append) flags |= O_APPEND;
  return static_cast<std::uint32_t>(flags);
}

constexpr std::int64_t kOwnPosition = -1;

}  // namespace

FileOpen File::open(std::string path, OpenOptions options) { return {std::move(path), options}; }

File::File(Descriptor descriptor, std::string name)
    : resource_(std::make_unique<Resource>(std::move(descriptor), std::move(name))) {}

KernelCall<std::size_t> File::read_at(std::uint64_t offset, std::span<std::byte> into) noexcept {
  return {"read", *resource_, Resource::Use::shared, read_words(static_cast<std::int64_t>(offset), into)};
}

KernelCall<std::size_t> File::write_some_at(std::uint64_t offset, std::span<const std::byte> from) noexcept {
  return {"write", *resource_, Resource::Use::shared, write_words(static_cast<std::int64_t>(offset), from)};
}

KernelCall<std::size_t> File::read(std::span<std::byte> into) noexcept {
  return {"read", *resource_, Resource::Use::reading, read_words(kOwnPosition, into)};
}

KernelCall<std::size_t> File::write_some(std::span<const std::byte> from) noexcept {
  return {"write", *resource_, Resource::Use::writing, write_words(kOwnPosition, from)};
}

Task<> File::write(std::span<const std::byte> bytes, Progress* progress) {
  Progress unread;
  Progress& done = progress != nullptr ? *progress : unread;
  for (done.bytes = 0; done.bytes < bytes.size();) {
    const std::size_t written = co_await write_some(bytes.subspan(done.bytes));
    done.bytes += written;
  }
}

Task<> File::write_at(std::uint64_t offset, std::span<const std::byte> bytes, Progress* progress) {
  Progress unread;
  Progress& done = progress != nullptr ? *progress : unread;
  for (done.bytes = 0; done.bytes < bytes.size();) {
    const std::size_t written = co_await write_some_at(offset + done.bytes, bytes.subspan(done.bytes));
    done.bytes += written;
  }
}

KernelCall<void> File::sync(Sync what) noexcept {
  RequestWords words;
  words.code = Code::sync;
  words.flags = static_cast<std::uint32_t>(what);
  return {"sync", *resource_, Resource::Use::shared, words};
}

std::uint64_t File::size() const {
  struct stat status = {};
  if (::fstat(fd(), &status) != 0) throw Error::from_os(errno, "size", path());
  return static_cast<std::uint64_t>(status.st_size);
}

void File::resize(std::uint64_t bytes) {
  if (::ftruncate(fd(), static_cast<off_t>(bytes)) != 0) throw Error::from_os(errno, "resize", path());
}

FileClose File::close() { return {resource_->release(), path()}; }

FileOpen::FileOpen(std::string path, const OpenOptions& options) noexcept
    : KernelOperation("open", nullptr, Use::shared), path_(std::move(path)) {
  words.code = Code::open;
  words.fd = AT_FDCWD;
  words.flags = flags_of(options);
  words.offset = options.permissions;
}

bool FileOpen::begin(Waiter& waiter) noexcept {
  words.path = path_.c_str();
  return !enter(waiter) || submit_request();
}

Outcome<File> FileOpen::take() {
  if (value() >= 0) return File(Descriptor(value()), std::move(path_));
  Failure failed = failure();
  if (failed.is_cancelled()) return failed;
  return Failure(Error::from_os(-value(), what(), path_));
}

bool FileClose::begin(Waiter& waiter) noexcept {
  words.code = Code::close;
  words.fd = descriptor_.fd();
  return !enter(waiter) || submit_request();
}

Outcome<void> FileClose::take() {
  // Where the kernel never saw the request, the destructor closes.
  if (value() == -ECANCELED) return failure();
  descriptor_.release();
  if (value() >= 0 || value() == -EINTR) return {};
  return Failure(Error::from_os(-value(), what(), path_));
}

namespace {

constexpr std::size_t kStep = 64 * 1024;

}  // namespace

// Reads past the size that was seen, since the file may grow, and since /proc reports none.
Task<std::string> read_file(std::string path) {
  File file = co_await File::open(std::move(path));
  std::string text(static_cast<std::size_t>(file.size()) + 1, '\0');
  std::size_t have = 0;
  for (;;) {
    const std::size_t got = co_await file.read_at(have, std::as_writable_bytes(std::span(text).subspan(have)));
    have += got;
    if (got == 0) break;
    if (have == text.size()) text.resize(have + std::max(kStep, have / 2));
  }
  text.resize(have);
  co_return text;
}

Task<> write_file(std::string path, std::span<const std::byte> bytes, OpenOptions options) {
  OpenOptions how = options;
  how.write = how.create = true;
  how.truncate = !options.append;
  File file = co_await File::open(std::move(path), how);
  co_await file.write(bytes);
  co_await file.close();
}

Task<> write_file(std::string path, std::string_view text, OpenOptions options) {
  return write_file(std::move(path), bytes_of(text), options);
}

}  // namespace ringback

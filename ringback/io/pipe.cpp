#include "ringback/io/pipe.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>

#include "ringback/io/ready_operation.h"

namespace ringback {

using namespace runtime;

namespace {

constexpr std::size_t kChunkBytes = 16 * 1024;

class PipeRead final : public ReadyOperation, public StreamOperation {
 public:
  PipeRead(Resource& resource, std::span<std::byte> into, bool takes_chunk) noexcept
      : ReadyOperation("read", &resource, Use::reading, POLLIN), into_(into), takes_chunk_(takes_chunk) {}

  bool begin(Waiter& waiter) noexcept override { return begin_when_ready(waiter); }
  Outcome<std::size_t> take_size() override {
    if (value() < 0) return failure();
    return static_cast<std::size_t>(value());
  }
  Outcome<Chunk> take_chunk() override {
    if (value() < 0) return failure();
    return std::move(chunk_);
  }

 private:
  bool try_now() noexcept override {
    std::byte own[kChunkBytes];
    const std::span<std::byte> into = takes_chunk_ ? std::span<std::byte>(own) : into_;
    if (!is_ready(resource()->fd(), POLLIN)) return false;
    const ssize_t got = ::read(resource()->fd(), into.data(), std::min(into.size(), kTransferBytesMax));
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    set_value(got < 0 ? -errno : static_cast<std::int32_t>(got));
    if (takes_chunk_ && got > 0) {
      chunk_ = Chunk::try_copy_of(into.first(static_cast<std::size_t>(got)));
      if (chunk_.empty()) set_value(-ENOMEM);
    }
    return true;
  }

  std::span<std::byte> into_;
  Chunk chunk_;
  const bool takes_chunk_;
};

// Keeps SIGPIPE from this thread while it lives, where the program has not blocked it itself.
class WithoutSigpipe {
 public:
  WithoutSigpipe() noexcept {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~WithoutSigpipe() {
    const int kept = errno;
    if (sigismember(&before_, SIGPIPE) == 0) {
      const timespec at_once = {};
      if (kept == EPIPE) sigtimedwait(&pipe_, nullptr, &at_once);
      pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    errno = kept;
  }

 private:
  sigset_t pipe_;
  sigset_t before_;
};

class PipeWrite final : public ReadyOperation, public StreamOperation {
 public:
  PipeWrite(Resource& resource, std::span<const std::byte> from, bool* kept) noexcept
      : ReadyOperation("write", &resource, Use::writing, POLLOUT), from_(from), kept_(kept) {}

  bool begin(Waiter& waiter) noexcept override { return begin_when_ready(waiter); }
  Outcome<std::size_t> take_size() override {
    if (value() < 0) return failure();
    return static_cast<std::size_t>(value());
  }
  Outcome<Chunk> take_chunk() override { return failure(); }

 private:
  bool try_now() noexcept override {
    if (!is_ready(resource()->fd(), POLLOUT)) return false;
    errno = 0;
    const ssize_t sent = write_once();
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    set_value(sent < 0 ? -errno : static_cast<std::int32_t>(sent));
    return true;
  }

  // What POLLOUT promises to take without blocking, on a descriptor that blocks: PIPE_BUF bytes.
  ssize_t write_once() const noexcept {
    const int fd = resource()->fd();
    const bool blocks = (::fcntl(fd, F_GETFL) & O_NONBLOCK) == 0;
    const std::size_t most = blocks ? PIPE_BUF : kTransferBytesMax;
    const WithoutSigpipe guard;
    return ::write(fd, from_.data(), std::min(from_.size(), most));
  }

  bool* kept() noexcept override { return kept_; }
  bool took_all() const noexcept override { return static_cast<std::size_t>(value()) == from_.size(); }

  std::span<const std::byte> from_;
  bool* const kept_;
};

PipeEnd duplicate(int fd, std::string_view name) {
  Descriptor copy(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (!copy.is_open()) throw Error::from_os(errno, "open", name);
  return PipeEnd(std::move(copy), std::string(name));
}

}  // namespace

PipeEnd::PipeEnd(Descriptor descriptor, std::string name)
    : resource_(std::make_unique<Resource>(std::move(descriptor), std::move(name))) {}

PipeEnd::~PipeEnd() = default;

PipeEnd PipeEnd::standard_input() { return duplicate(STDIN_FILENO, "standard input"); }
PipeEnd PipeEnd::standard_output() { return duplicate(STDOUT_FILENO, "standard output"); }

Task<> PipeEnd::shutdown_write() {
  close();
  co_return;
}

void PipeEnd::close() noexcept {
  if (is_open()) resource_->release();
}

void PipeEnd::make_read(StreamPlace& place, std::span<std::byte> into) {
  place.emplace<PipeRead>(*resource_, into, false);
}

void PipeEnd::make_read_chunk(StreamPlace& place) { place.emplace<PipeRead>(*resource_, std::span<std::byte>(), true); }

void PipeEnd::make_write(StreamPlace& place, std::span<const std::byte> from) {
  place.emplace<PipeWrite>(*resource_, from, place.kept());
}

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) throw Error::from_os(errno, "make pipe");
  Descriptor reader(ends[0]);
  Descriptor writer(ends[1]);
  return {PipeEnd(std::move(reader), "pipe"), PipeEnd(std::move(writer), "pipe")};
}

}  // namespace ringback

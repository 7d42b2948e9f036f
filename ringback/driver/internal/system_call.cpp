#include "ringback/driver/internal/system_call.h"

#include <poll.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <ctime>

#include "ringback/driver/internal/uring_names.h"

namespace ringback::internal {
namespace {

using Code = RequestWords::Code;

// The result of a call, or its negative errno, called again after a signal.
template <typename Call>
std::int32_t call_through_signals(Call&& call) noexcept {
  for (;;) {
    const auto result = call();
    if (result >= 0) return static_cast<std::int32_t>(result);
    if (errno != EINTR) return -errno;
  }
}

std::int16_t ready_now(int fd, std::uint32_t events) noexcept {
  pollfd entry{fd, static_cast<std::int16_t>(events), 0};
  const std::int32_t count = call_through_signals([&] { return ::poll(&entry, 1, 0); });
  // Where nothing can be found out, the call itself will say what is wrong.
  return count < 0 ? static_cast<std::int16_t>(POLLERR) : entry.revents;
}

Tried done(std::int32_t result, std::int32_t& value) noexcept {
  value = result;
  return Tried::done;
}

Tried done_unless_blocked(std::int32_t result, std::int32_t& value) noexcept {
  return result == -EAGAIN ? Tried::would_block : done(result, value);
}

sigset_t pipe_signal() noexcept {
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  return pipe;
}

bool is_blocking(int fd) noexcept { return (::fcntl(fd, F_GETFL) & O_NONBLOCK) == 0; }

std::int32_t plain_read(const RequestWords& words, std::size_t length) noexcept {
  return call_through_signals([&] {
    return words.offset < 0 ? ::read(words.fd, words.buffer, length)
                            : ::pread(words.fd, words.buffer, length, words.offset);
  });
}

std::int32_t plain_write(const RequestWords& words, std::size_t length) noexcept {
  const WithoutPipeSignal guard;
  return call_through_signals([&] {
    return words.offset < 0 ? ::write(words.fd, words.constant_buffer, length)
                            : ::pwrite(words.fd, words.constant_buffer, length, words.offset);
  });
}

// Devices and old kernels have no RWF_NOWAIT. Ready means then that one call does not wait; for a
// write to a blocking pipe, that PIPE_BUF bytes find room.
Tried try_when_ready(const RequestWords& words, std::int32_t& value) noexcept {
  const bool writes = words.code == Code::write;
  if (ready_now(words.fd, writes ? POLLOUT : POLLIN) == 0) return Tried::would_block;
  std::size_t length = words.length;
  if (writes && is_blocking(words.fd)) length = std::min<std::size_t>(length, PIPE_BUF);
  return done_unless_blocked(writes ? plain_write(words, length) : plain_read(words, length), value);
}

Tried try_read_or_write(const RequestWords& words, std::int32_t& value) noexcept {
  const bool writes = words.code == Code::write;
  const iovec bytes{words.buffer, words.length};
  std::int32_t result = -EOPNOTSUPP;
  if (!writes) {
    result = call_through_signals([&] { return ::preadv2(words.fd, &bytes, 1, words.offset, RWF_NOWAIT); });
  } else if (kernel_writes_without_signal()) {
    result = call_through_signals(
        [&] { return ::pwritev2(words.fd, &bytes, 1, words.offset, RWF_NOWAIT | static_cast<int>(kRwfNoSignal)); });
  }
  if (result != -EAGAIN && result != -EOPNOTSUPP) return done(result, value);
  if (is_file(words.fd)) return Tried::file;
  return result == -EAGAIN ? Tried::would_block : try_when_ready(words, value);
}

// A second connect() while the first is under way says how far it is.
Tried try_connect(const RequestWords& words, std::int32_t& value) noexcept {
  const int flags = ::fcntl(words.fd, F_GETFL);
  if (flags >= 0 && (flags & O_NONBLOCK) == 0) ::fcntl(words.fd, F_SETFL, flags | O_NONBLOCK);
  const std::int32_t result =
      call_through_signals([&] { return ::connect(words.fd, words.address, static_cast<socklen_t>(words.length)); });
  if (flags >= 0 && (flags & O_NONBLOCK) == 0) ::fcntl(words.fd, F_SETFL, flags);
  return result == -EINPROGRESS || result == -EALREADY ? Tried::would_block : done(result, value);
}

Tried try_accept(const RequestWords& words, std::int32_t& value) noexcept {
  // A blocking listener must not block us.
  if (ready_now(words.fd, POLLIN) == 0) return Tried::would_block;
  return done_unless_blocked(
      call_through_signals([&] { return ::accept4(words.fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC); }), value);
}

Tried try_poll(const RequestWords& words, std::int32_t& value) noexcept {
  const std::int16_t events = ready_now(words.fd, words.flags);
  if (events == 0) return Tried::would_block;
  return done((events & POLLNVAL) != 0 ? -EBADF : events, value);
}

int socket_flags(const RequestWords& words) noexcept { return static_cast<int>(words.flags) | MSG_DONTWAIT; }

// With MSG_DONTWAIT in the request, "not now" is its answer.
Tried done_unless_waiting(const RequestWords& words, std::int32_t result, std::int32_t& value) noexcept {
  return (words.flags & MSG_DONTWAIT) != 0 ? done(result, value) : done_unless_blocked(result, value);
}

}  // namespace

Tried try_now(const RequestWords& words, std::int32_t& value) noexcept {
  switch (words.code) {
    case Code::nop: return done(0, value);
    case Code::read:
    case Code::write: return try_read_or_write(words, value);
    case Code::receive:
      return done_unless_waiting(words, call_through_signals([&] {
                                   return ::recv(words.fd, words.buffer, words.length, socket_flags(words));
                                 }),
                                 value);
    case Code::send:
      return done_unless_waiting(words, call_through_signals([&] {
                                   return ::send(words.fd, words.constant_buffer, words.length,
                                                 socket_flags(words) | MSG_NOSIGNAL);
                                 }),
                                 value);
    case Code::send_message:
      return done_unless_waiting(words, call_through_signals([&] {
                                   return ::sendmsg(words.fd, words.message, socket_flags(words) | MSG_NOSIGNAL);
                                 }),
                                 value);
    case Code::accept: return try_accept(words, value);
    case Code::connect: return try_connect(words, value);
    case Code::poll: return try_poll(words, value);
    case Code::close: return is_file(words.fd) ? Tried::file : done(perform(words), value);
    case Code::open:
    case Code::sync: return Tried::file;
    case Code::receive_many:
    case Code::accept_many: break;
  }
  return done(-EINVAL, value);
}

std::int32_t perform(const RequestWords& words) noexcept {
  switch (words.code) {
    case Code::read: return plain_read(words, words.length);
    case Code::write: return plain_write(words, words.length);
    case Code::open:
      return call_through_signals([&] {
        return ::openat(directory_of(words), words.path, static_cast<int>(words.flags) | O_CLOEXEC, mode_of(words));
      });
    case Code::sync:
      return call_through_signals([&] { return (words.flags & 1) != 0 ? ::fdatasync(words.fd) : ::fsync(words.fd); });
    case Code::close:
      // Not tried again after a signal: Linux has closed it by then.
      return ::close(words.fd) == 0 ? 0 : -errno;
    default: return -EINVAL;
  }
}

bool is_file(int fd) noexcept {
  struct stat about{};
  if (::fstat(fd, &about) != 0) return false;
  return S_ISREG(about.st_mode) || S_ISBLK(about.st_mode) || S_ISDIR(about.st_mode);
}

void wait_for_signal(int fd, Deadline until) noexcept {
  timespec limit{};
  if (!until.is_never()) {
    const Duration left = std::max(until.moment() - TimePoint(std::chrono::steady_clock::now()), Duration::zero());
    limit.tv_sec = left / std::chrono::seconds(1);
    limit.tv_nsec = (left % std::chrono::seconds(1)).count();
  }
  pollfd entry{fd, POLLIN, 0};
  ::ppoll(&entry, 1, until.is_never() ? nullptr : &limit, nullptr);
}

WithoutPipeSignal::WithoutPipeSignal(bool needed) noexcept : needed_(needed) {
  if (!needed_) return;
  sigset_t pending;
  sigpending(&pending);
  was_pending_ = sigismember(&pending, SIGPIPE) != 0;
  const sigset_t pipe = pipe_signal();
  pthread_sigmask(SIG_BLOCK, &pipe, &before_);
}

WithoutPipeSignal::~WithoutPipeSignal() {
  if (!needed_) return;
  const int errno_before = errno;
  const sigset_t pipe = pipe_signal();
  const timespec at_once{};
  while (!was_pending_ && ::sigtimedwait(&pipe, nullptr, &at_once) < 0 && errno == EINTR) {
  }
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  errno = errno_before;
}

bool kernel_writes_without_signal() noexcept {
  static const bool knows = [] {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    const char byte = 0;
    const iovec bytes{const_cast<char*>(&byte), 1};
    const bool took = ::pwritev2(ends[1], &bytes, 1, -1, static_cast<int>(kRwfNoSignal)) == 1;
    ::close(ends[0]);
    ::close(ends[1]);
    return took;
  }();
  return knows;
}

}  // namespace ringback::internal

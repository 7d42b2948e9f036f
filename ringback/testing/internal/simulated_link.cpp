#include "ringback/testing/internal/simulated_link.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>

#include "ringback/base/error.h"

namespace ringback::testing::internal {

using namespace runtime;

namespace {

constexpr Duration kFirstResend = std::chrono::milliseconds(200);
constexpr int kResendsMost = 6;

struct Pair {
  Descriptor ours;
  Descriptor theirs;
};

void limit_buffer(int fd, std::size_t bytes) noexcept {
  const int limit = static_cast<int>(std::min<std::size_t>(bytes, 1 << 20));
  ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &limit, sizeof limit);
}

Pair make_pair(std::size_t buffer_bytes) {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) != 0) {
    throw Error::from_os(errno, "simulate a connection");
  }
  for (const int fd : fds) limit_buffer(fd, buffer_bytes);
  return {Descriptor(fds[0]), Descriptor(fds[1])};
}

ino_t identity_of(int fd) noexcept {
  struct stat about{};
  return ::fstat(fd, &about) == 0 ? about.st_ino : 0;
}

bool resets_on_close(int fd) noexcept {
  linger how{};
  socklen_t bytes = sizeof how;
  return ::getsockopt(fd, SOL_SOCKET, SO_LINGER, &how, &bytes) == 0 && how.l_onoff != 0 && how.l_linger == 0;
}

Descriptor second_of(const Descriptor& socket) {
  Descriptor second(::fcntl(socket.fd(), F_DUPFD_CLOEXEC, 0));
  if (!second.is_open()) throw Error::from_os(errno, "simulate a connection");
  return second;
}

Duration time_on_its_way(const NetworkFaults& faults, Dice& dice) noexcept {
  Duration time = dice.between(faults.latency_min, faults.latency_max);
  Duration resend = kFirstResend;
  for (int i = 0; i < kResendsMost && dice.strikes(faults.loss); ++i, resend *= 2) time += resend;
  return time;
}

}  // namespace

SimulatedLink::SimulatedLink(int client, const NetworkFaults& faults) {
  Pair near = make_pair(faults.buffer_bytes);
  Pair far = make_pair(faults.buffer_bytes);
  if (::dup3(near.theirs.fd(), client, O_CLOEXEC) < 0) throw Error::from_os(errno, "simulate a connection");
  server_ = std::move(far.theirs);
  spare_ = second_of(near.ours);
  ends_[0] = {std::move(near.ours), client, identity_of(client), std::move(near.theirs)};
  ends_[1] = {std::move(far.ours), server_.fd(), identity_of(server_.fd()), second_of(server_)};
}

bool SimulatedLink::step(TimePoint now, const NetworkFaults& faults, Dice& dice) {
  if (is_silent_ || has_ended()) return false;
  bool moved = false;
  for (End& end : ends_) notice_close(end);
  try {
    for (std::size_t end = 0; end < ends_.size() && !is_broken_; ++end) moved |= take_in(end, now, faults, dice);
  } catch (const std::bad_alloc&) {
    is_broken_ = true;  // What was taken in is lost, and so the connection is.
  }
  for (std::size_t end = 0; end < ends_.size() && !is_broken_; ++end) moved |= deliver(end, now);
  if (is_broken_) {
    reset();
    return true;
  }
  if (ways_[0].is_done && ways_[1].is_done) close();
  return moved;
}

void SimulatedLink::notice_close(End& end) noexcept {
  if (!end.kept.is_open() || identity_of(end.theirs) == end.identity) return;
  if (resets_on_close(end.kept.fd())) is_broken_ = true;
  end.kept.close();
}

// Into the way to the other end.
bool SimulatedLink::take_in(std::size_t from, TimePoint now, const NetworkFaults& faults, Dice& dice) {
  Way& way = ways_[1 - from];
  bool moved = false;
  while (!way.has_ended && !is_silent_ && way.bytes < faults.window_bytes) {
    std::string bytes(1 + dice.up_to(faults.segment_bytes - 1), '\0');
    const ssize_t got = ::recv(ends_[from].ours.fd(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got < 0) return breaks(errno) || moved;
    bytes.resize(static_cast<std::size_t>(got));
    way.has_ended = got == 0;
    way.bytes += bytes.size();
    way.last_at = std::max(way.last_at, saturating_add(now, time_on_its_way(faults, dice)));
    way.segments.push_back({way.last_at, std::move(bytes)});
    moved = true;
    if (dice.strikes(faults.reset)) is_broken_ = true;
    if (dice.strikes(faults.silence)) is_silent_ = true;
  }
  return moved;
}

// The socket at our end says that the program has closed its own with bytes unread, or has closed it and
// is written to: TCP answers both with a reset.
bool SimulatedLink::breaks(int os_code) noexcept {
  if (os_code == EAGAIN || os_code == EINTR) return false;
  return is_broken_ = true;
}

bool SimulatedLink::deliver(std::size_t to, TimePoint now) {
  Way& way = ways_[to];
  bool moved = false;
  way.is_blocked = false;
  while (!way.segments.empty() && way.segments.front().at <= now) {
    if (!deliver_first(ends_[to], way)) {
      way.is_blocked = !is_broken_;
      break;
    }
    moved = true;
  }
  return moved;
}

// False where nothing of it could be delivered.
bool SimulatedLink::deliver_first(End& end, Way& way) {
  std::string& bytes = way.segments.front().bytes;
  if (bytes.empty()) {
    ::shutdown(end.ours.fd(), SHUT_WR);
    way.is_done = true;
    way.segments.pop_front();
    return true;
  }
  const ssize_t sent = ::send(end.ours.fd(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0) {
    breaks(errno);
    return false;
  }
  way.bytes -= static_cast<std::size_t>(sent);
  bytes.erase(0, static_cast<std::size_t>(sent));
  if (bytes.empty()) way.segments.pop_front();
  return true;
}

TimePoint SimulatedLink::next_event() const noexcept {
  TimePoint next = TimePoint::max();
  if (is_silent_ || has_ended()) return next;
  for (const Way& way : ways_) {
    if (!way.segments.empty() && !way.is_blocked) next = std::min(next, way.segments.front().at);
  }
  return next;
}

void SimulatedLink::reset() noexcept {
  if (has_ended()) return;
  for (End& end : ends_) provoke(end);
  close();
}

void SimulatedLink::provoke(End& end) noexcept {
  if (identity_of(end.theirs) != end.identity) return;
  const char byte = 0;
  const ssize_t sent = ::send(end.theirs, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent >= 0 || errno != EPIPE) return;
  // The program has ended its side: another socket, which is broken, takes the place of this one. It takes two
  // descriptors for a moment, which we have.
  int fds[2];
  end.kept.close();
  spare_.close();
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) != 0) return;
  const Descriptor broken(fds[0]);
  Descriptor other(fds[1]);
  if (::send(broken.fd(), &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) return;
  other.close();
  ::dup3(broken.fd(), end.theirs, O_CLOEXEC);
}

void SimulatedLink::close() noexcept {
  for (End& end : ends_) {
    end.ours.close();
    end.kept.close();
  }
  spare_.close();
  for (Way& way : ways_) way.segments.clear();
}

}  // namespace ringback::testing::internal

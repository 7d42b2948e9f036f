// The floor for echo: one loop over epoll, and one over io_uring with multishot receive.
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <liburing.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/program.h"
#include "bench/sockets.h"

namespace {

std::uint64_t echo_by_epoll(std::uint64_t connections) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  const int listener = bench::listen_somewhere();
  const auto watch = [&](int socket) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = socket;
    epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event);
  };
  watch(listener);
  bench::tell_port(bench::port_of(listener));
  std::uint64_t ended = 0;
  std::vector<epoll_event> events(256);
  char bytes[4096];
  while (ended < connections) {
    const int ready = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      const int socket = events[static_cast<std::size_t>(i)].data.fd;
      if (socket == listener) {
        const int peer = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (peer >= 0) watch(peer);
        continue;
      }
      const ssize_t got = read(socket, bytes, sizeof(bytes));
      if (got > 0) {
        if (write(socket, bytes, static_cast<std::size_t>(got)) != got) bench::die("write");
      } else if (got == 0) {
        close(socket);
        ++ended;
      }
    }
  }
  close(epoll);
  close(listener);
  return ended;
}
const bench::Workload kEpoll("echo", echo_by_epoll);

// liburing 2.3 has no names for these.
constexpr unsigned kSingleIssuer = 1U << 12;
constexpr unsigned kDeferTaskrun = 1U << 13;

class UringEcho {
 public:
  UringEcho() : listener_(bench::listen_somewhere()) {
    io_uring_params options{};
    options.flags = kSingleIssuer | kDeferTaskrun | IORING_SETUP_CQSIZE;
    options.cq_entries = 16384;
    if (io_uring_queue_init_params(4096, &ring_, &options) < 0) bench::die("io_uring");
    if (posix_memalign(&memory_, 4096, kBuffers * (sizeof(io_uring_buf) + kBytes)) != 0) bench::die("memory");
    buffers_ = static_cast<io_uring_buf_ring*>(memory_);
    bytes_ = static_cast<char*>(memory_) + kBuffers * sizeof(io_uring_buf);
    io_uring_buf_reg registration{};
    registration.ring_addr = reinterpret_cast<std::uintptr_t>(buffers_);
    registration.ring_entries = kBuffers;
    if (io_uring_register_buf_ring(&ring_, &registration, 0) != 0) bench::die("buffers");
    io_uring_buf_ring_init(buffers_);
    for (unsigned id = 0; id < kBuffers; ++id) give_back(id);
  }
  ~UringEcho() {
    io_uring_queue_exit(&ring_);
    std::free(memory_);
    close(listener_);
  }

  std::uint64_t serve(std::uint64_t connections) {
    accept_next();
    bench::tell_port(bench::port_of(listener_));
    while (ended_ < connections) {
      io_uring_submit_and_wait(&ring_, 1);
      unsigned head = 0;
      unsigned seen = 0;
      io_uring_cqe* entry = nullptr;
      io_uring_for_each_cqe(&ring_, head, entry) {
        handle(*entry);
        ++seen;
      }
      io_uring_cq_advance(&ring_, seen);
    }
    return ended_;
  }

 private:
  enum class Kind : std::uint64_t { accept, receive, send };
  static constexpr unsigned kBuffers = 4096;
  static constexpr unsigned kBytes = 1024;

  static std::uint64_t tag(Kind kind, int socket, unsigned buffer) {
    return static_cast<std::uint64_t>(kind) | std::uint64_t{buffer} << 8 | static_cast<std::uint64_t>(socket) << 32;
  }

  void give_back(unsigned id) {
    io_uring_buf_ring_add(buffers_, bytes_ + std::size_t{id} * kBytes, kBytes, static_cast<unsigned short>(id),
                          io_uring_buf_ring_mask(kBuffers), 0);
    io_uring_buf_ring_advance(buffers_, 1);
  }

  io_uring_sqe* next_entry() {
    io_uring_sqe* entry = io_uring_get_sqe(&ring_);
    while (entry == nullptr) {
      io_uring_submit(&ring_);
      entry = io_uring_get_sqe(&ring_);
    }
    return entry;
  }
  void accept_next() {
    io_uring_sqe* entry = next_entry();
    io_uring_prep_multishot_accept(entry, listener_, nullptr, nullptr, 0);
    io_uring_sqe_set_data64(entry, tag(Kind::accept, 0, 0));
  }
  void receive_from(int socket) {
    io_uring_sqe* entry = next_entry();
    io_uring_prep_recv_multishot(entry, socket, nullptr, 0, 0);
    entry->flags |= IOSQE_BUFFER_SELECT;
    io_uring_sqe_set_data64(entry, tag(Kind::receive, socket, 0));
  }

  void handle(const io_uring_cqe& entry) {
    const auto kind = static_cast<Kind>(entry.user_data & 0xff);
    const int socket = static_cast<int>(entry.user_data >> 32);
    const bool more = (entry.flags & IORING_CQE_F_MORE) != 0;
    if (kind == Kind::accept) {
      if (entry.res >= 0) receive_from(entry.res);
      if (!more) accept_next();
    } else if (kind == Kind::send) {
      if (entry.res < 0) bench::die("send");
      give_back(static_cast<unsigned>(entry.user_data >> 8 & 0xffffff));
    } else if (entry.res > 0) {
      const unsigned id = entry.flags >> IORING_CQE_BUFFER_SHIFT;
      io_uring_sqe* send = next_entry();
      io_uring_prep_send(send, socket, bytes_ + std::size_t{id} * kBytes, static_cast<std::size_t>(entry.res), 0);
      io_uring_sqe_set_data64(send, tag(Kind::send, socket, id));
      if (!more) receive_from(socket);
    } else if (entry.res == -ENOBUFS) {
      receive_from(socket);
    } else {
      close(socket);
      ++ended_;
    }
  }

  io_uring ring_{};
  int listener_;
  void* memory_ = nullptr;
  io_uring_buf_ring* buffers_ = nullptr;
  char* bytes_ = nullptr;
  std::uint64_t ended_ = 0;
};

const bench::Workload kUring("echo_uring", [](std::uint64_t connections) { return UringEcho().serve(connections); });

}  // namespace

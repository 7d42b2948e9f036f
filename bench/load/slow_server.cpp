// What every fan-out calls: a server that gives back the eight bytes of a call 100 ms after they came.
// Serves until it is ended.
#include <cerrno>
#include <deque>
#include <vector>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/program.h"
#include "bench/sockets.h"

namespace {

using Clock = std::chrono::steady_clock;

struct Call {
  Clock::time_point until;
  int socket;
  std::uint64_t value;
};

class SlowServer {
 public:
  SlowServer() : epoll_(epoll_create1(EPOLL_CLOEXEC)), listener_(bench::listen_somewhere()) {
    watch(listener_);
    bench::tell_port(bench::port_of(listener_));
  }

  [[noreturn]] void serve() {
    std::vector<epoll_event> events(1024);
    for (;;) {
      const int ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), milliseconds_left());
      for (int i = 0; i < ready; ++i) {
        const int socket = events[static_cast<std::size_t>(i)].data.fd;
        if (socket == listener_) {
          accept_all();
        } else {
          receive(socket);
        }
      }
      answer_due();
    }
  }

 private:
  void watch(int socket) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = socket;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) != 0) bench::die("epoll_ctl");
  }

  void accept_all() {
    for (;;) {
      const int socket = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (socket < 0 && errno == EAGAIN) return;
      if (socket < 0) bench::die("accept");
      watch(socket);
    }
  }

  void receive(int socket) {
    Call call{Clock::now() + bench::kSleep, socket, 0};
    const ssize_t got = read(socket, &call.value, sizeof(call.value));
    if (got == sizeof(call.value)) {
      calls_.push_back(call);
    } else if (got == 0 || errno != EAGAIN) {
      close(socket);
    }
  }

  void answer_due() {
    for (const auto now = Clock::now(); !calls_.empty() && calls_.front().until <= now; calls_.pop_front()) {
      const Call& call = calls_.front();
      if (write(call.socket, &call.value, sizeof(call.value)) != sizeof(call.value)) bench::die("write");
    }
  }

  int milliseconds_left() const {
    if (calls_.empty()) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(calls_.front().until - Clock::now()).count();
    return left < 0 ? 0 : static_cast<int>(left);
  }

  int epoll_;
  int listener_;
  std::deque<Call> calls_;
};

const bench::Workload kSlowServer("slow_server", [](std::uint64_t) -> std::uint64_t { SlowServer().serve(); });

}  // namespace

// The floor for fan-out: every call a number beside a socket, one loop over epoll.
#include <vector>

#include <sys/epoll.h>
#include <unistd.h>

#include "bench/program.h"
#include "bench/sockets.h"

namespace {

std::uint64_t call_all(std::uint64_t count) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  const std::uint16_t port = bench::server_port();
  for (std::uint64_t i = 0; i < count; ++i) {
    const int socket = bench::connect_to(port, false);
    if (write(socket, &i, sizeof(i)) != sizeof(i)) bench::die("write");  // On the loopback it is connected.
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = socket;
    epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event);
  }
  std::uint64_t sum = 0;
  std::vector<epoll_event> events(1024);
  for (std::uint64_t left = count; left > 0;) {
    const int ready = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      const int socket = events[static_cast<std::size_t>(i)].data.fd;
      std::uint64_t value = 0;
      if (read(socket, &value, sizeof(value)) != sizeof(value)) bench::die("read");
      sum += value;
      close(socket);
      --left;
    }
  }
  close(epoll);
  return sum;
}
const bench::Workload kFanOut("fan_out", call_all);

}  // namespace

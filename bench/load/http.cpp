// What every HTTP server is asked: `bench_load http REQUESTS` with BENCH_PORT, BENCH_CONNECTIONS and BENCH_PIPELINED.
// All connections at once, each sending so many requests together when the answers to the last have come.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/program.h"
#include "bench/sockets.h"

namespace {

constexpr std::string_view kRequest =
    "GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: bench/1\r\nAccept: */*\r\n\r\n";

struct Peer {
  int socket = -1;
  std::uint64_t left = 0;
  std::size_t due = 0;  // answers
  std::string got;
};

[[noreturn]] void die_of(std::string_view answer) {
  std::fprintf(stderr, "not an answer: %.*s\n", static_cast<int>(answer.size()), answer.data());
  std::exit(1);
}

// How long the answer is that `bytes` begin with; 0 where its head is not whole.
std::size_t answer_bytes(std::string_view bytes) {
  constexpr std::string_view kLength = "ontent-Length: ";
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == bytes.npos) return 0;
  const std::size_t at = bytes.find(kLength);
  if (!bytes.starts_with("HTTP/1.1 200 OK\r\n") || at == bytes.npos || at > end) die_of(bytes.substr(0, end));
  return end + 4 + static_cast<std::size_t>(std::atol(bytes.data() + at + kLength.size()));
}

std::size_t number_of(const char* variable, std::size_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : static_cast<std::size_t>(std::atol(text));
}

class Load {
 public:
  explicit Load(std::uint64_t count)
      : pipelined_(number_of("BENCH_PIPELINED", 1)), peers_(number_of("BENCH_CONNECTIONS", 64)) {
    for (std::size_t i = 0; i < pipelined_; ++i) requests_ += kRequest;
    for (Peer& peer : peers_) {
      peer.socket = bench::connect_to(bench::server_port(), true);
      bench::set_no_delay(peer.socket);
      peer.left = count / peers_.size();
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.ptr = &peer;
      epoll_ctl(epoll_, EPOLL_CTL_ADD, peer.socket, &event);
    }
  }

  std::uint64_t ask() {
    for (Peer& peer : peers_) send_next(peer);
    std::vector<epoll_event> events(peers_.size());
    for (std::size_t open = peers_.size(); open > 0;) {
      const int ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < ready; ++i) {
        Peer& peer = *static_cast<Peer*>(events[static_cast<std::size_t>(i)].data.ptr);
        receive(peer);
        if (peer.due != 0) continue;
        if (peer.left != 0) {
          send_next(peer);
        } else {
          close(peer.socket);
          --open;
        }
      }
    }
    close(epoll_);
    return answered_;
  }

 private:
  void send_next(Peer& peer) {
    peer.due = peer.left < pipelined_ ? static_cast<std::size_t>(peer.left) : pipelined_;
    peer.left -= peer.due;
    const std::size_t bytes = peer.due * kRequest.size();
    if (write(peer.socket, requests_.data(), bytes) != static_cast<ssize_t>(bytes)) bench::die("write");
  }

  void receive(Peer& peer) {
    char bytes[16384];
    const ssize_t got = read(peer.socket, bytes, sizeof(bytes));
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) bench::die("read");
    peer.got.append(bytes, static_cast<std::size_t>(got));
    std::string_view left(peer.got);
    while (peer.due > 0) {
      // All are equally long, so only the first is looked at.
      if (bytes_of_answer_ == 0) bytes_of_answer_ = answer_bytes(left);
      if (bytes_of_answer_ == 0 || left.size() < bytes_of_answer_) break;
      if (!left.starts_with("HTTP/1.1 200")) die_of(left.substr(0, 200));
      left.remove_prefix(bytes_of_answer_);
      --peer.due;
      ++answered_;
    }
    peer.got.erase(0, peer.got.size() - left.size());
  }

  const int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  const std::size_t pipelined_;
  std::string requests_;
  std::vector<Peer> peers_;
  std::size_t bytes_of_answer_ = 0;
  std::uint64_t answered_ = 0;
};
const bench::Workload kHttp("http", [](std::uint64_t count) { return Load(count).ask(); });

}  // namespace

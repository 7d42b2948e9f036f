#include "bench/load/http_load.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/program.h"
#include "bench/sockets.h"

namespace bench {
namespace {

struct Peer {
  int socket = -1;
  std::uint64_t left = 0;  // requests
  std::uint64_t next = 0;  // the number of the answer that comes next
  std::size_t due = 0;     // answers
  std::string got;
};

class Load {
 public:
  Load(Questions& questions, std::uint64_t count)
      : questions_(questions),
        pipelined_(environment_number("BENCH_PIPELINED", 1)),
        peers_(environment_number("BENCH_CONNECTIONS", 64)) {
    for (Peer& peer : peers_) {
      peer.socket = connect_to(server_port(), true);
      peer.left = count / peers_.size();
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.ptr = &peer;
      epoll_ctl(epoll_, EPOLL_CTL_ADD, peer.socket, &event);
    }
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  ~Load() { close(epoll_); }

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
    return answered_;
  }

 private:
  void send_next(Peer& peer) {
    peer.due = static_cast<std::size_t>(std::min<std::uint64_t>(peer.left, pipelined_));
    peer.left -= peer.due;
    peer.next = asked_;
    asked_ += peer.due;
    const std::string_view text = questions_.requests(peer.next, peer.due);
    if (write(peer.socket, text.data(), text.size()) != static_cast<ssize_t>(text.size())) die("write");
  }

  void receive(Peer& peer) {
    char bytes[16384];
    const ssize_t got = read(peer.socket, bytes, sizeof(bytes));
    if (got < 0 && errno == EAGAIN) return;
    if (got == 0) die_of_answer("(the connection was closed)");
    if (got < 0) die("read");
    peer.got.append(bytes, static_cast<std::size_t>(got));
    std::string_view left(peer.got);
    for (; peer.due > 0; --peer.due) {
      const std::size_t length = questions_.answer_bytes(peer.next, left);
      if (length == 0) break;
      left.remove_prefix(length);
      ++peer.next;
      ++answered_;
    }
    if (peer.due == 0 && !left.empty()) die_of_answer(left);
    peer.got.erase(0, peer.got.size() - left.size());
  }

  const int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  Questions& questions_;
  const std::size_t pipelined_;
  std::vector<Peer> peers_;
  std::uint64_t asked_ = 0;
  std::uint64_t answered_ = 0;
};

// `name` is in small letters already.
bool is_header(std::string_view line, std::string_view name) {
  if (line.size() <= name.size() || line[name.size()] != ':') return false;
  return std::equal(name.begin(), name.end(), line.begin(),
                    [](char small, char any) { return small == (any >= 'A' && any <= 'Z' ? any + 32 : any); });
}

}  // namespace

void die_of_answer(std::string_view answer) {
  std::fprintf(stderr, "not the answer: %.*s\n", static_cast<int>(std::min<std::size_t>(answer.size(), 2000)),
               answer.data());
  std::exit(1);
}

std::string_view header_of(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"); at != head.npos; at = head.find("\r\n", at)) {
    at += 2;
    std::string_view line = head.substr(at, head.find("\r\n", at) - at);
    if (!is_header(line, name)) continue;
    line.remove_prefix(name.size() + 1);
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    return line;
  }
  return {};
}

HttpAnswer http_answer(std::string_view bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == bytes.npos) return {};
  const std::string_view head = bytes.substr(0, end);
  const std::string_view length = header_of(head, "content-length");
  std::size_t body = 0;
  const auto read = std::from_chars(length.data(), length.data() + length.size(), body);
  if (!head.starts_with("HTTP/1.1 200 OK\r\n") || length.empty() || read.ec != std::errc{}) die_of_answer(bytes);
  if (bytes.size() < end + 4 + body) return {};
  return {end + 4 + body, head, bytes.substr(end + 4, body)};
}

std::uint64_t ask_http(Questions& questions, std::uint64_t count) {
  Load load(questions, count);
  begin_measuring();
  return load.ask();
}

std::size_t environment_number(const char* variable, std::size_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : static_cast<std::size_t>(std::atol(text));
}

}  // namespace bench

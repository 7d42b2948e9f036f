// One connection, and one listener, used in turn from a plain thread, from Loops over both drivers and
// from a Pool: no byte is lost, doubled or reordered, no connection is lost, and nothing hangs.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <future>
#include <random>
#include <set>
#include <thread>

#include "ringback/async/on.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "ringback/io/line_reader.h"
#include "ringback/io/places_test.h"
#include "ringback/net/tcp.h"
#include "ringback/net/unix_socket.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using namespace testing_places;

// Byte number n of a stream. The period is prime, so that a loss of any round number shows.
std::byte counted(std::uint64_t n) { return static_cast<std::byte>(n % 251); }

// Sends `count` counted bytes in bursts from a thread of its own, with plain blocking calls.
class Sender {
 public:
  Sender(int fd, std::uint64_t count, unsigned seed) : thread_([=] { send_all(fd, count, seed); }) {}
  ~Sender() { thread_.join(); }

 private:
  static void send_all(int fd, std::uint64_t count, unsigned seed) {
    std::minstd_rand random(seed);
    std::vector<std::byte> burst;
    for (std::uint64_t sent = 0; sent < count;) {
      const std::uint64_t size = std::min<std::uint64_t>(1 + random() % (random() % 4 == 0 ? 20000 : 50), count - sent);
      burst.clear();
      for (std::uint64_t i = 0; i < size; ++i) burst.push_back(counted(sent + i));
      for (std::size_t done = 0; done < burst.size();) {
        const ssize_t n = ::send(fd, burst.data() + done, burst.size() - done, MSG_NOSIGNAL);
        if (n > 0) {
          done += static_cast<std::size_t>(n);
        } else {
          pollfd writable = {fd, POLLOUT, 0};
          ::poll(&writable, 1, -1);
        }
      }
      sent += size;
    }
    ::shutdown(fd, SHUT_WR);
  }

  std::thread thread_;
};

// What is read and checked so far; carried from place to place.
struct Reading {
  UnixStream* stream;
  std::uint64_t count = 0;
  bool at_end = false;
  bool is_right = true;

  void take(std::span<const std::byte> bytes) {
    for (const std::byte byte : bytes) is_right = is_right && byte == counted(count++);
  }
};

enum class How { chunk, span, chunk_with_limit, span_with_limit, chunk_at_once };

Task<> read_once(Reading& reading, How how) {
  std::array<std::byte, 700> buffer;
  Chunk chunk;
  std::size_t got = 0;
  switch (how) {
    case How::chunk: chunk = co_await reading.stream->read(); break;
    case How::span: got = co_await reading.stream->read(buffer); break;
    case How::chunk_with_limit: {
      auto limited = co_await outcome(timeout(100us, reading.stream->read()));
      if (!limited.ok()) co_return;
      chunk = std::move(*limited);
      break;
    }
    case How::span_with_limit: {
      auto limited = co_await outcome(timeout(100us, reading.stream->read(buffer)));
      if (!limited.ok()) co_return;
      got = *limited;
      break;
    }
    case How::chunk_at_once: {
      auto limited = co_await outcome(timeout(0s, reading.stream->read()));
      if (!limited.ok()) co_return;
      chunk = std::move(*limited);
      break;
    }
  }
  reading.take(chunk.bytes());
  reading.take(std::span(buffer).first(got));
  reading.at_end = chunk.empty() && got == 0;
}

Task<> read_some(Reading& reading, unsigned seed) {
  std::minstd_rand random(seed);
  const unsigned times = 1 + random() % 6;
  for (unsigned i = 0; i < times && !reading.at_end; ++i) co_await read_once(reading, static_cast<How>(random() % 5));
}

LoopOptions over(DriverKind kind) {
  LoopOptions options;
  options.driver = make_driver(kind);
  return options;
}

class InTurn : public testing::TestWithParam<const char*> {
 protected:
  InTurn() { ::setenv("RINGBACK_DRIVER", GetParam(), 1); }
  ~InTurn() override {
    set_inline_driver(nullptr);
    ::unsetenv("RINGBACK_DRIVER");
  }

  // Runs `work(seed)` in one of the places, and stops and restarts the Loops now and then.
  template <typename Work>
  void somewhere(std::minstd_rand& random, Work work) {
    const unsigned seed = static_cast<unsigned>(random());
    switch (random() % 6) {
      case 0: wait(work(seed)); break;
      case 1: spawn(uring_->loop(), work(seed)).get(); break;
      case 2: spawn(epoll_->loop(), work(seed)).get(); break;
      case 3: spawn(pool_, work(seed)).get(); break;
      case 4: wait(on(pool_, work(seed))); break;
      case 5: {
        LoopThread& restarted = random() % 2 == 0 ? *uring_ : *epoll_;
        restarted.end();
        wait(work(seed));
        restarted.begin();
        break;
      }
    }
  }

  std::optional<LoopThread> uring_{std::in_place, over(DriverKind::uring)};
  std::optional<LoopThread> epoll_{std::in_place, over(DriverKind::epoll)};
  Pool pool_{PoolOptions{.threads = 2}};
};

TEST_P(InTurn, every_byte_of_a_stream_comes_once_and_in_order_wherever_it_is_read) {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    const std::uint64_t count = 400'000;
    auto [near, far] = socket_pair();
    const int flags = ::fcntl(far.fd(), F_GETFL);
    ::fcntl(far.fd(), F_SETFL, flags & ~O_NONBLOCK);
    Reading reading{&near};
    std::minstd_rand random(seed);
    const Sender sender(far.fd(), count, seed);
    while (!reading.at_end) {
      somewhere(random, [&](unsigned chosen) { return read_some(reading, chosen); });
      if (!reading.is_right) break;
    }
    EXPECT_TRUE(reading.is_right) << "seed " << seed << ", before byte " << reading.count;
    EXPECT_EQ(reading.count, count) << "seed " << seed;
    if (!reading.is_right) near.close();  // So that the sender ends.
  }
}

Task<> accept_some(TcpListener& listener, std::multiset<std::string>& heard, unsigned seed) {
  std::minstd_rand random(seed);
  const unsigned times = 1 + random() % 4;
  for (unsigned i = 0; i < times; ++i) {
    auto accepted = co_await outcome(timeout(200us, listener.accept()));
    if (!accepted.ok()) co_return;
    std::string said = co_await read_all(*accepted);
    heard.insert(std::move(said));
  }
}

TEST_P(InTurn, every_connection_is_accepted_once_wherever_it_is_accepted) {
  for (unsigned seed = 1; seed <= 4; ++seed) {
    constexpr int kCount = 200;
    TcpListener listener(Address::loopback(0));
    std::multiset<std::string> heard;
    std::minstd_rand random(seed);
    std::thread clients([&listener] {
      for (int i = 0; i < kCount; ++i) {
        const Descriptor client(::socket(AF_INET, SOCK_STREAM, 0));
        EXPECT_EQ(::connect(client.fd(), listener.local().raw(), listener.local().raw_bytes()), 0);
        const std::string text = std::to_string(i);
        EXPECT_EQ(::write(client.fd(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
      }
    });
    while (heard.size() < kCount) {
      somewhere(random, [&](unsigned chosen) { return accept_some(listener, heard, chosen); });
    }
    clients.join();
    for (int i = 0; i < kCount; ++i) EXPECT_EQ(heard.count(std::to_string(i)), 1u) << i << ", seed " << seed;
  }
}

Task<> leave_armed(UnixStream& stream) {
  auto late = co_await outcome(timeout(1ms, stream.read()));
  EXPECT_FALSE(late.ok());
}

TEST_P(InTurn, a_stream_left_armed_on_a_loop_is_destroyed_anywhere) {
  for (int round = 0; round < 50; ++round) {
    std::optional pair = socket_pair();
    Loop& loop = round % 2 == 0 ? uring_->loop() : epoll_->loop();
    spawn(loop, leave_armed(pair->first)).get();
    switch (round % 3) {
      case 0: pair.reset(); break;
      case 1: spawn(pool_, [&pair] { pair.reset(); }).get(); break;
      case 2: spawn(loop, [&pair] { pair.reset(); }).get(); break;
    }
  }
}

Task<std::string> read_text(UnixStream& stream) {
  const Chunk chunk = co_await stream.read();
  co_return std::string(chunk.text());
}

TEST_P(InTurn, what_came_while_nobody_read_is_kept_when_the_loop_stops) {
  for (LoopThread* thread : {&*uring_, &*epoll_}) {
    auto [near, far] = socket_pair();
    spawn(thread->loop(), leave_armed(near)).get();
    wait(far.write("kept"));
    spawn(thread->loop(), yield()).get();
    thread->end();
    EXPECT_EQ(wait(read_text(near)), "kept");
    thread->begin();
  }
}

// Handed over, it is nothing to the old Loop any more: that may block for as long as it likes.
TEST_P(InTurn, a_stream_that_was_handed_over_does_not_need_its_old_loop) {
  for (LoopThread* thread : {&*uring_, &*epoll_}) {
    auto [near, far] = socket_pair();
    Loop& loop = thread->loop();
    spawn(loop, leave_armed(near)).get();
    wait(leave_armed(near));
    spawn(loop, sleep(1ms)).get();  // The old request ends in a look of the Loop.
    std::promise<void> go_on;
    auto blocked = spawn(loop, [&go_on] { go_on.get_future().wait(); });
    wait(far.write("here"));
    const auto heard = wait_outcome(timeout(5s, read_text(near)));
    go_on.set_value();
    blocked.get();
    ASSERT_TRUE(heard.ok()) << heard.failure().describe();
    EXPECT_EQ(*heard, "here");
  }
}

TEST_P(InTurn, a_stream_outlives_the_loop_it_was_armed_on) {
  for (const DriverKind kind : {DriverKind::uring, DriverKind::epoll}) {
    auto [near, far] = socket_pair();
    {
      LoopThread short_lived(over(kind));
      spawn(short_lived.loop(), leave_armed(near)).get();
      wait(far.write("later"));
    }
    EXPECT_EQ(wait(read_text(near)), "later");
  }
}

INSTANTIATE_TEST_SUITE_P(Every, InTurn, testing::Values("uring", "epoll"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace ringback

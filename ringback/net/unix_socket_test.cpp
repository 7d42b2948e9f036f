#include "ringback/net/unix_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <thread>

#include "ringback/async/gather.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "ringback/io/line_reader.h"
#include "ringback/io/places_test.h"
#include "ringback/io/second_test.h"
#include "ringback/testing/temporary_folder.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using namespace testing_places;

class UnixSockets : public PlaceTest {
 protected:
  std::string path() const { return folder_.file("socket"); }
  std::ptrdiff_t entries() const {
    return std::distance(std::filesystem::directory_iterator(folder_.path()), std::filesystem::directory_iterator());
  }

 private:
  testing::TemporaryFolder folder_;
};

Task<std::string> greet(UnixListener& listener, std::string path) {
  auto both = co_await gather(UnixStream::connect(path), listener.accept());
  UnixStream near = std::get<0>(std::move(both));
  UnixStream far = std::get<1>(std::move(both));
  co_await near.write("hello");
  near.close();
  const std::string heard = co_await read_all(far);
  co_return heard + " from " + far.peer_name() + " " + near.peer().to_string();
}

TEST_P(UnixSockets, a_path_connects_and_is_removed_in_the_end) {
  const std::string name = path();
  {
    UnixListener listener(name);
    EXPECT_EQ(in_place(greet(listener, name)), "hello from unix: unix:" + name);
  }
  EXPECT_NE(::access(name.c_str(), F_OK), 0);
}

TEST_P(UnixSockets, an_abstract_name_connects) {
  const std::string name = "@ringback_test_" + std::to_string(::getpid());
  UnixListener listener(name);
  EXPECT_EQ(in_place(greet(listener, name)), "hello from unix: unix:" + name);
}

TEST_P(UnixSockets, a_moved_listener_keeps_its_path) {
  const std::string name = path();
  std::optional<UnixListener> first(std::in_place, name);
  UnixListener second = *std::move(first);
  first.reset();
  EXPECT_EQ(::access(name.c_str(), F_OK), 0);
  EXPECT_EQ(in_place(greet(second, name)), "hello from unix: unix:" + name);
}

TEST_P(UnixSockets, contract_46_missing_refused_and_taken_paths_are_told_apart) {
  const std::string name = path();
  EXPECT_EQ(kind_thrown_by([&] { return in_place(UnixStream::connect(name)); }), ErrorKind::not_found);
  UnixListener listener(name);
  EXPECT_EQ(kind_thrown_by([&] { return UnixListener(name); }), ErrorKind::exists);
  listener.close();
  EXPECT_EQ(kind_thrown_by([&] { return in_place(UnixStream::connect(name)); }), ErrorKind::refused);
}

Task<> connect_many(std::string path, std::vector<UnixStream>& connected, int count) {
  for (int i = 0; i < count; ++i) {
    UnixStream stream = co_await UnixStream::connect(path);
    connected.push_back(std::move(stream));
  }
}

// What a server that was killed leaves behind.
void leave_stale_socket(const std::string& name) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path, sizeof address.sun_path - 1);
  const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
}

std::string error_of_listening(const std::string& name, const ListenOptions& options = {}) {
  try {
    const UnixListener listener(name, options);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::exists);
    return error.what();
  }
  return "none";
}

TEST_P(UnixSockets, a_stale_path_names_the_remedy) {
  const std::string name = path();
  leave_stale_socket(name);
  EXPECT_EQ(error_of_listening(name), "listen unix:" + name +
                                          ": a socket that nobody listens on is there: remove it, or listen with "
                                          "ListenOptions::replace_stale");
}

TEST_P(UnixSockets, a_stale_path_is_replaced_where_that_was_asked_for) {
  const std::string name = path();
  leave_stale_socket(name);
  {
    UnixListener listener(name, {.replace_stale = true});
    EXPECT_EQ(in_place(greet(listener, name)), "hello from unix: unix:" + name);
  }
  EXPECT_NE(::access(name.c_str(), F_OK), 0);
  UnixListener fresh(name, {.replace_stale = true});
  EXPECT_EQ(in_place(greet(fresh, name)), "hello from unix: unix:" + name);
  EXPECT_EQ(entries(), 1) << "only the socket is there";
}

TEST_P(UnixSockets, the_path_of_a_live_server_is_never_replaced) {
  const std::string name = path();
  UnixListener listener(name, {.backlog = 1});
  std::vector<UnixStream> connected;
  EXPECT_EQ(error_of_listening(name, {.replace_stale = true}), "listen unix:" + name + ": somebody listens there");
  std::ignore = in_place(outcome(timeout(10ms, connect_many(name, connected, 10))));  // Its backlog is full now.
  EXPECT_EQ(error_of_listening(name, {.replace_stale = true}), "listen unix:" + name + ": somebody listens there");
  EXPECT_EQ(::access(name.c_str(), F_OK), 0);
}

TEST_P(UnixSockets, a_path_of_another_kind_is_never_replaced) {
  const std::string name = path();
  std::ofstream(name) << "precious";
  const std::string refused =
      "listen unix:" + name + ": a file that is no socket is there: choose another path, or remove it";
  EXPECT_EQ(error_of_listening(name), refused);
  EXPECT_EQ(error_of_listening(name, {.replace_stale = true}), refused);
  std::string kept;
  std::ifstream(name) >> kept;
  EXPECT_EQ(kept, "precious");
  ASSERT_EQ(::unlink(name.c_str()), 0);
  leave_stale_socket(name + "2");
  ASSERT_EQ(::symlink((name + "2").c_str(), name.c_str()), 0);
  EXPECT_EQ(error_of_listening(name, {.replace_stale = true}), refused) << "a link is not followed";
}

// However many start at once: one of them serves, and its path is not taken away from it.
TEST_P(UnixSockets, one_of_many_that_replace_a_stale_path_at_once_has_it) {
  for (int round = 0; round < 20; ++round) {
    const std::string name = path() + std::to_string(round);
    leave_stale_socket(name);
    std::atomic<int> ready = 0;
    std::vector<std::optional<UnixListener>> listeners(4);
    std::vector<std::thread> threads;
    for (auto& listener : listeners) {
      threads.emplace_back([&] {
        ++ready;
        while (ready != 4) std::this_thread::yield();
        try {
          listener.emplace(name, ListenOptions{.replace_stale = true});
        } catch (const Error& error) {
          EXPECT_EQ(error.kind(), ErrorKind::exists) << error.what();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(std::ranges::count_if(listeners, [](const auto& one) { return one.has_value(); }), 1);
    EXPECT_TRUE(in_place(UnixStream::connect(name)).is_open());
  }
}

Task<> accept_many(UnixListener& listener, int count) {
  co_await sleep(3ms);
  for (int i = 0; i < count; ++i) co_await listener.accept();
}

Task<std::size_t> more_than_the_backlog(UnixListener& listener, std::string path) {
  std::vector<UnixStream> connected;
  co_await gather(connect_many(path, connected, 10), accept_many(listener, 10));
  co_return connected.size();
}

TEST_P(UnixSockets, a_full_backlog_is_waited_for) {
  UnixListener listener(path(), {.backlog = 1});
  EXPECT_EQ(in_place(more_than_the_backlog(listener, path())), 10u);
}

TEST_P(UnixSockets, a_connect_to_a_full_backlog_can_be_given_up) {
  UnixListener listener(path(), {.backlog = 1});
  std::vector<UnixStream> connected;
  EXPECT_EQ(kind_thrown_by([&] { return in_place(timeout(10ms, connect_many(path(), connected, 10))), 0; }),
            ErrorKind::timed_out);
}

Task<std::size_t> pass_back_and_forth(UnixStream& left, UnixStream& right, int rounds) {
  std::byte bytes[64];
  std::size_t total = 0;
  for (int i = 0; i < rounds; ++i) {
    co_await left.write("there");
    const std::size_t there = co_await right.read(bytes);
    co_await right.write("back");
    const Chunk back = co_await left.read();
    total += there + back.size();
  }
  co_return total;
}

TEST_P(UnixSockets, a_pair_is_each_others_peer) {
  auto [left, right] = socket_pair();
  EXPECT_EQ(in_place(pass_back_and_forth(left, right, 100)), 900u);
}

// Writes more than fits, and is cancelled; gives how much has left.
Task<std::size_t> write_until_late(UnixStream& near) {
  Progress progress;
  const std::string text(1'000'000, 'x');
  auto late = co_await outcome(timeout(5ms, near.write(text, &progress)));
  EXPECT_FALSE(late.ok());
  co_return progress.bytes;
}
Task<std::string> write_again(UnixStream& near, UnixStream& far, std::size_t before) {
  std::string all;
  while (all.size() < before) {
    const Chunk chunk = co_await far.read();
    all += chunk.text();
  }
  co_await near.write("once more");
  const Chunk more = co_await far.read();
  co_return std::string(more.text());
}

TEST_P(UnixSockets, refuse_the_second_of_two_readers_and_of_two_writers) {
  using namespace testing_second;
  auto [left, right] = socket_pair();
  for (int round = 0; round < 20; ++round) {
    expect_one_refused(in_place(read_twice(left, right)), "read unix:: a read is under way already on", "read");
    expect_one_refused(in_place(write_twice(left, right, 1'000'000)), "write unix:: a write is under way", "write");
  }
  EXPECT_EQ(in_place(pass_back_and_forth(left, right, 10)), 90u);
}

Task<> write_much(UnixStream& near, const std::string& text) { co_await near.write(text); }
// The first `bytes`; then `has_begun` has been set.
Task<std::string> read_much(UnixStream& far, std::size_t bytes, std::atomic<bool>& has_begun) {
  std::string all;
  while (all.size() < bytes) {
    const Chunk chunk = co_await far.read();
    has_begun = true;
    all += chunk.text();
  }
  all.resize(bytes);
  co_return all;
}
Task<std::string> through_many_parts(UnixStream& near, UnixStream& far, const std::string& text,
                                     std::atomic<bool>& has_begun) {
  auto both = co_await gather(write_much(near, text), read_much(far, text.size(), has_begun));
  co_return std::get<1>(std::move(both));
}

TEST_P(UnixSockets, a_write_of_much_keeps_its_turn_between_its_parts) {
  auto [near, far] = socket_pair();
  const int narrow = 4096;
  ASSERT_EQ(::setsockopt(near.fd(), SOL_SOCKET, SO_SNDBUF, &narrow, sizeof narrow), 0);
  const std::string text(2'000'000, 'x');
  std::atomic<bool> has_begun = false;
  std::atomic<bool> is_over = false;
  std::thread intruder([&] {
    while (!has_begun) std::this_thread::yield();
    while (!is_over) std::ignore = wait(outcome(timeout(Duration::zero(), near.write_some(bytes_of("!")))));
  });
  struct Join {
    std::thread& thread;
    std::atomic<bool>& is_over;
    ~Join() {
      is_over = true;
      thread.join();
    }
  } join{intruder, is_over};
  EXPECT_TRUE(in_place(through_many_parts(near, far, text, has_begun)) == text);
}

// It gives it back where it is cancelled.
TEST_P(UnixSockets, a_write_that_was_cancelled_halfway_lets_the_next_one_write) {
  auto [near, far] = socket_pair();
  const std::size_t written = in_place(write_until_late(near));
  EXPECT_EQ(in_place(write_again(near, far, written)), "once more");
}

Task<std::size_t> write_until_full(UnixStream& near, Progress& progress) {
  const std::string text(10'000'000, 'x');
  auto late = co_await outcome(timeout(5ms, near.write(text, &progress)));
  EXPECT_FALSE(late.ok());
  near.close();
  co_return progress.bytes;
}

TEST_P(UnixSockets, contract_06_a_write_of_all_that_was_cancelled_says_how_much_has_left) {
  auto [near, far] = socket_pair();
  Progress progress;
  const std::size_t written = in_place(write_until_full(near, progress));
  EXPECT_GT(written, 0u);
  EXPECT_EQ(in_place(read_all(far)).size(), written);
}

RINGBACK_EVERY_PLACE(UnixSockets);

}  // namespace
}  // namespace ringback

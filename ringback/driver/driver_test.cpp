#include "ringback/driver/driver_test.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

namespace ringback {

using namespace runtime;

namespace {

using Code = RequestWords::Code;

// Each request's answers.
INSTANTIATE_TEST_SUITE_P(Each, DriverTest, kDrivers, driver_name);

TEST_P(DriverTest, tells_its_name) { EXPECT_EQ(driver().name(), GetParam()); }

TEST_P(DriverTest, gives_the_same_random_numbers_for_the_same_seed) {
  DriverOptions options;
  options.seed = 7;
  const auto first = make(options);
  const auto second = make(options);
  options.seed = 8;
  const auto other = make(options);
  const std::uint64_t number = first->random();
  EXPECT_EQ(number, second->random());
  EXPECT_NE(number, other->random());
  EXPECT_NE(number, first->random());
}

TEST_P(DriverTest, a_nop_completes_at_the_next_poll) {
  Recorded nop(Code::nop);
  nop.submit_to(driver());
  EXPECT_FALSE(nop.ended());
  EXPECT_EQ(driver().in_flight(), 1U);
  EXPECT_EQ(driver().poll(Deadline::never()), 1U);
  EXPECT_EQ(nop.value(), 0);
  EXPECT_EQ(driver().in_flight(), 0U);
}

TEST_P(DriverTest, receives_what_was_sent) {
  Pair pair = make_socket_pair();
  std::array<char, 16> into{};
  Recorded receive;
  receive_into(receive, pair.near.get(), into).submit_to(driver());
  Recorded send;
  EXPECT_EQ(carry_out(send_from(send, pair.far.get(), "hello")), 5);
  finish(receive);
  EXPECT_EQ(receive.value(), 5);
  EXPECT_EQ(std::string_view(into.data(), 5), "hello");
}

TEST_P(DriverTest, receives_nothing_at_the_end_of_the_stream) {
  Pair pair = make_socket_pair();
  std::array<char, 16> into{};
  Recorded receive;
  receive_into(receive, pair.near.get(), into).submit_to(driver());
  pair.far.close();
  finish(receive);
  EXPECT_EQ(receive.value(), 0);
}

TEST_P(DriverTest, reads_and_writes_pipes) {
  Pair pipe = kernel_pipe();
  std::array<char, 16> into{};
  Recorded read;
  read_into(read, pipe.near.get(), into).submit_to(driver());
  Recorded write;
  EXPECT_EQ(carry_out(write_from(write, pipe.far.get(), "through")), 7);
  finish(read);
  EXPECT_EQ(read.value(), 7);
  pipe.far.close();
  EXPECT_EQ(carry_out(read_into(read, pipe.near.get(), into)), 0);
}

TEST_P(DriverTest, accepts_and_connects) {
  Listener listener = make_listener();
  Recorded accept(Code::accept, listener.socket.get());
  accept.submit_to(driver());
  Descriptor client = make_tcp_socket();
  Recorded connect;
  EXPECT_EQ(carry_out(connect_to(connect, client.get(), listener)), 0);
  finish(accept);
  Descriptor server(accept.value());
  ASSERT_GE(server.get(), 0);
  EXPECT_NE(::fcntl(server.get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(::fcntl(server.get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_P(DriverTest, a_connection_that_nobody_listens_for_is_refused_contract_46) {
  Listener listener = make_listener();
  listener.socket.close();
  Descriptor client = make_tcp_socket();
  Recorded connect;
  EXPECT_EQ(carry_out(connect_to(connect, client.get(), listener)), -ECONNREFUSED);
}

TEST_P(DriverTest, a_reset_connection_says_so_contract_46) {
  Listener listener = make_listener();
  Descriptor client = make_tcp_socket();
  Recorded connect;
  ASSERT_EQ(carry_out(connect_to(connect, client.get(), listener)), 0);
  Recorded accept(Code::accept, listener.socket.get());
  Descriptor server(carry_out(accept));
  std::array<char, 16> into{};
  Recorded receive;
  receive_into(receive, client.get(), into).submit_to(driver());
  const linger hard{1, 0};
  ::setsockopt(server.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  server.close();
  finish(receive);
  EXPECT_EQ(receive.value(), -ECONNRESET);
}

TEST_P(DriverTest, a_send_to_nobody_is_an_error_and_no_signal) {
  Pair pair = make_socket_pair();
  pair.far.close();
  Recorded send;
  EXPECT_EQ(carry_out(send_from(send, pair.near.get(), "anybody?")), -EPIPE);
}

TEST_P(DriverTest, a_write_to_a_closed_pipe_is_an_error_and_no_signal) {
  Pair pipe = kernel_pipe();
  pipe.near.close();
  Recorded write;
  EXPECT_EQ(carry_out(write_from(write, pipe.far.get(), "anybody?")), -EPIPE);
}

TEST_P(DriverTest, a_send_waits_for_room) {
  Pair pair = make_socket_pair();
  const std::string block(1 << 16, 'x');
  std::size_t sent = 0;
  Recorded send;
  while (!driver().in_flight()) {  // until one is left waiting
    send_from(send, pair.near.get(), block).submit_to(driver());
    look();
    if (send.ended()) sent += static_cast<std::size_t>(send.value());
  }
  std::string into(sent, '\0');
  EXPECT_EQ(::recv(pair.far.get(), into.data(), into.size(), MSG_WAITALL), static_cast<ssize_t>(sent));
  finish(send);
  EXPECT_GT(send.value(), 0);
}

TEST_P(DriverTest, a_read_waits_on_blocking_and_non_blocking_pipes) {
  for (const int flags : {0, O_NONBLOCK}) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC | flags), 0);
    Descriptor reader(ends[0]);
    Descriptor writer(ends[1]);
    std::array<char, 8> into{};
    Recorded read;
    read_into(read, reader.get(), into).submit_to(driver());
    look();
    look();
    EXPECT_FALSE(read.ended());
    ASSERT_EQ(::write(writer.get(), "abc", 3), 3);
    finish(read);
    EXPECT_EQ(read.value(), 3);
  }
}

TEST_P(DriverTest, a_read_waits_on_what_is_neither_file_nor_pipe_nor_socket) {
  // Older io_urings give EAGAIN for a non-blocking descriptor that is no socket, instead of waiting.
  Descriptor watch(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  const std::string path = testing::TempDir() + "driver_watch_" + GetParam() + std::to_string(::getpid());
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_GE(::inotify_add_watch(watch.get(), path.c_str(), IN_MODIFY), 0);
  std::array<char, 512> into{};
  Recorded read;
  for (int i = 0; i < 2; ++i) {
    read_into(read, watch.get(), into).submit_to(driver());
    for (int j = 0; j < 3; ++j) look();
    ASSERT_FALSE(read.ended());
    if (i == 0) {
      driver().cancel(read);
      finish(read);
      EXPECT_EQ(read.value(), -ECANCELED);
    }
  }
  ASSERT_EQ(::write(file.get(), "x", 1), 1);
  finish(read);
  EXPECT_EQ(read.value(), static_cast<int>(sizeof(inotify_event)));
  ::unlink(path.c_str());
}

TEST_P(DriverTest, an_accept_waits_on_a_blocking_listener) {
  Listener listener = make_listener();
  ::fcntl(listener.socket.get(), F_SETFL, 0);
  Recorded accept(Code::accept, listener.socket.get());
  accept.submit_to(driver());
  look();
  EXPECT_FALSE(accept.ended());
  Descriptor client = make_tcp_socket();
  Recorded connect;
  EXPECT_EQ(carry_out(connect_to(connect, client.get(), listener)), 0);
  finish(accept);
  Descriptor server(accept.value());
  EXPECT_GE(server.get(), 0);
}

TEST_P(DriverTest, peeked_bytes_stay_in_the_socket) {
  Pair pair = make_socket_pair();
  ASSERT_EQ(::send(pair.far.get(), "hello", 5, 0), 5);
  std::array<char, 8> into{};
  Recorded peek;
  receive_into(peek, pair.near.get(), into).words.flags = MSG_PEEK;
  EXPECT_EQ(carry_out(peek), 5);
  Recorded receive;
  EXPECT_EQ(carry_out(receive_into(receive, pair.near.get(), into)), 5);
}

TEST_P(DriverTest, a_receive_that_must_not_wait_answers_at_once) {
  Pair pair = make_socket_pair();
  std::array<char, 8> into{};
  Recorded receive;
  receive_into(receive, pair.near.get(), into).words.flags = MSG_DONTWAIT;
  EXPECT_EQ(carry_out(receive), -EAGAIN);
}

TEST_P(DriverTest, polls_for_what_is_there) {
  Pair pair = make_socket_pair();
  Recorded readable(Code::poll, pair.near.get());
  readable.words.flags = POLLIN;
  readable.submit_to(driver());
  look();
  EXPECT_FALSE(readable.ended());
  ASSERT_EQ(::send(pair.far.get(), "x", 1, 0), 1);
  finish(readable);
  EXPECT_EQ(readable.value(), POLLIN);

  Recorded either(Code::poll, pair.near.get());
  either.words.flags = POLLIN | POLLOUT;
  EXPECT_EQ(carry_out(either), POLLIN | POLLOUT);
  pair.far.close();
  Recorded hung_up(Code::poll, pair.near.get());
  hung_up.words.flags = POLLRDHUP;
  EXPECT_NE(carry_out(hung_up) & POLLHUP, 0);
}

TEST_P(DriverTest, reads_and_writes_both_ways_of_one_socket_at_once) {
  Pair pair = make_socket_pair();
  std::array<char, 8> into{};
  Recorded receive;
  receive_into(receive, pair.near.get(), into).submit_to(driver());
  const std::string block(1 << 20, 'x');
  Recorded send;
  while (!send.results.empty() || send.ended()) {  // until one waits too
    send.results.clear();
    send_from(send, pair.near.get(), block).submit_to(driver());
    look();
  }
  ASSERT_EQ(::send(pair.far.get(), "hello", 5, 0), 5);
  finish(receive);
  EXPECT_EQ(receive.value(), 5);
  EXPECT_FALSE(send.ended());
  std::string drained(1 << 20, '\0');
  while (!send.ended()) {
    while (::recv(pair.far.get(), drained.data(), drained.size(), 0) > 0) {
    }
    look();
  }
  EXPECT_GT(send.value(), 0);
}

TEST_P(DriverTest, reads_and_writes_files_at_their_places) {
  Descriptor file = make_file("0123456789");
  Recorded write;
  EXPECT_EQ(carry_out(write_from(write, file.get(), "ab", 4)), 2);
  std::array<char, 32> into{};
  Recorded read;
  EXPECT_EQ(carry_out(read_into(read, file.get(), into, 2)), 8) << "a read past the end is short";
  EXPECT_EQ(std::string_view(into.data(), 8), "23ab6789");
  EXPECT_EQ(carry_out(read_into(read, file.get(), into, 10)), 0) << "nothing at the end";
}

TEST_P(DriverTest, reads_and_writes_files_at_their_own_position) {
  Descriptor file = make_file("0123456789");
  std::array<char, 4> into{};
  Recorded read;
  EXPECT_EQ(carry_out(read_into(read, file.get(), into)), 4);
  EXPECT_EQ(carry_out(read_into(read, file.get(), into)), 4);
  EXPECT_EQ(std::string_view(into.data(), 4), "4567");
  Recorded write;
  EXPECT_EQ(carry_out(write_from(write, file.get(), "XYZ")), 3);
  EXPECT_EQ(::lseek(file.get(), 0, SEEK_END), 11);
}

TEST_P(DriverTest, opens_synchronises_and_closes_files) {
  const std::string path = testing::TempDir() + "driver_test_" + GetParam() + std::to_string(::getpid());
  Recorded open(Code::open, AT_FDCWD);
  open.words.path = path.c_str();
  open.words.flags = O_RDWR | O_CREAT | O_EXCL;
  open.words.offset = 0640;
  const int fd = carry_out(open);
  ASSERT_GE(fd, 0);
  EXPECT_NE(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
  struct stat about{};
  ::fstat(fd, &about);
  EXPECT_EQ(about.st_mode & 0777U, 0640U);
  Recorded write;
  EXPECT_EQ(carry_out(write_from(write, fd, "kept", 0)), 4);
  for (const std::uint32_t flags : {0U, 1U}) {
    Recorded sync(Code::sync, fd);
    sync.words.flags = flags;
    EXPECT_EQ(carry_out(sync), 0);
  }
  Recorded again = Recorded(Code::open, AT_FDCWD);
  again.words = open.words;
  EXPECT_EQ(carry_out(again), -EEXIST);
  Recorded close(Code::close, fd);
  EXPECT_EQ(carry_out(close), 0);
  EXPECT_EQ(::fcntl(fd, F_GETFD), -1);
  EXPECT_EQ(carry_out(close), -EBADF);
  ::unlink(path.c_str());
}

TEST_P(DriverTest, a_file_that_is_not_there_is_not_found_contract_46) {
  Recorded open(Code::open, AT_FDCWD);
  open.words.path = "/tmp/there/is/no/such/file";
  open.words.flags = O_RDONLY;
  EXPECT_EQ(carry_out(open), -ENOENT);
}

TEST_P(DriverTest, closes_sockets) {
  Pair pair = make_socket_pair();
  Recorded close(Code::close, pair.near.release());
  EXPECT_EQ(carry_out(close), 0);
  char byte = 0;
  EXPECT_EQ(::recv(pair.far.get(), &byte, 1, 0), 0);
}

TEST_P(DriverTest, a_descriptor_that_is_none_is_an_error_for_every_request) {
  for (const Code code : {Code::read, Code::write, Code::receive, Code::receive_many, Code::send, Code::accept,
                          Code::accept_many, Code::poll, Code::sync, Code::close}) {
    for (const int fd : {-1, 9999}) {
      std::array<char, 8> bytes{};
      Recorded request;
      read_into(request, fd, bytes).words.code = code;
      if (code == Code::poll) request.words.flags = POLLIN;
      EXPECT_EQ(carry_out(request), -EBADF) << static_cast<int>(code);
      EXPECT_FALSE(request.results.back().more);
    }
  }
}

TEST_P(DriverTest, a_request_submits_and_destroys_itself_in_its_last_result) {
  auto first = std::make_unique<Recorded>(Code::nop);
  Recorded second(Code::nop);
  Recorded* const request = first.get();
  request->then = [&] {
    second.submit_to(driver());
    first.reset();
  };
  request->submit_to(driver());
  poll_until([&] { return first == nullptr; });
  finish(second);
  EXPECT_EQ(second.value(), 0);
}

TEST_P(DriverTest, descriptors_that_ran_out_are_an_error_and_come_back) {
  Listener listener = make_listener();
  Descriptor client = make_tcp_socket();
  Recorded connect;
  ASSERT_EQ(carry_out(connect_to(connect, client.get(), listener)), 0);
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit none = before;
  none.rlim_cur = static_cast<rlim_t>(Descriptor(::dup(client.get())).get());  // the lowest that is free
  ::setrlimit(RLIMIT_NOFILE, &none);
  Recorded accept(Code::accept, listener.socket.get());
  EXPECT_EQ(carry_out(accept), -EMFILE);
  Recorded accept_many(Code::accept_many, listener.socket.get());
  EXPECT_EQ(carry_out(accept_many), -EMFILE);
  Recorded open(Code::open, AT_FDCWD);
  open.words.path = "/dev/null";
  EXPECT_EQ(carry_out(open), -EMFILE);
  ::setrlimit(RLIMIT_NOFILE, &before);
  Descriptor server(carry_out(accept));
  EXPECT_GE(server.get(), 0) << "the connection was still there";
}

TEST_P(DriverTest, leaves_no_descriptor_behind) {
  const std::size_t before = open_descriptors();
  {
    const auto other = make();
    Pair pair = make_socket_pair();
    std::array<char, 8> into{};
    Recorded receive;
    receive_into(receive, pair.near.get(), into).submit_to(*other);
    Recorded many(Code::receive_many, pair.far.get());
    many.submit_to(*other);
    Recorded open(Code::open, AT_FDCWD);
    open.words.path = "/tmp/there/is/no/such/file";
    open.submit_to(*other);
    other->wake_fd();
    other->poll(kPast);
    other->cancel(receive);
    other->cancel(many);
    while (other->in_flight() != 0) other->poll(Deadline::never());
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST_P(DriverTest, its_descriptors_are_closed_by_exec) {
  Pair pair = make_socket_pair();
  Recorded many(Code::receive_many, pair.far.get());
  many.submit_to(driver());
  look();
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int fd = std::stoi(entry.path().filename());
    const std::string target = std::filesystem::read_symlink(entry.path());
    if (target.starts_with("anon_inode")) {
      EXPECT_NE(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0) << target;
    }
  }
  driver().cancel(many);
  finish(many);
}

TEST_P(DriverTest, destroying_it_with_requests_in_flight_aborts) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(
      {
        auto other = make();
        Recorded nop(Code::nop);
        nop.submit_to(*other);
        other.reset();
      },
      "requests in flight");
}

}  // namespace
}  // namespace ringback

#include "ringback/driver/driver_test.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace ringback {
namespace {

using Code = RequestWords::Code;

// One suite for every driver: each request's answers.
INSTANTIATE_TEST_SUITE_P(Each, DriverTest, testing::Values("uring", "epoll", "virtual"),
                         [](const auto& info) { return std::string(info.param); });

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
  Pair pipe = make_pipe();
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

}  // namespace
}  // namespace ringback

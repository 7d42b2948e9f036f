// send_message: datagrams with their addresses, and what happens where there is no room.
#include <netinet/in.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>

#include "ringback/driver/driver_test.h"

namespace ringback {

using namespace runtime;

namespace {

using Code = RequestWords::Code;

class DriverMessageTest : public DriverTest {
 protected:
  // `text` and the request stay where they are.
  Recorded& send_message(Recorded& request, int fd, std::string_view text, const sockaddr_in* to = nullptr) {
    part_ = {const_cast<char*>(text.data()), text.size()};
    message_.msg_iov = &part_;
    message_.msg_iovlen = 1;
    message_.msg_name = const_cast<sockaddr_in*>(to);
    message_.msg_namelen = to != nullptr ? sizeof *to : 0;
    request.words.code = Code::send_message;
    request.words.fd = fd;
    request.words.message = &message_;
    return request;
  }

 private:
  iovec part_{};
  msghdr message_{};
};
INSTANTIATE_TEST_SUITE_P(Each, DriverMessageTest, kDrivers, driver_name);

Descriptor make_udp_socket(sockaddr_in& bound) {
  Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  bound = {};
  bound.sin_family = AF_INET;
  bound.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t bytes = sizeof bound;
  EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&bound), bytes), 0);
  EXPECT_EQ(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound), &bytes), 0);
  return socket;
}

TEST_P(DriverMessageTest, goes_to_its_address) {
  sockaddr_in near_address;
  sockaddr_in far_address;
  const Descriptor near = make_udp_socket(near_address);
  const Descriptor far = make_udp_socket(far_address);
  std::array<char, 16> into{};
  Recorded receive;
  receive_into(receive, far.get(), into).submit_to(driver());
  Recorded send;
  EXPECT_EQ(carry_out(send_message(send, near.get(), "hello", &far_address)), 5);
  finish(receive);
  EXPECT_EQ(receive.value(), 5);
  EXPECT_EQ(std::string_view(into.data(), 5), "hello");
}

TEST_P(DriverMessageTest, without_an_address_or_a_peer_is_an_error) {
  sockaddr_in address;
  const Descriptor socket = make_udp_socket(address);
  Recorded send;
  EXPECT_EQ(carry_out(send_message(send, socket.get(), "whom?")), -EDESTADDRREQ);
}

TEST_P(DriverMessageTest, to_nobody_is_an_error_and_no_signal) {
  Pair pair = make_socket_pair();
  pair.far.close();
  Recorded send;
  EXPECT_EQ(carry_out(send_message(send, pair.near.get(), "anybody?")), -EPIPE);
}

TEST_P(DriverMessageTest, waits_for_room_and_can_be_given_up_contract_11) {
  Pair pair = make_socket_pair();
  const std::string block(1 << 16, 'x');
  std::size_t sent = 0;
  Recorded send;
  while (!driver().in_flight()) {  // until one is left waiting
    send_message(send, pair.near.get(), block).submit_to(driver());
    look();
    if (send.ended()) sent += static_cast<std::size_t>(send.value());
  }
  driver().cancel(send);
  finish(send);
  EXPECT_EQ(send.value(), -ECANCELED);
  send_message(send, pair.near.get(), block).submit_to(driver());
  look();
  EXPECT_FALSE(send.ended());
  std::string into(sent, '\0');
  EXPECT_EQ(::recv(pair.far.get(), into.data(), into.size(), MSG_WAITALL), static_cast<ssize_t>(sent));
  finish(send);
  EXPECT_GT(send.value(), 0);
}

TEST_P(DriverMessageTest, that_may_not_wait_says_that_there_is_no_room) {
  Pair pair = make_socket_pair();
  const std::string block(1 << 16, 'x');
  Recorded send;
  send.words.flags = MSG_DONTWAIT;
  do {
    carry_out(send_message(send, pair.near.get(), block));
  } while (send.value() > 0);
  EXPECT_EQ(send.value(), -EAGAIN);
}

}  // namespace
}  // namespace ringback

#include "ringback/net/udp.h"

#include <gtest/gtest.h>
#include <net/if.h>
#include <sys/socket.h>

#include <array>
#include <atomic>

#include "ringback/async/gather.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/scope.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "ringback/driver/fault_driver.h"
#include "ringback/io/places_test.h"
#include "ringback/io/second_test.h"

namespace ringback {

using namespace runtime;

namespace {

using namespace std::chrono_literals;
using namespace testing_places;

class Udp : public PlaceTest {};

// Where the caller runs.
Executor& here() { return *internal::this_thread.executor; }

Address anywhere() { return Address::loopback(0); }

Task<> echo(UdpSocket& socket, int count) {
  for (int i = 0; i < count; ++i) {
    const Datagram got = co_await socket.receive();
    co_await socket.send_to(got.bytes.bytes(), got.from);
  }
}

Task<std::string> ask(UdpSocket& socket, std::string text, Address to) {
  co_await socket.send_to(text, to);
  const Datagram answer = co_await socket.receive();
  co_return std::string(answer.bytes.text()) + " from " + answer.from.to_string();
}

Task<std::string> there_and_back(UdpSocket& near, UdpSocket& far, std::string text) {
  auto both = co_await gather(echo(far, 1), ask(near, std::move(text), far.local()));
  co_return std::get<1>(std::move(both));
}

TEST_P(Udp, what_is_sent_comes_back_with_its_sender) {
  UdpSocket near(anywhere());
  UdpSocket far(anywhere());
  EXPECT_EQ(in_place(there_and_back(near, far, "hello")), "hello from " + far.local().to_string());
}

TEST_P(Udp, over_ip6_too) {
  UdpSocket near(Address::parse("[::1]:0"));
  UdpSocket far(Address::parse("[::1]:0"));
  EXPECT_EQ(in_place(there_and_back(near, far, "hello")), "hello from " + far.local().to_string());
}

Task<std::vector<std::string>> receive_all(UdpSocket& socket, std::size_t count) {
  std::vector<std::string> all;
  while (all.size() < count) {
    const Datagram got = co_await socket.receive();
    all.emplace_back(got.bytes.text());
  }
  co_return all;
}

Task<> send_all(UdpSocket& socket, std::vector<std::string> texts, Address to) {
  for (const std::string& text : texts) co_await socket.send_to(text, to);
}

TEST_P(Udp, each_datagram_is_one_and_an_empty_one_too) {
  UdpSocket near(anywhere());
  UdpSocket far(anywhere());
  const std::vector<std::string> texts = {"one", "", "three", std::string(UdpSocket::kBytesMax, 'x'), ""};
  auto both = in_place(gather(receive_all(far, texts.size()), send_all(near, texts, far.local())));
  EXPECT_EQ(std::get<0>(both), texts);
}

Task<DatagramPart> receive_part(UdpSocket& near, UdpSocket& far, std::string text, std::span<std::byte> into) {
  co_await near.send_to(text, far.local());
  co_return co_await far.receive(into);
}

TEST_P(Udp, what_finds_no_room_in_the_buffer_is_told) {
  UdpSocket near(anywhere());
  UdpSocket far(anywhere());
  std::array<std::byte, 4> into{};
  const DatagramPart cut = in_place(receive_part(near, far, "0123456789", into));
  EXPECT_EQ(cut.size, 4U);
  EXPECT_EQ(cut.cut, 6U);
  EXPECT_FALSE(cut.is_whole());
  EXPECT_EQ(text_of(into), "0123");
  EXPECT_EQ(cut.from, near.local());
  const DatagramPart whole = in_place(receive_part(near, far, "abc", into));
  EXPECT_EQ(whole.size, 3U);
  EXPECT_TRUE(whole.is_whole());
}

Task<> send_one(UdpSocket& socket, std::string bytes, Address to) { co_await socket.send_to(bytes, to); }

TEST_P(Udp, more_than_a_datagram_has_is_refused_with_the_other_address) {
  UdpSocket near(anywhere());
  UdpSocket far(anywhere());
  try {
    in_place(send_one(near, std::string(UdpSocket::kBytesMax + 1, 'x'), far.local()));
    FAIL() << "it was sent";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid);
    EXPECT_EQ(error.os_code(), EMSGSIZE);
    EXPECT_EQ(error.peer(), far.local().to_string());
  }
}

Address nobodys() { return UdpSocket(anywhere()).local(); }

Task<> ask_peer(UdpSocket& socket, bool with_buffer) {
  std::byte byte;
  co_await socket.send("anybody?");
  if (with_buffer) {
    co_await socket.receive(std::span(&byte, 1));
  } else {
    co_await socket.receive();
  }
}

TEST_P(Udp, contract_46_a_connected_peer_that_nobody_is_at_refuses) {
  for (const bool with_buffer : {false, true}) {
    const Address nobody = nobodys();
    UdpSocket socket = UdpSocket::connected_to(nobody);
    try {
      in_place(ask_peer(socket, with_buffer));
      FAIL() << "somebody answered";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::refused);
      EXPECT_EQ(error.os_code(), ECONNREFUSED);
      EXPECT_EQ(error.operation(), "receive");
      EXPECT_EQ(error.peer(), nobody.to_string());
    }
  }
}

Task<std::string> hear_the_peer_only(UdpSocket& socket, UdpSocket& peer, UdpSocket& stranger) {
  const Address at = socket.local();
  co_await stranger.send_to("not for you", at);
  co_await peer.send_to("for you", at);
  const Datagram got = co_await socket.receive();
  co_await socket.send("back");
  const Datagram back = co_await peer.receive();
  co_return std::string(got.bytes.text()) + " " + std::string(back.bytes.text());
}

TEST_P(Udp, a_connected_socket_hears_its_peer_only_and_sends_to_it) {
  UdpSocket peer(anywhere());
  UdpSocket stranger(anywhere());
  UdpSocket socket(anywhere());
  EXPECT_FALSE(socket.peer().has_value());
  socket.connect(peer.local());
  EXPECT_EQ(socket.peer(), peer.local());
  EXPECT_EQ(in_place(hear_the_peer_only(socket, peer, stranger)), "for you back");
}

Task<> send_to_peer(UdpSocket& socket) { co_await socket.send("whom?"); }

TEST_P(Udp, contract_46_what_is_wrong_is_told_apart) {
  UdpSocket socket(anywhere());
  EXPECT_EQ(kind_thrown_by([&] { return UdpSocket(socket.local()); }), ErrorKind::exists);
  EXPECT_EQ(kind_thrown_by([&] { return UdpSocket(Address::parse("unix:@x")); }), ErrorKind::invalid);
  EXPECT_EQ(kind_thrown_by([&] { return UdpSocket(Address::parse("192.0.2.1:0")); }), ErrorKind::unreachable);
  EXPECT_EQ(kind_thrown_by([&] { return in_place(send_to_peer(socket)), 0; }), ErrorKind::invalid);
  const Address broadcast = Address::parse("255.255.255.255:9");
  EXPECT_EQ(kind_thrown_by([&] { return in_place(send_one(socket, "x", broadcast)), 0; }), ErrorKind::denied);
}

Task<Outcome<Datagram>> close_under_a_receive(UdpSocket& socket) {
  auto receiving = spawn(here(), socket.receive());
  co_await sleep(1ms);
  socket.close();
  co_return co_await outcome(receiving);
}

TEST_P(Udp, close_ends_a_receive_under_way) {
  UdpSocket socket(anywhere());
  const auto ended = in_place(close_under_a_receive(socket));
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.failure().error()->kind(), ErrorKind::closed);
  EXPECT_FALSE(socket.is_open());
  EXPECT_EQ(kind_thrown_by([&] { return in_place(socket.receive()), 0; }), ErrorKind::closed);
  EXPECT_EQ(kind_thrown_by([&] { return in_place(send_one(socket, "x", anywhere())), 0; }), ErrorKind::closed);
  EXPECT_EQ(kind_thrown_by([&] { return socket.try_receive(); }), ErrorKind::closed);
}

// Each by itself: what the kernel would say of a number that may belong to another by then is not told.
TEST(UdpClosed, is_said_by_whoever_asks_for_the_address_or_a_group) {
  UdpSocket socket(anywhere());
  const Address group = Address::parse("239.255.77.2:0");
  socket.close();
  EXPECT_EQ(kind_thrown_by([&] { return socket.local(); }), ErrorKind::closed);
  EXPECT_EQ(kind_thrown_by([&] { return socket.join(group), 0; }), ErrorKind::closed);
  EXPECT_EQ(kind_thrown_by([&] { return socket.leave(group), 0; }), ErrorKind::closed);
}

TEST(UdpPolling, try_receive_and_try_send_never_wait) {
  UdpSocket near(anywhere());
  UdpSocket far(anywhere());
  std::array<std::byte, 3> into{};
  EXPECT_FALSE(far.try_receive().has_value());
  EXPECT_FALSE(far.try_receive(into).has_value());
  EXPECT_TRUE(near.try_send_to(bytes_of("first"), far.local()));
  near.connect(far.local());
  EXPECT_TRUE(near.try_send(bytes_of("second")));
  const auto first = far.try_receive();
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->bytes.text(), "first");
  EXPECT_EQ(first->from, near.local());
  const auto second = far.try_receive(into);
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(text_of(into), "sec");
  EXPECT_EQ(second->cut, 3U);
  far.close();
  EXPECT_TRUE(near.try_send(bytes_of("into the void")));
  EXPECT_EQ(kind_thrown_by([&] { return near.try_receive(); }), ErrorKind::refused);
}

constexpr int kSenders = 20;
constexpr int kEach = 50;

Task<> send_many(UdpSocket& socket, Address to) {
  for (int i = 0; i < kEach; ++i) {
    co_await socket.send_to("x", to);
    co_await yield();
  }
}

Task<int> count_of_many(UdpSocket& near, UdpSocket& far) {
  int count = 0;
  co_await with_scope([&](Scope& scope) -> Task<> {
    for (int i = 0; i < kSenders; ++i) scope.spawn(send_many(near, far.local()));
    while (count < kSenders * kEach) {
      co_await far.receive();
      ++count;
    }
  });
  co_return count;
}

TEST_P(Udp, any_number_may_send_at_once) {
  UdpSocket near(anywhere());
  UdpSocket far(anywhere(), {.receive_buffer_bytes = 4'000'000});
  EXPECT_EQ(in_place(timeout(20s, count_of_many(near, far))), kSenders * kEach);
}

// Every send is told that there is no room, then finds some.
TEST(UdpFaults, without_room_a_send_waits_for_it) {
  auto driver = std::make_unique<FaultDriver>(make_driver(), Fault{.at = 1, .every = 3, .error = EAGAIN});
  FaultDriver& faults = *driver;
  set_inline_driver(std::move(driver));
  UdpSocket near(anywhere());
  UdpSocket far(anywhere());
  auto both = wait(gather(send_all(near, {"a", "b", "c", "d"}, far.local()), receive_all(far, 4)));
  EXPECT_EQ(std::get<1>(both), (std::vector<std::string>{"a", "b", "c", "d"}));
  EXPECT_GT(faults.struck(), 1U);
  set_inline_driver(nullptr);
}

struct Cancelling {
  UdpSocket near{anywhere()};
  UdpSocket far{anywhere(), {.receive_buffer_bytes = 4'000'000}};
  std::atomic<int> received{0};
};

Task<> receive_until_cancelled(Cancelling& test) {
  for (;;) {
    const Datagram got = co_await test.far.receive();
    ++test.received;
  }
}

// The cancellation meets the datagram in every order that turns and threads make.
Task<int> cancel_beside_datagrams(Cancelling& test, int rounds) {
  int timed_out = 0;
  const Address at = test.far.local();
  for (int i = 0; i < rounds; ++i) {
    Future<void> receiving = spawn(here(), receive_until_cancelled(test));
    for (int turn = 0; turn < i % 4; ++turn) co_await yield();
    co_await test.near.send_to("x", at);
    for (int turn = 0; turn < i % 3; ++turn) co_await yield();
    receiving.cancel();
    const auto ended = co_await outcome(receiving);
    if (!ended.ok()) ++timed_out;
  }
  co_return timed_out;
}

int left_in(UdpSocket& socket) {
  int count = 0;
  while (socket.try_receive().has_value()) ++count;
  return count;
}

TEST_P(Udp, contract_07_a_datagram_that_meets_a_cancellation_is_not_lost) {
  constexpr int kRounds = 2000;
  Cancelling test;
  EXPECT_EQ(in_place(cancel_beside_datagrams(test, kRounds)), kRounds);
  const int left = left_in(test.far);
  EXPECT_EQ(test.received + left, kRounds);
  EXPECT_GT(test.received, 0);
}

Task<int> timed_receives(Cancelling& test, int rounds) {
  int got = 0;
  const Address at = test.far.local();
  for (int i = 0; i < rounds; ++i) {
    co_await test.near.send_to("x", at);
    // Past its deadline a receive still takes what is ttest.
    auto received = co_await outcome(timeout(0s, test.far.receive()));
    got += received.ok() ? 1 : 0;
  }
  co_return got;
}

TEST_P(Udp, contract_10_no_time_at_all_is_one_attempt) {
  Cancelling test;
  EXPECT_EQ(in_place(timed_receives(test, 10)), 10);
  EXPECT_EQ(kind_thrown_by([&] { return in_place(timeout(0s, test.far.receive())), 0; }), ErrorKind::timed_out);
}

TEST(UdpMulticast, a_group_that_was_joined_is_heard) {
  const unsigned interface = ::if_nametoindex("lo");
  UdpSocket socket(Address::any(0), {.reuse_address = true});
  const Address group = Address::parse("239.255.77.1:0").with_port(socket.local().port());
  socket.join(group, interface);
  EXPECT_EQ(kind_thrown_by([&] { return socket.join(group, interface), 0; }), ErrorKind::exists);
  UdpSocket sender(anywhere());
  const ip_mreqn way{{}, {}, static_cast<int>(interface)};
  ASSERT_EQ(::setsockopt(sender.fd(), IPPROTO_IP, IP_MULTICAST_IF, &way, sizeof way), 0);
  auto both = wait(gather(receive_all(socket, 1), send_one(sender, "all", group)));
  EXPECT_EQ(std::get<0>(both), std::vector<std::string>{"all"});
  socket.leave(group, interface);
  EXPECT_EQ(kind_thrown_by([&] { return socket.leave(group, interface), 0; }), ErrorKind::unreachable);
  EXPECT_EQ(kind_thrown_by([&] { return socket.join(anywhere()), 0; }), ErrorKind::invalid);
}

Task<std::string> told_of_receive(Outcome<Datagram> got, Address at) {
  if (got.ok()) co_return testing_second::kWent;
  UdpSocket sender(anywhere());
  co_await sender.send_to(bytes_of("x"), at);
  co_return testing_second::refusal(got.failure());
}
Task<std::string> receives_here(UdpSocket& socket) {
  auto got = co_await outcome(socket.receive());
  co_return co_await told_of_receive(std::move(got), socket.local());
}
Task<std::string> receives_there(UdpSocket& socket) {
  auto got = co_await outcome(socket.receive());
  co_return co_await told_of_receive(std::move(got), socket.local());
}
Task<std::pair<std::string, std::string>> receive_twice(UdpSocket& socket) {
  auto both = co_await gather(receives_here(socket), receives_there(socket));
  co_return std::pair(std::get<0>(std::move(both)), std::get<1>(std::move(both)));
}

TEST_P(Udp, the_second_of_two_receives_is_refused) {
  UdpSocket socket(anywhere());
  testing_second::expect_one_refused(in_place(receive_twice(socket)),
                                     "receive " + socket.local().to_string() + ": a receive is under way already on",
                                     "receive");
}

RINGBACK_EVERY_PLACE(Udp);

}  // namespace
}  // namespace ringback

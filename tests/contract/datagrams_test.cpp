// The contract over UDP: what is cancelled has taken nothing, and what is wrong is told apart.
#include "ringback/async/scope.h"
#include "ringback/net/udp.h"
#include "tests/contract/models.h"

namespace ringback {
namespace {

class Datagrams : public InEveryModel {};
INSTANTIATE_TEST_SUITE_P(Every, Datagrams, every_model(), kModelName);

Address anywhere() { return Address::loopback(0); }

TEST_P(Datagrams, a_receive_that_timed_out_has_taken_none_contract_06) {
  run_here([]() -> Task<> {
    UdpSocket near(anywhere());
    UdpSocket far(anywhere());
    std::vector<std::byte> into(8);
    for (int i = 0; i < 3; ++i) {
      auto nothing = co_await outcome(timeout(2ms, far.receive()));
      EXPECT_EQ(end_of(nothing), "timed_out");
    }
    co_await near.send_to("four", far.local());
    const DatagramPart got = co_await far.receive(into);
    EXPECT_EQ(got.size, 4U);
    EXPECT_EQ(got.from, near.local());
  });
}

TEST_P(Datagrams, a_send_in_a_cancelled_scope_has_sent_none_contract_06) {
  run_here([]() -> Task<> {
    UdpSocket near(anywhere());
    UdpSocket far(anywhere());
    auto end = co_await outcome(with_scope([&](Scope& scope) -> Task<> {
      scope.cancel();
      co_await near.send_to("never", far.local());
      ADD_FAILURE() << "it was sent";
    }));
    EXPECT_EQ(end_of(end), "aborted: requested");
    co_await near.send_to("next", far.local());
    const Datagram got = co_await far.receive();
    EXPECT_EQ(got.bytes.text(), "next");
  });
}

// Those that are not received before the cancellation are still there after it.
TEST_P(Datagrams, that_meet_a_cancellation_in_any_turn_are_not_lost_contract_07) {
  run_here([]() -> Task<> {
    constexpr int kRounds = 200;
    std::atomic<int> received{0};
    UdpSocket near(anywhere());
    UdpSocket far(anywhere());
    for (int round = 0; round < kRounds; ++round) {
      auto end = co_await outcome(with_scope([&](Scope& scope) -> Task<> {
        scope.spawn([&]() -> Task<> {
          for (;;) {
            co_await far.receive();
            ++received;
          }
        });
        for (int turn = 0; turn < round % 4; ++turn) co_await yield();
        co_await near.send_to("x", far.local());
        for (int turn = 0; turn < round / 4 % 4; ++turn) co_await yield();
        scope.cancel();
      }));
      EXPECT_EQ(end_of(end), "ok");
    }
    for (bool is_there = true; is_there;) {
      auto left = co_await outcome(timeout(20ms, far.receive()));
      is_there = left.ok();
      received += is_there ? 1 : 0;
    }
    EXPECT_EQ(received, kRounds);
  });
}

TEST_P(Datagrams, no_time_at_all_is_one_attempt_contract_10) {
  run_here([]() -> Task<> {
    UdpSocket near(anywhere());
    UdpSocket far(anywhere());
    auto nothing = co_await outcome(timeout(0s, far.receive()));
    EXPECT_EQ(end_of(nothing), "timed_out");
    co_await timeout(0s, near.send_to("at once", far.local()));
    const Datagram got = co_await timeout(0s, far.receive());
    EXPECT_EQ(got.bytes.text(), "at once");
  });
}

TEST_P(Datagrams, a_peer_that_nobody_is_at_refuses_contract_46) {
  run_here([]() -> Task<> {
    const Address nobody = UdpSocket(anywhere()).local();
    UdpSocket socket = UdpSocket::connected_to(nobody);
    co_await socket.send("anybody?");
    auto refused = co_await outcome(socket.receive());
    EXPECT_EQ(end_of(refused), "refused");
    const Error error = *refused.failure().error();
    EXPECT_EQ(error.os_code(), ECONNREFUSED);
    EXPECT_EQ(error.operation(), "receive");
    EXPECT_EQ(error.peer(), nobody.to_string());
  });
}

}  // namespace
}  // namespace ringback

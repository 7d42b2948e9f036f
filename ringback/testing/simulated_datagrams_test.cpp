// UDP in a simulation: what arrives, when, how often, and what does not.
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>

#include "ringback/async/outcome_of.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "ringback/net/udp.h"
#include "ringback/testing/simulation.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using ::ringback::testing::NetworkFaults;
using ::ringback::testing::Simulation;

Address anywhere() { return Address::loopback(0); }

constexpr int kSent = 200;

Task<> send_numbers(UdpSocket& socket, Address to) {
  for (int i = 0; i < kSent; ++i) co_await socket.send_to(std::to_string(i), to);
}

// What comes until nothing has come for a second.
Task<std::vector<int>> receive_numbers(UdpSocket& socket) {
  std::vector<int> numbers;
  for (;;) {
    const auto got = co_await outcome(timeout(1s, socket.receive()));
    if (!got.ok()) co_return numbers;
    numbers.push_back(std::stoi(std::string(got->bytes.text())));
  }
}

struct Ran {
  std::vector<int> numbers;
  std::uint64_t trace;
};

Ran run_numbers(const NetworkFaults& faults, std::uint64_t seed) {
  std::vector<int> numbers;
  Simulation simulation({.seed = seed, .network = faults});
  simulation.run([&]() -> Task<> {
    UdpSocket near(anywhere());
    UdpSocket far(anywhere());
    co_await send_numbers(near, far.local());
    numbers = co_await receive_numbers(far);
  });
  return {numbers, simulation.trace_hash()};
}

TEST(SimulatedDatagrams, without_faults_all_come_once_and_in_order) {
  const std::vector<int> numbers = run_numbers({}, 1).numbers;
  ASSERT_EQ(numbers.size(), std::size_t{kSent});
  for (int i = 0; i < kSent; ++i) EXPECT_EQ(numbers[static_cast<std::size_t>(i)], i);
}

TEST(SimulatedDatagrams, are_lost_doubled_and_overtaken_as_the_seed_has_it) {
  const NetworkFaults faults{.latency_max = 20ms, .loss = 0.1, .duplication = 0.1};
  const Ran ran = run_numbers(faults, 7);
  const std::set<int> distinct(ran.numbers.begin(), ran.numbers.end());
  EXPECT_LT(distinct.size(), std::size_t{kSent});
  EXPECT_GT(distinct.size(), std::size_t{kSent} / 2);
  EXPECT_GT(ran.numbers.size(), distinct.size());
  EXPECT_FALSE(std::is_sorted(ran.numbers.begin(), ran.numbers.end()));
  const Ran again = run_numbers(faults, 7);
  EXPECT_EQ(again.numbers, ran.numbers);
  EXPECT_EQ(again.trace, ran.trace);
  EXPECT_NE(run_numbers(faults, 8).numbers, ran.numbers);
}

TEST(SimulatedDatagrams, take_the_time_they_are_told) {
  Simulation simulation({.network = {.latency_min = 10ms, .latency_max = 10ms}});
  simulation.run([]() -> Task<> {
    UdpSocket near(anywhere());
    UdpSocket far(anywhere());
    co_await near.send_to("there", far.local());
    const Datagram there = co_await far.receive();
    co_await far.send_to("back", there.from);
    co_await near.receive();
  });
  EXPECT_EQ(simulation.now() - TimePoint(1h), 20ms);
}

TEST(SimulatedDatagrams, come_also_where_the_sender_has_gone) {
  std::optional<Datagram> got;
  Address sender;
  Simulation simulation({.network = {.latency_min = 10ms, .latency_max = 10ms}});
  simulation.run([&]() -> Task<> {
    UdpSocket far(anywhere());
    {
      UdpSocket near(anywhere());
      sender = near.local();
      co_await near.send_to("last words", far.local());
    }
    got = co_await far.receive();
  });
  EXPECT_EQ(got->bytes.text(), "last words");
  EXPECT_EQ(got->from, sender);
}

TEST(SimulatedDatagrams, are_lost_where_they_would_arrive_while_the_network_is_cut) {
  std::optional<Datagram> got;
  Simulation simulation({.network = {.latency_min = 10ms, .latency_max = 10ms}});
  simulation.run([&]() -> Task<> {
    UdpSocket near(anywhere());
    UdpSocket far(anywhere());
    co_await near.send_to("one", far.local());
    simulation.cut_network();
    co_await sleep(20ms);
    co_await near.send_to("two", far.local());
    simulation.heal_network();
    got = co_await far.receive();
  });
  EXPECT_EQ(got->bytes.text(), "two");
}

Task<ErrorKind> kind_of(Task<> work) {
  const auto ended = co_await outcome(std::move(work));
  const Error* error = ended.ok() ? nullptr : ended.failure().error();
  co_return error != nullptr ? error->kind() : ErrorKind::aborted;
}

Task<> receive_one(UdpSocket& socket) { co_await socket.receive(); }
Task<> send_one(UdpSocket& socket, std::string bytes, std::optional<Address> to) {
  if (to) co_await socket.send_to(bytes, *to);
  if (!to) co_await socket.send(bytes);
}

TEST(SimulatedDatagrams, what_is_refused_is_told) {
  std::vector<ErrorKind> kinds;
  Simulation simulation({.network = {.latency_min = 10ms, .latency_max = 10ms}});
  simulation.run([&]() -> Task<> {
    const Address nobody = UdpSocket(anywhere()).local();
    UdpSocket socket(anywhere());
    {
      const ErrorKind kind = co_await kind_of(send_one(socket, "whom?", std::nullopt));
      kinds.push_back(kind);
    }
    {
      const ErrorKind kind = co_await kind_of(send_one(socket, std::string(70'000, 'x'), nobody));
      kinds.push_back(kind);
    }
    {
      const ErrorKind kind = co_await kind_of(send_one(socket, "x", Address::parse("255.255.255.255:9")));
      kinds.push_back(kind);
    }
    socket.connect(nobody);
    co_await socket.send("one");
    co_await socket.send("two");
    {
      const ErrorKind kind = co_await kind_of(receive_one(socket));
      kinds.push_back(kind);
    }
    co_await socket.send("three");
    co_await sleep(20ms);
    {
      const ErrorKind kind = co_await kind_of(send_one(socket, "four", std::nullopt));
      kinds.push_back(kind);
    }
  });
  EXPECT_EQ(kinds, (std::vector<ErrorKind>{ErrorKind::invalid, ErrorKind::invalid, ErrorKind::denied,
                                           ErrorKind::refused, ErrorKind::refused}));
}

}  // namespace
}  // namespace ringback

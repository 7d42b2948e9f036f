// TCP in a simulation: what arrives, when, and what is told where it does not.
#include <gtest/gtest.h>

#include "ringback/async/future.h"
#include "ringback/async/run.h"
#include "ringback/async/timeout.h"
#include "ringback/exec/pool.h"
#include "ringback/io/places_test.h"
#include "ringback/io/second_test.h"
#include "ringback/testing/simulation_test.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using namespace testing_simulation;
using ::ringback::testing::NetworkFaults;
using ::ringback::testing::Simulation;
using ::ringback::testing::SimulationOptions;

std::string letters(std::size_t count) {
  std::string text(count, ' ');
  for (std::size_t i = 0; i < count; ++i) text[i] = static_cast<char>('a' + i * 7 % 26);
  return text;
}

SimulationOptions with(const NetworkFaults& faults, std::uint64_t seed = 1) {
  return {.seed = seed, .network = faults};
}

ErrorKind kind_of(const Failure& failure) {
  const Error* error = failure.error();
  return error != nullptr ? error->kind() : ErrorKind::aborted;
}

TEST(SimulatedNetwork, carries_every_byte_in_order_whatever_delays_it) {
  const std::string text = letters(400'000);
  for (const std::uint64_t seed : {1, 2, 3}) {
    Simulation simulation(with({.latency_max = 20ms, .loss = 0.05, .segment_bytes = 3000}, seed));
    std::string answer;
    BesideEcho(simulation).run([&](Address at) -> Task<> { answer = co_await ask_echo(at, text); });
    EXPECT_EQ(answer, text);
    EXPECT_EQ(simulation.connections(), 0U);
  }
}

TEST(SimulatedNetwork, takes_the_time_it_is_told) {
  Simulation simulation(with({.latency_min = 10ms, .latency_max = 10ms}));
  TimePoint connected;
  BesideEcho(simulation).run([&](Address at) -> Task<> {
    TcpStream stream = co_await TcpStream::connect(at);
    connected = simulation.now();
    co_await stream.write("there and back");
    const Chunk back = co_await stream.read();
    EXPECT_EQ(back.text(), "there and back");
  });
  EXPECT_EQ(connected - TimePoint(1h), 20ms);
  EXPECT_EQ(simulation.now() - TimePoint(1h), 40ms);
}

TEST(SimulatedNetwork, what_is_lost_comes_later) {
  Simulation simulation(with({.loss = 1}));
  BesideEcho(simulation).run([&](Address at) -> Task<> {
    const std::string back = co_await ask_echo(at, "x");
    EXPECT_EQ(back, "x");
  });
  EXPECT_GE(simulation.now() - TimePoint(1h), 2 * 200ms);
}

TEST(SimulatedNetwork, a_reset_is_told_to_both_sides) {
  Simulation simulation;
  ErrorKind client_saw{};
  ErrorKind server_saw{};
  simulation.run([&]() -> Task<> {
    TcpListener listener(anywhere());
    TcpStream client = co_await TcpStream::connect(listener.local());
    TcpStream server = co_await listener.accept();
    simulation.reset_connections();
    const auto at_client = co_await outcome(client.read());
    client_saw = kind_of(at_client.failure());
    const auto at_server = co_await outcome(server.read());
    server_saw = kind_of(at_server.failure());
  });
  EXPECT_EQ(client_saw, ErrorKind::reset);
  EXPECT_EQ(server_saw, ErrorKind::reset);
  EXPECT_EQ(simulation.connections(), 0U);
}

// As in the kernel's: the second is told, the first goes on.
TEST(SimulatedNetwork, refuses_the_second_reader_and_the_second_writer_of_a_stream) {
  using namespace testing_second;
  for (const std::uint64_t seed : {1, 2, 3}) {
    Simulation simulation(with({.latency_max = 20ms, .segment_bytes = 3000}, seed));
    simulation.run([&]() -> Task<> {
      TcpListener listener(anywhere());
      TcpStream client = co_await TcpStream::connect(listener.local());
      TcpStream server = co_await listener.accept();
      const std::string peer = client.peer_name();
      const auto reads = co_await read_twice(client, server);
      expect_one_refused(reads, "read " + peer + ": a read is under way already on", "read");
      const auto writes = co_await write_twice(client, server, 1'000'000);
      expect_one_refused(writes, "write " + peer + ": a write is under way", "write");
    });
  }
}

// It was seen as an end once, where there was no descriptor left to make a broken socket of.
TEST(SimulatedNetwork, a_reset_is_told_though_no_descriptor_is_left) {
  Simulation simulation;
  simulation.run([&]() -> Task<> {
    TcpListener listener(anywhere());
    TcpStream client = co_await TcpStream::connect(listener.local());
    TcpStream server = co_await listener.accept();
    co_await client.shutdown_write();
    co_await server.shutdown_write();
    std::optional<testing_places::DescriptorHoard> hoard(std::in_place);
    simulation.reset_connections();
    hoard.reset();
    const auto at_client = co_await outcome(client.read());
    EXPECT_EQ(kind_of(at_client.failure()), ErrorKind::reset);
    const auto at_server = co_await outcome(server.read());
    EXPECT_EQ(kind_of(at_server.failure()), ErrorKind::reset);
  });
}

TEST(SimulatedNetwork, resets_some_connections_by_chance) {
  Simulation simulation(with({.reset = 0.2}));
  int broken = 0;
  int whole = 0;
  BesideEcho(simulation).run([&](Address at) -> Task<> {
    for (int i = 0; i < 50; ++i) {
      const auto back = co_await outcome(ask_echo(at, "some text"));
      ++(back.ok() ? whole : broken);
      if (!back.ok()) {
        EXPECT_EQ(kind_of(back.failure()), ErrorKind::reset);
      }
    }
  });
  EXPECT_GT(broken, 5);
  EXPECT_GT(whole, 5);
}

TEST(SimulatedNetwork, a_half_open_connection_says_nothing_any_more) {
  Simulation simulation(with({.silence = 1}));
  BesideEcho(simulation).run([&](Address at) -> Task<> {
    const auto back = co_await outcome(timeout(5s, ask_echo(at, "is anybody there?")));
    EXPECT_EQ(kind_of(back.failure()), ErrorKind::timed_out);
  });
  EXPECT_EQ(simulation.now() - TimePoint(1h), 5s);
}

TEST(SimulatedNetwork, a_partition_heals_and_nothing_was_lost) {
  Simulation simulation(with({.latency_min = 1ms, .latency_max = 1ms}));
  BesideEcho(simulation).run([&](Address at) -> Task<> {
    TcpStream stream = co_await TcpStream::connect(at);
    simulation.cut_network();
    co_await stream.write("held back");
    const auto cut = co_await outcome(timeout(3s, stream.read()));
    EXPECT_FALSE(cut.ok());
    const auto none = co_await outcome(timeout(1s, TcpStream::connect(at)));
    EXPECT_EQ(kind_of(none.failure()), ErrorKind::timed_out);
    simulation.heal_network();
    const Chunk back = co_await stream.read();
    EXPECT_EQ(back.text(), "held back");
  });
}

TEST(SimulatedNetwork, who_writes_to_a_slow_reader_waits) {
  Simulation simulation(with({.window_bytes = 20'000, .buffer_bytes = 8'000}));
  Progress sent;
  std::size_t sent_unread = 0;
  simulation.run([&]() -> Task<> {
    const std::string text = letters(1'000'000);
    TcpListener listener(anywhere());
    TcpStream client = co_await TcpStream::connect(listener.local());
    TcpStream server = co_await listener.accept();
    const auto in_vain = co_await outcome(timeout(1s, client.write(text, &sent)));
    EXPECT_FALSE(in_vain.ok());
    sent_unread = sent.bytes;
    co_await client.shutdown_write();
    const std::string got = co_await read_to_end(server);
    EXPECT_EQ(got, text.substr(0, sent_unread));
  });
  EXPECT_GT(sent_unread, 20'000U);
  EXPECT_LT(sent_unread, 120'000U);
}

TEST(SimulatedNetwork, refuses_where_nobody_listens_or_chance_will_have_it) {
  Simulation simulation;
  simulation.run([]() -> Task<> {
    Address gone = anywhere();
    {
      const TcpListener listener(anywhere());
      gone = listener.local();
    }
    const auto made = co_await outcome(TcpStream::connect(gone));
    EXPECT_EQ(kind_of(made.failure()), ErrorKind::refused);
  });
  simulation.set_network_faults({.refusal = 1});
  BesideEcho(simulation).run([](Address at) -> Task<> {
    const auto made = co_await outcome(TcpStream::connect(at));
    EXPECT_EQ(kind_of(made.failure()), ErrorKind::refused);
  });
}

TEST(SimulatedNetwork, a_listener_that_closes_breaks_what_it_has_not_accepted) {
  Simulation simulation;
  simulation.run([]() -> Task<> {
    auto listener = std::make_unique<TcpListener>(anywhere());
    TcpStream client = co_await TcpStream::connect(listener->local());
    co_await client.write("never read");
    co_await sleep(1s);
    listener.reset();
    const auto heard = co_await outcome(client.read());
    EXPECT_EQ(kind_of(heard.failure()), ErrorKind::reset);
  });
}

Task<> ask_one_who_leaves(bool resets, std::string& answer) {
  TcpListener listener(anywhere());
  TcpStream near = co_await TcpStream::connect(listener.local());
  TcpStream far = co_await listener.accept();
  far.set_reset_on_close(resets);
  far.close();
  auto got = co_await outcome(near.read());
  answer = got.ok() ? "end" : std::string(to_string(kind_of(got.failure())));
}

TEST(SimulatedNetwork, who_closes_chooses_whether_the_other_side_sees_an_end_or_a_reset) {
  for (const bool resets : {false, true}) {
    Simulation simulation(with({.latency_max = 20ms}));
    std::string answer;
    simulation.run(ask_one_who_leaves(resets, answer));
    EXPECT_EQ(answer, resets ? "reset" : "end");
  }
}

TEST(Simulation, is_where_a_loop_or_a_pool_of_ones_own_is_that_has_its_driver) {
  Simulation simulation(with({.latency_min = 10ms, .latency_max = 10ms}));
  const TimePoint begin = simulation.now();
  const auto ask = [](Address at) -> Task<> { std::ignore = co_await ask_echo(at, "x"); };
  LoopOptions options;
  options.driver = simulation.make_driver();
  run(beside_echo(ask), {.loop = std::move(options)});
  EXPECT_EQ(simulation.now() - begin, 40ms) << "connecting, then there and back";
  Pool pool({.driver = simulation.make_driver()});
  spawn(pool, beside_echo(ask)).get();
  EXPECT_EQ(simulation.now() - begin, 80ms);
}

TEST(SimulatedNetwork, who_writes_to_somebody_gone_is_told) {
  Simulation simulation(with({.latency_min = 5ms, .latency_max = 5ms}));
  simulation.run([]() -> Task<> {
    TcpListener listener(anywhere());
    TcpStream client = co_await TcpStream::connect(listener.local());
    {
      const TcpStream server = co_await listener.accept();
    }
    co_await client.write("are you there?");
    co_await sleep(1s);
    const auto more = co_await outcome(client.write("no?"));
    EXPECT_FALSE(more.ok());
  });
}

}  // namespace
}  // namespace ringback

#include <array>
#include <cerrno>
#include <deque>
#include <thread>

#include "ringback/driver/driver_test.h"

namespace ringback {

using namespace runtime;

namespace {

using Code = RequestWords::Code;

// Requests with many results, and the chunks they give.
class DriverManyTest : public DriverTest {
 protected:
  // What has been received so far.
  static std::string text_of(const Recorded& request) {
    std::string text;
    for (const Result& result : request.results) text += result.chunk.text();
    return text;
  }
  void stop(Recorded& request) {
    driver().cancel(request);
    finish(request);
  }
};
INSTANTIATE_TEST_SUITE_P(Each, DriverManyTest, kDrivers, driver_name);

TEST_P(DriverManyTest, receives_until_cancelled_contract_11) {
  Pair pair = make_socket_pair();
  Recorded many(Code::receive_many, pair.near.get());
  many.submit_to(driver());
  for (const std::string text : {"one", "two", "three"}) {
    ASSERT_EQ(::send(pair.far.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    poll_until([&] { return !many.results.empty() && many.results.back().chunk.text() == text; });
    EXPECT_TRUE(many.results.back().more);
    EXPECT_EQ(many.value(), static_cast<int>(text.size()));
  }
  EXPECT_EQ(driver().in_flight(), 1U);
  stop(many);
  EXPECT_EQ(many.value(), -ECANCELED);
  EXPECT_EQ(driver().in_flight(), 0U);
  // It has let go: what comes now waits in the socket.
  ASSERT_EQ(::send(pair.far.get(), "four", 4, 0), 4);
  look();
  std::array<char, 8> into{};
  EXPECT_EQ(::recv(pair.near.get(), into.data(), into.size(), 0), 4);
}

TEST_P(DriverManyTest, ends_with_the_stream_and_gives_every_byte_before) {
  Pair pair = make_socket_pair();
  Recorded many(Code::receive_many, pair.near.get());
  many.submit_to(driver());
  std::string sent;
  for (int i = 0; i < 100; ++i) sent += "line " + std::to_string(i) + "\n";
  ASSERT_EQ(::send(pair.far.get(), sent.data(), sent.size(), 0), static_cast<ssize_t>(sent.size()));
  pair.far.close();
  finish(many);
  EXPECT_EQ(many.value(), 0);
  EXPECT_EQ(text_of(many), sent);
}

TEST_P(DriverManyTest, its_last_result_has_no_value) {
  // However many bytes there are: a chunk never comes with the end, nor a descriptor.
  Pair pair = make_socket_pair();
  Recorded many(Code::receive_many, pair.near.get());
  many.submit_to(driver());
  const std::string block(100'000, 'x');
  std::size_t sent = 0;
  while (sent < 2'000'000) {
    const ssize_t count = ::send(pair.far.get(), block.data(), block.size(), 0);
    if (count > 0) sent += static_cast<std::size_t>(count);
    look();
    if (sent > 1'000'000) many.results.clear();  // lets the buffers go
  }
  stop(many);
  EXPECT_EQ(many.value(), -ECANCELED);
  EXPECT_TRUE(many.results.back().chunk.empty());
}

TEST_P(DriverManyTest, one_buffer_serves_many_streams_in_turn) {
  DriverOptions options;
  options.chunk_count = 1;
  options.chunk_bytes = 16;
  use(make(options));
  std::deque<Pair> pairs;
  std::deque<Recorded> streams;
  std::vector<std::size_t> received(5);
  for (std::size_t i = 0; i < received.size(); ++i) {
    pairs.push_back(make_socket_pair());
    Recorded& many = streams.emplace_back(Code::receive_many, pairs.back().near.get());
    many.then = [&received, &many, i] {
      received[i] += static_cast<std::size_t>(std::max(many.value(), 0));
      many.results.clear();  // gives the buffer back
    };
    many.submit_to(driver());
  }
  const std::string text(200, 'x');
  for (Pair& pair : pairs) {
    ASSERT_EQ(::send(pair.far.get(), text.data(), text.size(), 0), 200);
    pair.far.close();
  }
  for (Recorded& many : streams) finish(many);
  EXPECT_EQ(received, std::vector<std::size_t>(5, 200));
}

TEST_P(DriverManyTest, whoever_keeps_chunks_stops_nobody_from_receiving) {
  for (const std::uint32_t count : {1U, 2U, 4U}) {
    DriverOptions options;
    options.chunk_count = count;
    options.chunk_bytes = 16;
    use(make(options));
    std::deque<Pair> pairs;
    std::deque<Recorded> streams;  // keep every chunk
    const std::string text(200, 'x');
    for (int i = 0; i < 20; ++i) {
      pairs.push_back(make_socket_pair());
      streams.emplace_back(Code::receive_many, pairs.back().near.get()).submit_to(driver());
      ASSERT_EQ(::send(pairs.back().far.get(), text.data(), text.size(), 0), 200);
      pairs.back().far.close();
    }
    for (Recorded& many : streams) {
      finish(many);
      EXPECT_EQ(text_of(many), text);
    }
  }
}

TEST_P(DriverManyTest, a_stream_that_keeps_its_chunks_is_cancelled_contract_11) {
  DriverOptions options;
  options.chunk_count = 1;
  options.chunk_bytes = 4;
  use(make(options));
  Pair pair = make_socket_pair();
  Recorded many(Code::receive_many, pair.near.get());
  many.submit_to(driver());
  ASSERT_EQ(::send(pair.far.get(), "firstsecond", 11, 0), 11);
  poll_until([&] { return text_of(many).size() == 11; });
  stop(many);
  EXPECT_EQ(many.value(), -ECANCELED);
  EXPECT_EQ(text_of(many), "firstsecond");
}

TEST_P(DriverManyTest, a_chunk_outlives_the_driver_contract_11) {
  Pair pair = make_socket_pair();
  Chunk kept;
  {
    const auto other = make();
    Recorded many(Code::receive_many, pair.near.get());
    many.submit_to(*other);
    ASSERT_EQ(::send(pair.far.get(), "kept", 4, 0), 4);
    while (many.results.empty()) other->poll(Deadline::never());
    kept = std::move(many.results.front().chunk);
    other->cancel(many);
    while (other->in_flight() != 0) other->poll(Deadline::never());
  }
  EXPECT_EQ(kept.text(), "kept");
  std::thread([chunk = std::move(kept)] { EXPECT_EQ(chunk.size(), 4U); }).join();
}

TEST_P(DriverManyTest, chunks_come_back_from_other_threads_while_more_arrive) {
  DriverOptions options;
  options.chunk_count = 4;
  options.chunk_bytes = 64;
  use(make(options));
  Pair pair = make_socket_pair();
  Recorded many(Code::receive_many, pair.near.get());
  std::size_t received = 0;
  std::vector<std::thread> threads;
  many.then = [&] {
    if (many.value() <= 0) return;
    received += static_cast<std::size_t>(many.value());
    threads.emplace_back([chunk = std::move(many.results.back().chunk)]() mutable { chunk = Chunk(); });
  };
  many.submit_to(driver());
  constexpr std::size_t kTotal = 200 * 64;
  std::thread sender([fd = pair.far.get()] {
    const std::string block(64, 'x');
    for (std::size_t i = 0; i < 200; ++i) EXPECT_EQ(::send(fd, block.data(), block.size(), 0), 64);
  });
  poll_until([&] { return received == kTotal; });
  sender.join();
  for (std::thread& thread : threads) thread.join();
  stop(many);
}

TEST_P(DriverManyTest, the_same_stream_is_received_again_after_a_cancel) {
  Pair pair = make_socket_pair();
  Recorded many(Code::receive_many, pair.near.get());
  for (int i = 0; i < 20; ++i) {
    many.results.clear();
    many.submit_to(driver());
    ASSERT_EQ(::send(pair.far.get(), "x", 1, 0), 1);
    poll_until([&] { return !many.results.empty(); });
    EXPECT_EQ(many.value(), 1);
    stop(many);
  }
}

TEST_P(DriverManyTest, a_result_of_many_may_cancel_it_contract_12) {
  Pair pair = make_socket_pair();
  Recorded many(Code::receive_many, pair.near.get());
  many.then = [&] {
    if (!many.ended()) driver().cancel(many);
  };
  many.submit_to(driver());
  ASSERT_EQ(::send(pair.far.get(), "x", 1, 0), 1);
  finish(many);
  EXPECT_EQ(many.value(), -ECANCELED);
  EXPECT_EQ(text_of(many), "x");
}

TEST_P(DriverManyTest, a_result_of_many_may_cancel_it_with_the_end_next_in_line_contract_12) {
  DriverOptions options;
  options.chunk_bytes = 4;
  use(make(options));
  Pair pair = make_socket_pair();
  Recorded many(Code::receive_many, pair.near.get());
  bool asked = false;
  many.then = [&] {
    if (!std::exchange(asked, true)) driver().cancel(many);
  };
  many.submit_to(driver());
  ASSERT_EQ(::send(pair.far.get(), "four", 4, 0), 4);
  pair.far.close();
  finish(many);
  look();
  EXPECT_TRUE(many.value() == -ECANCELED || many.value() == 0);
  EXPECT_EQ(text_of(many), "four");
}

TEST_P(DriverManyTest, accepts_until_cancelled) {
  Listener listener = make_listener();
  Recorded many(Code::accept_many, listener.socket.get());
  many.submit_to(driver());
  std::vector<Descriptor> clients;
  for (int i = 0; i < 40; ++i) {
    clients.push_back(make_tcp_socket());
    Recorded connect;
    ASSERT_EQ(carry_out(connect_to(connect, clients.back().get(), listener)), 0);
  }
  poll_until([&] { return many.results.size() == 40; });
  std::vector<Descriptor> servers;
  for (const Result& result : many.results) {
    EXPECT_GE(servers.emplace_back(result.value).get(), 0);
    EXPECT_TRUE(result.more);
  }
  stop(many);
  EXPECT_EQ(many.value(), -ECANCELED);
}

TEST_P(DriverManyTest, a_reset_ends_the_stream_contract_46) {
  Listener listener = make_listener();
  Descriptor client = make_tcp_socket();
  Recorded connect;
  ASSERT_EQ(carry_out(connect_to(connect, client.get(), listener)), 0);
  Recorded accept(Code::accept, listener.socket.get());
  Descriptor server(carry_out(accept));
  Recorded many(Code::receive_many, client.get());
  many.submit_to(driver());
  look();
  const linger hard{1, 0};
  ::setsockopt(server.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  server.close();
  finish(many);
  EXPECT_EQ(many.value(), -ECONNRESET);
}

}  // namespace
}  // namespace ringback

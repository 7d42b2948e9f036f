#include "ringback/tls/tls_stream.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <optional>

#include "ringback/async/gather.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "ringback/io/line_reader.h"
#include "ringback/io/places_test.h"
#include "ringback/io/second_test.h"
#include "ringback/net/tcp.h"
#include "ringback/net/unix_socket.h"
#include "ringback/tls/certificates_test.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using namespace testing_places;
using namespace testing_tls;

struct Ends {
  TlsStream client;
  TlsStream server;
};

// `room`: in bytes, for what the client's system holds until the server has read; none: as it likes.
Task<Ends> connect_pair(TlsContext client, TlsContext server, std::optional<int> room = std::nullopt) {
  auto sockets = socket_pair();
  if (room.has_value()) ::setsockopt(sockets.first.fd(), SOL_SOCKET, SO_SNDBUF, &*room, sizeof *room);
  auto both = co_await gather(TlsStream::connect(client, std::move(sockets.first), "localhost"),
                              TlsStream::accept(server, std::move(sockets.second)));
  co_return Ends{std::get<0>(std::move(both)), std::get<1>(std::move(both))};
}

// No two parts of it are the same.
std::string counted_text(std::size_t bytes) {
  std::string text;
  for (std::size_t number = 0; text.size() < bytes; ++number) text.append(std::to_string(number)).append(" ");
  text.resize(bytes);
  return text;
}

Task<std::string> read_to_end(ByteStream& stream) {
  std::string all;
  for (;;) {
    const Chunk chunk = co_await stream.read();
    if (chunk.empty()) break;
    all += chunk.text();
  }
  co_return all;
}
Task<> write_to_end(ByteStream& stream, const std::string& text) {
  co_await stream.write(text);
  co_await stream.shutdown_write();
}

class TlsStreams : public PlaceTest {};
RINGBACK_EVERY_PLACE(TlsStreams);

TEST_P(TlsStreams, speak_over_tcp_in_both_directions) {
  in_place([]() -> Task<> {
    std::byte five[5];
    TcpListener listener(Address::loopback(0));
    auto [near, far] = co_await gather(TcpStream::connect(listener.local()), listener.accept());
    const std::string peer = near.peer_name();
    auto [client, server] = co_await gather(TlsStream::connect(a_client(), std::move(near), "127.0.0.1"),
                                            TlsStream::accept(a_server(), std::move(far)));
    EXPECT_EQ(client.version(), "TLSv1.3");
    EXPECT_EQ(client.alpn(), "http/1.1");
    EXPECT_EQ(server.alpn(), "http/1.1");
    EXPECT_EQ(client.peer_name(), peer);
    co_await client.write("hello");
    co_await read_exactly(server, five);
    EXPECT_EQ(text_of(five), "hello");
    co_await server.write("there");
    const Chunk heard = co_await client.read();
    EXPECT_EQ(heard.text(), "there");
    const std::size_t nothing = co_await client.read(std::span<std::byte>());
    EXPECT_EQ(nothing, 0U);
    const std::size_t none = co_await client.write_some({});
    EXPECT_EQ(none, 0U);
  }());
}

TEST_P(TlsStreams, slow_carry_much_in_both_directions_at_once) {
  in_place([]() -> Task<> {
    const std::string there = counted_text(8'000'000);
    const std::string back = counted_text(7'000'001);
    Ends ends = co_await connect_pair(a_client(), a_server());
    auto all = co_await gather(write_to_end(ends.client, there), write_to_end(ends.server, back),
                               read_to_end(ends.client), read_to_end(ends.server));
    EXPECT_TRUE(std::get<2>(all) == back);
    EXPECT_TRUE(std::get<3>(all) == there);
  }());
}

TEST_P(TlsStreams, tell_an_end_that_was_said_from_one_that_was_not_contract_46) {
  in_place([]() -> Task<> {
    std::byte four[4];
    Ends said = co_await connect_pair(a_client(), a_server());
    co_await said.server.write("last");
    co_await said.server.shutdown_write();
    const std::string heard = co_await read_to_end(said.client);
    EXPECT_EQ(heard, "last");
    const std::size_t again = co_await said.client.read(four);
    EXPECT_EQ(again, 0U) << "the end stays the end";
    co_await said.client.write("more");  // the other direction goes on
    co_await read_exactly(said.server, four);
    EXPECT_EQ(text_of(four), "more");
    auto late = co_await outcome(said.server.write("x"));
    EXPECT_EQ(late.failure().error()->kind(), ErrorKind::closed);

    Ends cut = co_await connect_pair(a_client(), a_server());
    const std::string peer = cut.client.peer_name();
    co_await cut.server.write("last");
    cut.server.close();
    co_await read_exactly(cut.client, four);
    for (int i = 0; i < 2; ++i) {
      auto end = co_await outcome(cut.client.read(four));
      EXPECT_EQ(end.failure().error()->kind(), ErrorKind::end_of_stream);
      EXPECT_EQ(end.failure().error()->operation(), "tls read");
      EXPECT_EQ(end.failure().error()->peer(), peer);
    }
    auto closed = co_await outcome(cut.server.read());
    EXPECT_EQ(closed.failure().error()->kind(), ErrorKind::closed);
    auto unsent = co_await outcome(cut.server.write("x"));
    EXPECT_EQ(unsent.failure().error()->kind(), ErrorKind::closed);
  }());
}

TEST_P(TlsStreams, end_a_read_in_flight_when_they_are_closed) {
  in_place([]() -> Task<> {
    Ends ends = co_await connect_pair(a_client(), a_server());
    const auto close_soon = [](TlsStream& stream) -> Task<> {
      co_await sleep(1ms);
      stream.close();
    };
    auto both = co_await gather(outcome(ends.client.read()), close_soon(ends.client));
    EXPECT_EQ(std::get<0>(both).failure().error()->kind(), ErrorKind::closed);
  }());
}

Task<> write_in_steps(TlsStream& stream, const std::string& text) {
  for (std::size_t at = 0; at < text.size(); at += 1000) {
    co_await stream.write(std::string_view(text).substr(at, 1000));
    co_await sleep(20us);
  }
  co_await stream.shutdown_write();
}

// Gives up after no time at all, or very little.
Task<std::string> read_impatiently(TlsStream& stream) {
  std::string came;
  std::byte some[7001];
  int given_up = 0;
  for (;;) {
    auto got = co_await outcome(timeout(Duration(given_up % 3 * 10us), stream.read(some)));
    if (got.ok() && *got == 0) break;
    if (got.ok()) came += text_of(std::span(some).first(*got));
    if (got.ok()) continue;
    ++given_up;
    EXPECT_EQ(got.failure().error()->kind(), ErrorKind::timed_out);
  }
  co_return came;
}

TEST_P(TlsStreams, lose_nothing_to_a_read_that_was_cancelled_contract_06) {
  in_place([]() -> Task<> {
    const std::string text = counted_text(100'000);
    Ends ends = co_await connect_pair(a_client(), a_server());
    auto nothing = co_await outcome(timeout(0s, ends.client.read()));
    EXPECT_EQ(nothing.failure().error()->kind(), ErrorKind::timed_out);
    auto both = co_await gather(write_in_steps(ends.server, text), read_impatiently(ends.client));
    EXPECT_TRUE(std::get<1>(both) == text);
  }());
}

// Until it has given up three times, over a carrier that takes little; gives how much was taken.
Task<std::size_t> write_impatiently(TlsStream& stream, const std::string& text) {
  std::size_t written = 0;
  int given_up = 0;
  while (given_up < 3) {
    Progress sent;
    auto wrote = co_await outcome(timeout(1ms, stream.write(std::string_view(text).substr(written, 100'000), &sent)));
    written += sent.bytes;
    if (!wrote.ok()) ++given_up;
  }
  co_return written;
}
Task<std::string> read_then_thank(TlsStream& stream, std::size_t wanted) {
  std::string came;
  while (came.size() < wanted) {
    const Chunk chunk = co_await stream.read();
    came += chunk.text();
  }
  co_await stream.write("thanks");
  co_return came;
}

// What was reported as written, and nothing else, arrives; and it arrives while the writer only reads.
TEST_P(TlsStreams, send_what_a_cancelled_write_left_behind_contract_06) {
  in_place([]() -> Task<> {
    const std::string text = counted_text(600'000);
    auto [client, server] = co_await connect_pair(a_client(), a_server(), 4096);
    const std::size_t written = co_await write_impatiently(client, text);
    EXPECT_GT(written, 0U);
    EXPECT_LT(written, text.size());
    auto answered = co_await gather(read_then_thank(server, written), client.read());
    EXPECT_TRUE(std::get<0>(answered) == text.substr(0, written));
    EXPECT_EQ(std::get<1>(answered).text(), "thanks");
    const std::string rest = text.substr(written, 1000);
    auto end = co_await gather(write_to_end(client, rest), read_to_end(server));
    EXPECT_EQ(std::get<1>(end), rest);
  }());
}

Task<std::string> write_impatiently_and_be_read(TlsStream& client, TlsStream& server, const std::string& text) {
  const std::size_t written = co_await write_impatiently(client, text);
  const std::string came = co_await read_then_thank(server, written);
  EXPECT_TRUE(came == text.substr(0, written));
  co_return "written";
}

TEST_P(TlsStreams, a_reader_that_waits_already_sends_what_a_cancelled_write_left_behind) {
  in_place([]() -> Task<> {
    const std::string text = counted_text(600'000);
    Ends ends = co_await connect_pair(a_client(), a_server(), 4096);
    auto both = co_await timeout(
        10s, gather(ends.client.read(), write_impatiently_and_be_read(ends.client, ends.server, text)));
    EXPECT_EQ(std::get<0>(both).text(), "thanks");
  }());
}

TEST_P(TlsStreams, can_be_cancelled_in_their_handshake) {
  in_place([]() -> Task<> {
    auto [near, far] = socket_pair();
    auto late = co_await outcome(timeout(5ms, TlsStream::connect(a_client(), std::move(near), "localhost")));
    EXPECT_EQ(late.failure().error()->kind(), ErrorKind::timed_out);
    auto [left, right] = socket_pair();
    auto silent = co_await outcome(timeout(5ms, TlsStream::accept(a_server(), std::move(left))));
    EXPECT_EQ(silent.failure().error()->kind(), ErrorKind::timed_out);
  }());
}

TEST_P(TlsStreams, tell_what_is_not_tls_and_what_ends_early_contract_46) {
  in_place([]() -> Task<> {
    auto [near, far] = socket_pair();
    co_await far.write("HTTP/1.1 400 Bad Request\r\n\r\n");
    auto plain = co_await outcome(TlsStream::connect(a_client(), std::move(near), "localhost"));
    EXPECT_EQ(plain.failure().error()->kind(), ErrorKind::malformed);
    EXPECT_EQ(plain.failure().error()->operation(), "tls handshake");

    auto [left, right] = socket_pair();
    const std::string peer = left.peer_name();
    right.close();
    auto gone = co_await outcome(TlsStream::accept(a_server(), std::move(left)));
    EXPECT_EQ(gone.failure().error()->kind(), ErrorKind::end_of_stream);
    EXPECT_EQ(gone.failure().error()->peer(), peer);
  }());
}

TEST_P(TlsStreams, refuse_the_second_of_two_readers_and_of_two_writers) {
  using namespace testing_second;
  Ends ends = in_place(connect_pair(a_client(), a_server(), 16 * 1024));
  const std::string peer = ends.client.peer_name();
  const auto reads = in_place(read_twice(ends.client, ends.server));
  expect_one_refused(reads, "tls read " + peer + ": a read is under way already, by ", "read");
  const auto writes = in_place(write_twice(ends.client, ends.server, 2'000'000));
  expect_one_refused(writes, "tls write " + peer + ": a write is under way already, by ", "write");
  EXPECT_EQ(std::get<1>(in_place(gather(write_to_end(ends.client, "as before"), read_to_end(ends.server)))),
            "as before");
}

// A write of much has the direction between its parts too, and gives it back where it is cancelled there.
TEST_P(TlsStreams, a_write_that_was_cancelled_halfway_lets_the_next_one_write) {
  in_place([]() -> Task<> {
    const std::string much = counted_text(1'000'000);
    Ends ends = co_await connect_pair(a_client(), a_server(), 16 * 1024);
    const auto late = co_await outcome(timeout(5ms, ends.client.write(much)));
    EXPECT_FALSE(late.ok());
    auto both = co_await gather(write_to_end(ends.client, " and more"), read_to_end(ends.server));
    EXPECT_TRUE(std::get<1>(both).ends_with(" and more"));
  }());
}

}  // namespace
}  // namespace ringback

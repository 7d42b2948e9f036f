#include "ringback/net/tcp.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "ringback/async/gather.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/race.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "ringback/io/line_reader.h"
#include "ringback/io/places_test.h"
#include "ringback/io/second_test.h"

// UBSan opens a pipe to look at an object, and calls it invalid where it gets none.
#if defined(__has_feature)
#if __has_feature(undefined_behavior_sanitizer)
#define RINGBACK_CHECKER_NEEDS_DESCRIPTORS 1
#endif
#endif

namespace ringback {
namespace {

#if defined(RINGBACK_CHECKER_NEEDS_DESCRIPTORS)
constexpr bool kMayTakeEveryDescriptor = false;  // tests/faults/kernel_test.cpp has the same with injected errors
#else
constexpr bool kMayTakeEveryDescriptor = true;
#endif

using namespace std::chrono_literals;
using namespace testing_places;

class Tcp : public PlaceTest {};

struct Ends {
  TcpStream near;
  TcpStream far;
};

Task<Ends> connect_both(TcpListener& listener) {
  auto both = co_await gather(TcpStream::connect(listener.local()), listener.accept());
  co_return Ends{std::get<0>(std::move(both)), std::get<1>(std::move(both))};
}

Task<> echo_to_the_end(TcpStream stream) {
  for (;;) {
    const Chunk chunk = co_await stream.read();
    if (chunk.empty()) break;
    co_await stream.write(chunk.bytes());
  }
  co_await stream.shutdown_write();
}

Task<> say(TcpStream& stream, std::string text) {
  co_await stream.write(text);
  co_await stream.shutdown_write();
}

Task<std::string> say_and_listen(TcpStream stream, std::string text) {
  auto both = co_await gather(say(stream, std::move(text)), read_all(stream));
  co_return std::get<1>(std::move(both));
}

Task<std::string> echo_once(std::string text) {
  TcpListener listener(Address::loopback(0));
  Ends ends = co_await connect_both(listener);
  auto both = co_await gather(echo_to_the_end(std::move(ends.far)), say_and_listen(std::move(ends.near), text));
  co_return std::get<1>(std::move(both));
}

TEST_P(Tcp, what_is_written_comes_back_from_an_echo) { EXPECT_EQ(in_place(echo_once("hello")), "hello"); }

TEST_P(Tcp, several_megabytes_go_through_with_partial_writes) {
  std::string text(6'000'000, 'x');
  for (std::size_t i = 0; i < text.size(); i += 997) text[i] = static_cast<char>('a' + i % 26);
  EXPECT_EQ(in_place(echo_once(text)), text);
}

Task<> send_and_close(TcpStream stream, std::string text) {
  co_await stream.write(text);
  stream.close();
}

Task<std::string> receive_prefix(std::string text) {
  TcpListener listener(Address::loopback(0));
  Ends ends = co_await connect_both(listener);
  TcpStream far = std::move(ends.far);
  auto both = co_await gather(send_and_close(std::move(ends.near), text), read_all(far));
  co_return std::get<1>(std::move(both));
}

TEST_P(Tcp, the_end_comes_after_every_possible_byte) {
  const std::string text = "0123456789abcdef";
  for (std::size_t i = 0; i <= text.size(); ++i)
    EXPECT_EQ(in_place(receive_prefix(text.substr(0, i))), text.substr(0, i));
}

Task<> read_five(TcpListener& listener, std::string sent, Progress& progress) {
  std::byte five[5];
  Ends ends = co_await connect_both(listener);
  co_await ends.near.write(sent);
  ends.near.close();
  co_await read_exactly(ends.far, five, &progress);
}

TEST_P(Tcp, contract_46_a_stream_that_ends_early_is_told_apart_and_says_how_far_it_came) {
  for (const std::string sent : {"", "a", "abcd"}) {
    TcpListener listener(Address::loopback(0));
    Progress progress;
    const auto kind = kind_thrown_by([&] { return in_place(outcome(read_five(listener, sent, progress))).value(), 0; });
    EXPECT_EQ(kind, ErrorKind::end_of_stream);
    EXPECT_EQ(progress.bytes, sent.size());
  }
}

TEST_P(Tcp, contract_46_nobody_listening_is_refused_with_the_peer_and_the_systems_code) {
  Address nobody;
  {
    TcpListener listener(Address::loopback(0));
    nobody = listener.local();
  }
  try {
    in_place(TcpStream::connect(nobody));
    FAIL() << "connected to nobody";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::refused);
    EXPECT_EQ(error.os_code(), ECONNREFUSED);
    EXPECT_EQ(error.operation(), "connect");
    EXPECT_EQ(error.peer(), nobody.to_string());
  }
}

// Over io_uring the kernel once waited inside the send of such a write, where nothing reached it.
Task<Outcome<void>> write_to_one_that_only_listens(TcpListener& listener) {
  const std::string much(50'000'000, 'x');
  Ends ends = co_await connect_both(listener);
  co_await ends.near.shutdown_write();
  const Chunk end = co_await ends.far.read();
  co_return co_await outcome(timeout(20ms, ends.far.write(much)));
}

TEST_P(Tcp, a_write_to_a_peer_that_says_no_more_and_does_not_read_is_stopped_in_time) {
  TcpListener listener(Address::loopback(0));
  const Outcome<void> ended = in_place(write_to_one_that_only_listens(listener));
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.failure().error()->kind(), ErrorKind::timed_out);
}

Task<> read_from_a_peer_that_resets(TcpListener& listener, bool by_chunk) {
  std::byte byte;
  Ends ends = co_await connect_both(listener);
  ends.near.set_reset_on_close(true);
  ends.near.close();
  if (by_chunk) {
    co_await ends.far.read();
  } else {
    co_await ends.far.read(std::span(&byte, 1));
  }
}

TEST_P(Tcp, contract_46_a_reset_is_told_apart_from_the_end) {
  TcpListener listener(Address::loopback(0));
  for (const bool by_chunk : {false, true}) {
    EXPECT_EQ(kind_thrown_by([&] { return in_place(read_from_a_peer_that_resets(listener, by_chunk)), 0; }),
              ErrorKind::reset);
  }
}

Task<> write_until_it_fails(TcpListener& listener) {
  const std::string block(65536, 'x');
  Ends ends = co_await connect_both(listener);
  ends.far.set_reset_on_close(true);
  ends.far.close();
  for (;;) co_await ends.near.write(block);
}

TEST_P(Tcp, writing_to_a_peer_that_has_gone_is_an_error_and_no_signal) {
  TcpListener listener(Address::loopback(0));
  EXPECT_EQ(kind_thrown_by([&] { return in_place(write_until_it_fails(listener)), 0; }), ErrorKind::reset);
}

Task<std::string> half_close(TcpListener& listener) {
  std::string heard;
  Ends ends = co_await connect_both(listener);
  co_await ends.near.write("question");
  co_await ends.near.shutdown_write();
  heard = co_await read_all(ends.far);
  co_await ends.far.write(" and answer");
  ends.far.close();
  const std::string answer = co_await read_all(ends.near);
  co_return heard + answer;
}

TEST_P(Tcp, a_half_closed_stream_still_receives) {
  TcpListener listener(Address::loopback(0));
  EXPECT_EQ(in_place(half_close(listener)), "question and answer");
}

Task<std::string> read_after_timeout(TcpListener& listener, Duration limit, bool by_chunk) {
  std::byte bytes[16];
  std::string heard;
  Ends ends = co_await connect_both(listener);
  if (by_chunk) {
    auto late = co_await outcome(timeout(limit, ends.far.read()));
    heard = late.ok() ? "value " : "timeout ";
  } else {
    auto late = co_await outcome(timeout(limit, ends.far.read(bytes)));
    heard = late.ok() ? "value " : "timeout ";
  }
  co_await ends.near.write("all");
  ends.near.close();
  const std::string rest = co_await read_all(ends.far);
  co_return heard + rest;
}

TEST_P(Tcp, contract_06_a_timeout_really_stops_a_read_and_loses_no_byte) {
  TcpListener listener(Address::loopback(0));
  for (const Duration limit : {Duration(1ms), Duration(0), Duration(-1s)}) {
    for (const bool by_chunk : {false, true}) {
      EXPECT_EQ(in_place(read_after_timeout(listener, limit, by_chunk)), "timeout all");
    }
  }
}

Task<std::string> read_what_is_there(TcpListener& listener, bool by_chunk) {
  std::byte bytes[16];
  Ends ends = co_await connect_both(listener);
  co_await ends.near.write("here");
  ends.near.close();
  // Wait until it is there, without taking it.
  co_await timeout(10s, ends.far.read(std::span<std::byte>()));
  for (;;) {
    if (by_chunk) {
      auto chunk = co_await outcome(timeout(0s, ends.far.read()));
      if (chunk.ok()) co_return std::string(chunk->text());
    } else {
      auto got = co_await outcome(timeout(0s, ends.far.read(bytes)));
      if (got.ok()) co_return std::string(text_of(std::span(bytes).first(*got)));
    }
  }
}

TEST_P(Tcp, contract_10_a_non_positive_timeout_reads_what_is_there) {
  TcpListener listener(Address::loopback(0));
  EXPECT_EQ(in_place(read_what_is_there(listener, false)), "here");
  EXPECT_EQ(in_place(read_what_is_there(listener, true)), "here");
}

Task<std::string> accept_late(TcpListener& listener) {
  auto nobody = co_await outcome(timeout(1ms, listener.accept()));
  Ends ends = co_await connect_both(listener);
  co_await ends.near.write("x");
  ends.near.close();
  const std::string heard = co_await read_all(ends.far);
  co_return (nobody.ok() ? "?" : "nobody, then ") + heard;
}

TEST_P(Tcp, an_accept_that_timed_out_loses_no_connection) {
  TcpListener listener(Address::loopback(0));
  EXPECT_EQ(in_place(accept_late(listener)), "nobody, then x");
}

Task<> close_it(TcpStream& stream) {
  co_await yield();
  stream.close();
}
Task<> close_it(TcpListener& listener) {
  co_await yield();
  listener.close();
}

template <typename T>
std::string kind_of(const Outcome<T>& outcome) {
  if (outcome.ok()) return "a value";
  const Error* error = outcome.failure().error();
  return error == nullptr ? outcome.failure().describe() : std::string(to_string(error->kind()));
}

Task<std::string> close_under_a_read(TcpListener& listener, bool by_chunk) {
  std::byte byte;
  std::string said;
  Ends ends = co_await connect_both(listener);
  if (by_chunk) {
    auto both = co_await gather_outcomes(ends.near.read(), close_it(ends.near));
    said = kind_of(std::get<0>(both));
  } else {
    auto both = co_await gather_outcomes(ends.near.read(std::span(&byte, 1)), close_it(ends.near));
    said = kind_of(std::get<0>(both));
  }
  auto later = co_await outcome(ends.near.read(std::span(&byte, 1)));
  co_return said + ", " + kind_of(later);
}

TEST_P(Tcp, closing_a_stream_ends_the_read_in_flight_with_closed) {
  TcpListener listener(Address::loopback(0));
  EXPECT_EQ(in_place(close_under_a_read(listener, false)), "closed, closed");
  EXPECT_EQ(in_place(close_under_a_read(listener, true)), "closed, closed");
}

Task<std::string> close_under_an_accept() {
  TcpListener listener(Address::loopback(0));
  auto both = co_await gather_outcomes(listener.accept(), close_it(listener));
  auto later = co_await outcome(listener.accept());
  co_return kind_of(std::get<0>(both)) + ", " + kind_of(later);
}

TEST_P(Tcp, closing_a_listener_ends_the_accept_in_flight_with_closed) {
  EXPECT_EQ(in_place(close_under_an_accept()), "closed, closed");
}

Task<std::size_t> many_in_a_row(TcpListener& listener, int count) {
  std::size_t bytes = 0;
  for (int i = 0; i < count; ++i) {
    Ends ends = co_await connect_both(listener);
    auto both = co_await gather(echo_to_the_end(std::move(ends.far)), say_and_listen(std::move(ends.near), "abc"));
    bytes += std::get<1>(both).size();
  }
  co_return bytes;
}

TEST_P(Tcp, no_descriptor_is_left_behind) {
  in_place(echo_once("warm"));
  wait(yield());  // So that this thread has its driver.
  const std::size_t before = open_descriptor_count();
  {
    TcpListener listener(Address::loopback(0));
    EXPECT_EQ(in_place(many_in_a_row(listener, 50)), 150u);
  }
  // A request for many ends in a later look of its Loop.
  for (int looks = 0; looks < 1000 && open_descriptor_count() > before; ++looks) in_place(sleep(1ms));
  EXPECT_LE(open_descriptor_count(), before);
}

Task<std::string> accept_without_descriptors(TcpListener& listener, int client) {
  std::string said;
  {
    const DescriptorHoard all;
    ::connect(client, listener.local().raw(), listener.local().raw_bytes());
    auto refused = co_await outcome(timeout(30ms, listener.accept()));
    said = kind_of(refused);
  }
  co_await timeout(10s, listener.accept());
  co_return said + ", then accepted";
}

TEST_P(Tcp, an_accept_without_descriptors_waits_and_recovers) {
  if (!kMayTakeEveryDescriptor) return;
  const DescriptorLimit limit(200);
  TcpListener listener(Address::loopback(0));
  // Whatever the place needs descriptors for is made before.
  TcpStream first = in_place(TcpStream::connect(listener.local()));
  TcpStream accepted = in_place(listener.accept());
  const Descriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  EXPECT_EQ(in_place(accept_without_descriptors(listener, client.fd())), "timed_out, then accepted");
}

TEST_P(Tcp, listening_twice_at_one_port_is_refused_with_the_address) {
  TcpListener listener(Address::loopback(0));
  EXPECT_EQ(kind_thrown_by([&] { return TcpListener(listener.local()).port(); }), ErrorKind::exists);
  TcpListener one(Address::loopback(0), {.reuse_port = true});
  EXPECT_EQ(TcpListener(one.local(), {.reuse_port = true}).port(), one.port());
}

Task<std::string> say_and_listen_to(Ends ends) {
  co_await ends.near.write("as before");
  ends.near.close();
  co_return co_await read_all(ends.far);
}

// So that little lies between the two ends.
void make_narrow(int fd) {
  const int bytes = 16 * 1024;
  ASSERT_EQ(::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes), 0);
  ASSERT_EQ(::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes), 0);
}

TEST_P(Tcp, streams_refuse_the_second_of_two_readers_and_of_two_writers) {
  using namespace testing_second;
  TcpListener listener(Address::loopback(0));
  Ends ends = in_place(connect_both(listener));
  make_narrow(ends.near.fd());
  make_narrow(ends.far.fd());
  const std::string peer = listener.local().to_string();
  const auto reads = in_place(read_twice(ends.near, ends.far));
  expect_one_refused(reads, "read " + peer + ": a read is under way already on descriptor", "read");
  const auto writes = in_place(write_twice(ends.near, ends.far, 4'000'000));
  expect_one_refused(writes, "write " + peer + ": a write is under way", "write");
  EXPECT_EQ(in_place(say_and_listen_to(std::move(ends))), "as before");
}

Task<std::string> told_of_accept(Outcome<TcpStream> accepted, Address at) {
  if (accepted.ok()) co_return testing_second::kWent;
  const TcpStream stream = co_await TcpStream::connect(at);
  co_return testing_second::refusal(accepted.failure());
}
Task<std::string> accepts_here(TcpListener& listener) {
  auto accepted = co_await outcome(listener.accept());
  co_return co_await told_of_accept(std::move(accepted), listener.local());
}
Task<std::string> accepts_there(TcpListener& listener) {
  auto accepted = co_await outcome(listener.accept());
  co_return co_await told_of_accept(std::move(accepted), listener.local());
}
Task<std::pair<std::string, std::string>> accept_twice(TcpListener& listener) {
  auto both = co_await gather(accepts_here(listener), accepts_there(listener));
  co_return std::pair(std::get<0>(std::move(both)), std::get<1>(std::move(both)));
}

TEST_P(Tcp, listeners_refuse_the_second_of_two_accepts) {
  TcpListener listener(Address::loopback(0));
  testing_second::expect_one_refused(in_place(accept_twice(listener)),
                                     "accept " + listener.local().to_string() + ": an accept is under way already on",
                                     "accept");
}

RINGBACK_EVERY_PLACE(Tcp);

}  // namespace
}  // namespace ringback

#include <poll.h>

#include <array>
#include <cerrno>
#include <deque>

#include "ringback/driver/driver_test.h"

namespace ringback {

using namespace runtime;

namespace {

using Code = RequestWords::Code;

// Giving requests up, at every moment of their lives.
class DriverCancelTest : public DriverTest {};
INSTANTIATE_TEST_SUITE_P(Each, DriverCancelTest, kDrivers, driver_name);

TEST_P(DriverCancelTest, a_cancelled_receive_still_delivers_its_result_contract_11) {
  Pair pair = make_socket_pair();
  std::array<char, 8> into{};
  Recorded receive;
  receive_into(receive, pair.near.get(), into).submit_to(driver());
  look();
  driver().cancel(receive);
  EXPECT_FALSE(receive.ended()) << "never from inside cancel()";
  EXPECT_EQ(driver().in_flight(), 1U);
  finish(receive);
  EXPECT_EQ(receive.value(), -ECANCELED);
  EXPECT_EQ(receive.results.size(), 1U);
}

TEST_P(DriverCancelTest, a_request_is_cancelled_before_the_kernel_has_seen_it_contract_12) {
  Pair pair = make_socket_pair();
  std::array<char, 8> into{};
  Recorded receive;
  receive_into(receive, pair.near.get(), into).submit_to(driver());
  driver().cancel(receive);
  finish(receive);
  EXPECT_EQ(receive.value(), -ECANCELED);
}

TEST_P(DriverCancelTest, cancelling_twice_is_cancelling_once_contract_12) {
  Pair pair = make_socket_pair();
  std::array<char, 8> into{};
  Recorded receive;
  receive_into(receive, pair.near.get(), into).submit_to(driver());
  driver().cancel(receive);
  look();
  if (!receive.ended()) driver().cancel(receive);
  finish(receive);
  look();
  EXPECT_EQ(receive.results.size(), 1U);
}

TEST_P(DriverCancelTest, what_had_completed_before_the_cancel_keeps_its_bytes_contract_12) {
  Pair pair = make_socket_pair();
  std::array<char, 8> into{};
  Recorded receive;
  receive_into(receive, pair.near.get(), into).submit_to(driver());
  ASSERT_EQ(::send(pair.far.get(), "bytes", 5, 0), 5);
  driver().cancel(receive);
  finish(receive);
  // Either it came first, or the bytes are still in the socket: never are they lost.
  if (receive.value() == -ECANCELED) {
    EXPECT_EQ(carry_out(receive_into(receive, pair.near.get(), into)), 5);
  }
  EXPECT_EQ(std::string_view(into.data(), 5), "bytes");
}

TEST_P(DriverCancelTest, the_same_object_is_used_again_at_once_and_is_not_cancelled_with_its_past_contract_12) {
  Pair pair = make_socket_pair();
  std::array<char, 8> into{};
  Recorded receive;
  for (int i = 0; i < 50; ++i) {
    receive_into(receive, pair.near.get(), into).submit_to(driver());
    look();
    ASSERT_EQ(::send(pair.far.get(), "x", 1, 0), 1);
    driver().cancel(receive);
    finish(receive);
    const bool was_cancelled = receive.value() == -ECANCELED;
    receive.results.clear();
    receive_into(receive, pair.near.get(), into).submit_to(driver());
    if (!was_cancelled) {
      look();
      EXPECT_FALSE(receive.ended()) << "a new request met an old cancellation";
      ASSERT_EQ(::send(pair.far.get(), "y", 1, 0), 1);
    }
    finish(receive);
    EXPECT_EQ(receive.value(), 1);
    receive.results.clear();
  }
}

TEST_P(DriverCancelTest, one_result_cancels_the_next_request_of_the_same_batch_contract_12) {
  Pair first = make_socket_pair();
  Pair second = make_socket_pair();
  std::array<char, 8> into{};
  Recorded one;
  Recorded other;
  receive_into(one, first.near.get(), into).submit_to(driver());
  receive_into(other, second.near.get(), into).submit_to(driver());
  const auto cancel_the_other = [&](Recorded& that) {
    if (!that.ended()) driver().cancel(that);
  };
  one.then = [&] { cancel_the_other(other); };
  other.then = [&] { cancel_the_other(one); };
  ASSERT_EQ(::send(first.far.get(), "x", 1, 0), 1);
  ASSERT_EQ(::send(second.far.get(), "x", 1, 0), 1);
  finish(one);
  finish(other);
  EXPECT_EQ(one.results.size(), 1U);
  EXPECT_EQ(other.results.size(), 1U);
  EXPECT_EQ(std::max(one.value(), other.value()), 1);
}

TEST_P(DriverCancelTest, accept_poll_and_pipes_are_cancelled_contract_11) {
  Listener listener = make_listener();
  Pair pipe = kernel_pipe();
  Pair pair = make_socket_pair();
  std::array<char, 8> into{};
  std::deque<Recorded> requests;
  requests.emplace_back(Code::accept, listener.socket.get());
  requests.emplace_back(Code::poll, pair.near.get()).words.flags = POLLIN;
  read_into(requests.emplace_back(), pipe.near.get(), into);
  for (Recorded& request : requests) {
    request.submit_to(driver());
    look();
    EXPECT_FALSE(request.ended());
    driver().cancel(request);
    finish(request);
    EXPECT_EQ(request.value(), -ECANCELED) << static_cast<int>(request.words.code);
  }
}

TEST_P(DriverCancelTest, one_side_of_a_socket_is_cancelled_and_the_other_goes_on) {
  Pair pair = make_socket_pair();
  std::array<char, 8> into{};
  Recorded receive;
  receive_into(receive, pair.near.get(), into).submit_to(driver());
  const std::string block(1 << 20, 'x');
  Recorded send;
  do {
    send_from(send, pair.near.get(), block).submit_to(driver());
    look();
  } while (send.ended());
  driver().cancel(send);
  finish(send);
  EXPECT_EQ(send.value(), -ECANCELED);
  ASSERT_EQ(::send(pair.far.get(), "x", 1, 0), 1);
  finish(receive);
  EXPECT_EQ(receive.value(), 1);
}

TEST_P(DriverCancelTest, a_file_request_ends_once_cancelled_or_not) {
  Descriptor file = make_file(std::string(1 << 20, 'x'));
  std::vector<std::string> into(20, std::string(1 << 20, '\0'));  // Each its own: they may run at once.
  std::deque<Recorded> reads(20);
  for (std::size_t i = 0; i < 20; ++i) read_into(reads[i], file.get(), into[i], 0).submit_to(driver());
  std::deque<Recorded> syncs;
  for (int i = 0; i < 20; ++i) syncs.emplace_back(Code::sync, file.get()).submit_to(driver());
  for (Recorded& sync : syncs) {
    if (!sync.ended()) driver().cancel(sync);
  }
  for (Recorded& read : reads) {
    if (!read.ended()) driver().cancel(read);
  }
  for (auto* requests : {&reads, &syncs}) {
    for (Recorded& request : *requests) {
      finish(request);
      EXPECT_EQ(request.results.size(), 1U);
      EXPECT_TRUE(request.value() >= 0 || request.value() == -ECANCELED) << request.value();
    }
  }
}

TEST_P(DriverCancelTest, hundreds_are_cancelled_at_once_contract_11) {
  std::vector<Pair> pairs;
  std::deque<Recorded> receives(300);
  std::array<char, 8> into{};
  for (Recorded& receive : receives) {
    pairs.push_back(make_socket_pair());
    receive_into(receive, pairs.back().near.get(), into).submit_to(driver());
  }
  look();
  for (Recorded& receive : receives) driver().cancel(receive);
  for (Recorded& receive : receives) {
    finish(receive);
    EXPECT_EQ(receive.value(), -ECANCELED);
  }
}

TEST_P(DriverCancelTest, a_descriptor_is_closed_and_its_number_used_again_after_a_cancel) {
  Pair old = make_socket_pair();
  std::array<char, 8> into{};
  Recorded receive;
  receive_into(receive, old.near.get(), into).submit_to(driver());
  look();
  driver().cancel(receive);
  finish(receive);
  const int number = old.near.get();
  old.near.close();  // behind the driver's back
  Pair fresh = make_socket_pair();
  ASSERT_EQ(fresh.near.get(), number);
  receive_into(receive, number, into).submit_to(driver());
  look();
  EXPECT_FALSE(receive.ended());
  ASSERT_EQ(::send(fresh.far.get(), "new", 3, 0), 3);
  finish(receive);
  EXPECT_EQ(receive.value(), 3);
}

}  // namespace
}  // namespace ringback

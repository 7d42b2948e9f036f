#include <poll.h>
#include <sys/epoll.h>
#include <sys/time.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <deque>
#include <thread>

#include "ringback/driver/driver_test.h"
#include "ringback/driver/virtual_driver.h"

namespace ringback {

using namespace runtime;

namespace {

using namespace std::chrono_literals;
using Code = RequestWords::Code;

bool is_readable(int fd, int milliseconds = 0) {
  pollfd entry{fd, POLLIN, 0};
  return ::poll(&entry, 1, milliseconds) == 1;
}

// Waiting, and what ends it.
class DriverWaitTest : public DriverTest {};
INSTANTIATE_TEST_SUITE_P(Each, DriverWaitTest, kDrivers, driver_name);

TEST_P(DriverWaitTest, a_deadline_ends_the_wait_and_never_early) {
  for (const Duration length : {Duration(1us), Duration(300us), Duration(2ms)}) {
    const TimePoint until = driver().now() + length;
    EXPECT_EQ(driver().poll(Deadline::at(until)), 0U);
    EXPECT_GE(driver().now(), until);
  }
}

TEST_P(DriverWaitTest, a_deadline_that_has_passed_is_one_look) {
  EXPECT_EQ(driver().poll(Deadline::at(driver().now())), 0U);
  EXPECT_EQ(driver().poll(kPast), 0U);
  Recorded nop(Code::nop);
  nop.submit_to(driver());
  EXPECT_EQ(driver().poll(kPast), 1U);
}

TEST_P(DriverWaitTest, a_deadline_passes_while_a_request_waits) {
  Pair pair = make_socket_pair();
  std::array<char, 8> into{};
  Recorded receive;
  receive_into(receive, pair.near.get(), into).submit_to(driver());
  const TimePoint until = driver().now() + 1ms;
  EXPECT_EQ(driver().poll(Deadline::at(until)), 0U);
  EXPECT_GE(driver().now(), until);
  driver().cancel(receive);
  finish(receive);
}

TEST_P(DriverWaitTest, a_wake_before_the_wait_ends_it) {
  driver().wake();
  EXPECT_EQ(driver().poll(Deadline::never()), 0U);
}

TEST_P(DriverWaitTest, several_wakes_before_one_wait_count_as_one) {
  look();
  const TimePoint start = driver().now();
  for (int i = 0; i < 10; ++i) driver().wake();
  driver().poll(Deadline::never());
  driver().poll(Deadline::at(start + 1ms));
  EXPECT_GE(driver().now(), start + 1ms) << "a second wait was ended by an old wake";
}

TEST_P(DriverWaitTest, a_wake_from_a_result_ends_the_next_wait) {
  Recorded nop(Code::nop);
  nop.then = [&] { driver().wake(); };
  nop.submit_to(driver());
  finish(nop);
  EXPECT_EQ(driver().poll(Deadline::never()), 0U);
}

TEST_P(DriverWaitTest, another_thread_ends_the_wait) {
  std::atomic<int> told{0};
  driver();
  std::thread other([&] {
    for (int i = 1; i <= 1000; ++i) {
      told.store(i);
      driver().wake();
    }
  });
  // Each wait ends, whether the wake came before or in it; the last one is not lost.
  while (told.load() < 1000) driver().poll(Deadline::never());
  other.join();
}

TEST_P(DriverWaitTest, two_threads_answer_each_other) {
  const auto other_driver = make();
  other_driver->poll(kPast);  // here first, and then on the other thread
  std::atomic<int> turn{0};
  driver();
  constexpr int kRounds = 500;
  std::thread other([&] {
    for (int i = 0; i < kRounds; ++i) {
      while (turn.load() != 2 * i + 1) other_driver->poll(Deadline::never());
      turn.store(2 * i + 2);
      driver().wake();
    }
  });
  for (int i = 0; i < kRounds; ++i) {
    turn.store(2 * i + 1);
    other_driver->wake();
    while (turn.load() != 2 * i + 2) driver().poll(Deadline::never());
  }
  other.join();
}

// ThreadSanitizer sees a race here where a driver does not tell it of the kernel's order.
TEST_P(DriverWaitTest, what_was_written_before_a_send_is_seen_after_the_receive) {
  Pair pair = make_socket_pair();
  int plain = 0;
  std::thread other([&] {
    const auto sender = make();
    plain = 42;
    Recorded send;
    send_from(send, pair.far.get(), "x").submit_to(*sender);
    while (!send.ended()) sender->poll(Deadline::never());
  });
  std::array<char, 8> into{};
  Recorded receive;
  EXPECT_EQ(carry_out(receive_into(receive, pair.near.get(), into)), 1);
  EXPECT_EQ(plain, 42);
  other.join();
}

TEST_P(DriverWaitTest, a_foreign_loop_waits_on_its_descriptor) {
  const int fd = driver().wake_fd();
  ASSERT_GE(fd, 0);
  look();
  EXPECT_FALSE(is_readable(fd));

  driver().wake();
  EXPECT_TRUE(is_readable(fd));
  look();
  EXPECT_FALSE(is_readable(fd));
  std::thread([&] { driver().wake(); }).join();
  EXPECT_TRUE(is_readable(fd));
  look();
  EXPECT_FALSE(is_readable(fd));

  Pair pair = make_socket_pair();
  std::array<char, 8> into{};
  Recorded receive;
  receive_into(receive, pair.near.get(), into).submit_to(driver());
  look();
  look();
  EXPECT_FALSE(is_readable(fd));
  ASSERT_EQ(::send(pair.far.get(), "x", 1, 0), 1);
  EXPECT_TRUE(is_readable(fd));
  EXPECT_EQ(look(), 1U);
  EXPECT_EQ(receive.value(), 1);
  look();
  EXPECT_FALSE(is_readable(fd));
}

// Readable is not enough: whoever sleeps already must be woken. An epoll is told by that alone; poll()
// would look once more when its time is up.
TEST_P(DriverWaitTest, a_foreign_loop_that_sleeps_on_its_descriptor_is_woken) {
  const Descriptor sleeper(::epoll_create1(EPOLL_CLOEXEC));
  epoll_event event{EPOLLIN, {}};
  ASSERT_EQ(::epoll_ctl(sleeper.get(), EPOLL_CTL_ADD, driver().wake_fd(), &event), 0);
  const auto sleep_until_woken = [&] {
    constexpr int kLimitMs = 20'000;
    int woken = -1;
    while (woken < 0) woken = ::epoll_wait(sleeper.get(), &event, 1, kLimitMs);
    return woken;
  };
  Pair pair = make_socket_pair();
  for (int round = 0; round < 10; ++round) {
    look();
    std::jthread waker([&] { driver().wake(); });
    EXPECT_EQ(sleep_until_woken(), 1) << "a wake of another thread, round " << round;
    waker.join();
    look();
    std::array<char, 8> into{};
    Recorded receive;
    receive_into(receive, pair.near.get(), into).submit_to(driver());
    look();
    look();
    const std::jthread sender([&] { EXPECT_EQ(::send(pair.far.get(), "x", 1, 0), 1); });
    while (!receive.ended()) {
      ASSERT_EQ(sleep_until_woken(), 1) << "a result of the kernel, round " << round;
      look();
    }
    EXPECT_EQ(receive.value(), 1);
  }
}

TEST_P(DriverWaitTest, its_descriptor_tells_of_requests_that_were_submitted_between_two_polls) {
  const int fd = driver().wake_fd();
  look();
  Recorded nop(Code::nop);
  nop.submit_to(driver());
  EXPECT_TRUE(is_readable(fd));
  while (!nop.ended()) {
    ASSERT_TRUE(is_readable(fd, 10'000));
    look();
  }
  // And from inside a result.
  Recorded first(Code::nop);
  Recorded second(Code::nop);
  first.then = [&] { second.submit_to(driver()); };
  first.submit_to(driver());
  while (!second.ended() || second.results.empty()) {
    ASSERT_TRUE(is_readable(fd, 10'000));
    look();
  }
}

TEST_P(DriverWaitTest, another_thread_goes_on_when_nothing_is_in_flight) {
  Pair pair = make_socket_pair();
  Recorded many(Code::receive_many, pair.near.get());
  Chunk kept;
  for (int i = 0; i < 3; ++i) {
    std::thread([&] {
      many.results.clear();
      many.submit_to(driver());
      EXPECT_EQ(::send(pair.far.get(), "x", 1, 0), 1);
      poll_until([&] { return !many.results.empty(); });
      kept = std::move(many.results.front().chunk);  // over the move to the next thread
      driver().cancel(many);
      finish(many);
      driver().wake();
      driver().poll(Deadline::never());
    }).join();
  }
  EXPECT_EQ(kept.text(), "x");
  Recorded nop(Code::nop);
  EXPECT_EQ(carry_out(nop), 0);
}

TEST_P(DriverWaitTest, a_chunk_that_is_out_is_not_received_into_after_the_driver_has_moved_contract_11) {
  DriverOptions options;
  options.chunk_count = 2;
  use(make(options));
  Pair pair = make_socket_pair();
  Recorded many(Code::receive_many, pair.near.get());
  Chunk kept;
  const auto receive = [&](std::string_view text) {
    many.results.clear();
    many.submit_to(driver());
    for (std::size_t i = 1; i <= 4; ++i) {  // into every buffer that there is
      EXPECT_EQ(::send(pair.far.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
      poll_until([&] { return many.results.size() == i; });
    }
    EXPECT_TRUE(kept.empty() || kept.text() == "old");
    kept = std::move(many.results.front().chunk);
    EXPECT_EQ(kept.text(), text);
    driver().cancel(many);
    finish(many);
  };
  receive("old");
  std::thread([&] { receive("new"); }).join();
}

TEST_P(DriverWaitTest, a_second_thread_with_requests_in_flight_aborts) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(
      {
        Recorded nop(Code::nop);
        nop.submit_to(driver());
        std::thread([&] { look(); }).join();
      },
      "second thread");
}

TEST_P(DriverWaitTest, poll_inside_a_result_aborts) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(
      {
        Recorded nop(Code::nop);
        nop.then = [&] { look(); };
        carry_out(nop);
      },
      "from on_result");
}

std::atomic<int> signals_seen{0};

TEST_P(DriverWaitTest, signals_do_not_end_a_wait) {
  struct sigaction count{};
  struct sigaction before{};
  count.sa_handler = [](int) { signals_seen.fetch_add(1); };  // without SA_RESTART
  ::sigaction(SIGALRM, &count, &before);
  signals_seen = 0;
  const itimerval every{{0, 500}, {0, 500}};
  const itimerval off{};
  ::setitimer(ITIMER_REAL, &every, nullptr);

  Pair pair = make_socket_pair();
  std::array<char, 8> into{};
  Recorded receive;
  receive_into(receive, pair.near.get(), into).submit_to(driver());
  std::thread sender([&] {
    while (signals_seen.load() < 5) std::this_thread::yield();
    EXPECT_EQ(::send(pair.far.get(), "x", 1, 0), 1);
  });
  EXPECT_EQ(driver().poll(Deadline::never()), 1U) << "the wait gave nothing";
  EXPECT_EQ(receive.value(), 1);
  sender.join();
  const TimePoint until = driver().now() + 5ms;
  EXPECT_EQ(driver().poll(Deadline::at(until)), 0U);
  EXPECT_GE(driver().now(), until);

  ::setitimer(ITIMER_REAL, &off, nullptr);
  ::sigaction(SIGALRM, &before, nullptr);
}

// Small queues.
class DriverLimitTest : public DriverTest {};
INSTANTIATE_TEST_SUITE_P(Each, DriverLimitTest, kDrivers, driver_name);

TEST_P(DriverLimitTest, a_tiny_ring_serves_hundreds_of_requests) {
  DriverOptions options;
  options.queue_entries = 2;
  use(make(options));
  std::deque<Recorded> nops;
  for (int i = 0; i < 500; ++i) nops.emplace_back(Code::nop).submit_to(driver());
  EXPECT_EQ(driver().in_flight(), 500U);
  for (Recorded& nop : nops) finish(nop);
}

TEST_P(DriverLimitTest, completions_that_overflow_their_ring_are_not_lost) {
  DriverOptions options;
  options.queue_entries = 2;  // eight completions
  use(make(options));
  std::vector<Pair> pairs;
  std::deque<Recorded> polls;
  for (int i = 0; i < 200; ++i) {
    pairs.push_back(make_socket_pair());
    Recorded& request = polls.emplace_back(Code::poll, pairs.back().near.get());
    request.words.flags = POLLIN;
    request.submit_to(driver());
  }
  look();
  for (Pair& pair : pairs) ASSERT_EQ(::send(pair.far.get(), "x", 1, 0), 1);
  EXPECT_EQ(driver().poll(Deadline::never()), 200U) << "one poll delivers all that is there";
  for (Recorded& request : polls) EXPECT_EQ(request.value(), POLLIN);
}

TEST_P(DriverLimitTest, streams_survive_an_overflow_of_completions) {
  DriverOptions options;
  options.queue_entries = 2;
  use(make(options));
  std::vector<Pair> pairs;
  std::deque<Recorded> streams;
  for (int i = 0; i < 50; ++i) {
    pairs.push_back(make_socket_pair());
    streams.emplace_back(Code::receive_many, pairs.back().near.get()).submit_to(driver());
  }
  look();
  for (int round = 1; round <= 5; ++round) {
    for (Pair& pair : pairs) ASSERT_EQ(::send(pair.far.get(), "x", 1, 0), 1);
    for (Recorded& stream : streams) {
      poll_until([&] { return stream.results.size() == static_cast<std::size_t>(round); });
    }
    driver().wake();  // must still be heard
    look();
  }
  for (Recorded& stream : streams) driver().cancel(stream);
  for (Recorded& stream : streams) finish(stream);
}

TEST_P(DriverLimitTest, streams_that_the_kernel_ended_for_want_of_room_are_cancelled_contract_12) {
  DriverOptions options;
  options.queue_entries = 2;
  use(make(options));
  std::vector<Pair> pairs;
  std::deque<Recorded> streams;
  for (int i = 0; i < 50; ++i) {
    pairs.push_back(make_socket_pair());
    streams.emplace_back(Code::receive_many, pairs.back().near.get()).submit_to(driver());
  }
  look();
  bool asked = false;
  const auto cancel_all = [&] {
    if (std::exchange(asked, true)) return;
    for (Recorded& stream : streams) driver().cancel(stream);
  };
  for (Recorded& stream : streams) stream.then = cancel_all;
  for (Pair& pair : pairs) ASSERT_EQ(::send(pair.far.get(), "x", 1, 0), 1);
  for (Recorded& stream : streams) {
    finish(stream);
    EXPECT_EQ(stream.value(), -ECANCELED);
  }
}

TEST_P(DriverLimitTest, cancels_more_than_the_queue_holds_contract_11) {
  DriverOptions options;
  options.queue_entries = 2;
  use(make(options));
  std::vector<Pair> pairs;
  std::deque<Recorded> receives(100);
  std::array<char, 8> into{};
  for (Recorded& receive : receives) {
    pairs.push_back(make_socket_pair());
    receive_into(receive, pairs.back().near.get(), into).submit_to(driver());
  }
  for (Recorded& receive : receives) driver().cancel(receive);
  for (Recorded& receive : receives) {
    finish(receive);
    EXPECT_EQ(receive.value(), -ECANCELED);
  }
}

// Time that is the program's own.
TEST(VirtualDriverTest, hours_pass_in_no_time) {
  VirtualDriver driver;
  const TimePoint start = driver.now();
  EXPECT_EQ(driver.poll(Deadline::at(start + 24h)), 0U);
  EXPECT_EQ(driver.now(), start + 24h) << "to the nanosecond";
  driver.advance(5ns);
  EXPECT_EQ(driver.now(), start + 24h + 5ns);
}

TEST(VirtualDriverTest, starts_late_enough_for_moments_in_the_past) { EXPECT_EQ(VirtualDriver().now(), TimePoint(1h)); }

TEST(VirtualDriverTest, does_not_jump_over_a_result_that_is_there) {
  VirtualDriver driver;
  const TimePoint start = driver.now();
  Recorded nop(Code::nop);
  nop.submit_to(driver);
  EXPECT_EQ(driver.poll(Deadline::at(start + 1h)), 1U);
  EXPECT_EQ(driver.now(), start);
}

TEST(VirtualDriverTest, does_not_jump_over_a_wake) {
  VirtualDriver driver;
  const TimePoint start = driver.now();
  driver.wake();
  driver.poll(Deadline::at(start + 1h));
  EXPECT_EQ(driver.now(), start);
}

TEST(VirtualDriverTest, never_goes_backwards) {
  VirtualDriver driver;
  const TimePoint start = driver.now();
  driver.poll(Deadline::at(start - 1h));
  EXPECT_EQ(driver.now(), start);
}

}  // namespace
}  // namespace ringback

#include "ringback/driver/internal/epoll_driver.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "ringback/driver/driver_test.h"

namespace ringback {
namespace {

using Code = RequestWords::Code;

// What only epoll can get wrong: registrations.
class EpollDriverTest : public DriverTest {};
INSTANTIATE_TEST_SUITE_P(Alone, EpollDriverTest, testing::Values("epoll"), driver_name);

TEST_P(EpollDriverTest, a_socket_is_used_on_two_drivers_in_turn) {
  const auto other = make();
  Pair pair = make_socket_pair();
  std::array<char, 8> into{};
  for (int i = 0; i < 10; ++i) {
    Driver& mine = i % 2 == 0 ? driver() : *other;
    Recorded receive;
    receive_into(receive, pair.near.get(), into).submit_to(mine);
    EXPECT_FALSE(receive.ended());
    ASSERT_EQ(::send(pair.far.get(), "x", 1, 0), 1);
    while (!receive.ended()) mine.poll(Deadline::never());
    EXPECT_EQ(receive.value(), 1);
  }
}

TEST_P(EpollDriverTest, a_number_that_was_closed_behind_its_back_is_armed_anew) {
  std::array<char, 8> into{};
  for (int i = 0; i < 5; ++i) {
    Pair pair = make_socket_pair();  // the same numbers each time
    Recorded receive;
    receive_into(receive, pair.near.get(), into).submit_to(driver());
    look();
    ASSERT_EQ(::send(pair.far.get(), "x", 1, 0), 1);
    finish(receive);
    EXPECT_EQ(receive.value(), 1);
  }
}

TEST_P(EpollDriverTest, a_duplicate_that_outlives_its_number_disturbs_nobody) {
  std::array<char, 8> into{};
  Pair old = make_socket_pair();
  Recorded receive;
  receive_into(receive, old.near.get(), into).submit_to(driver());
  look();
  driver().cancel(receive);
  finish(receive);
  Descriptor duplicate(::dup(old.near.get()));  // keeps the old registration alive
  const int number = old.near.get();
  old.near.close();
  Pair fresh = make_socket_pair();
  ASSERT_EQ(fresh.near.get(), number);
  receive_into(receive, number, into).submit_to(driver());
  ASSERT_EQ(::send(old.far.get(), "old", 3, 0), 3);
  look();
  EXPECT_FALSE(receive.ended());
  ASSERT_EQ(::send(fresh.far.get(), "fresh", 5, 0), 5);
  finish(receive);
  EXPECT_EQ(receive.value(), 5);
}

TEST_P(EpollDriverTest, a_file_request_that_has_not_begun_is_cancelled_at_once_contract_11) {
  const std::string path = testing::TempDir() + "epoll_driver_test_" + std::to_string(::getpid());
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  Recorded open(Code::open, AT_FDCWD);  // keeps the helper until somebody opens the other end
  open.words.path = path.c_str();
  open.words.flags = O_RDONLY;
  open.submit_to(driver());
  Descriptor file = make_file("");
  Recorded sync(Code::sync, file.get());
  sync.submit_to(driver());
  look();
  driver().cancel(sync);
  finish(sync);
  EXPECT_EQ(sync.value(), -ECANCELED);
  EXPECT_FALSE(open.ended());
  Descriptor writer(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  finish(open);
  EXPECT_GE(Descriptor(open.value()).get(), 0);
  ::unlink(path.c_str());
}

TEST_P(EpollDriverTest, two_readers_of_one_descriptor_abort) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  Pair pair = make_socket_pair();
  std::array<char, 8> into{};
  EXPECT_DEATH(
      {
        Recorded first;
        Recorded second;
        receive_into(first, pair.near.get(), into).submit_to(driver());
        receive_into(second, pair.near.get(), into).submit_to(driver());
      },
      "two readers at once");
}

TEST_P(EpollDriverTest, closing_under_a_waiting_request_aborts) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  Pair pair = make_socket_pair();
  std::array<char, 8> into{};
  EXPECT_DEATH(
      {
        Recorded receive;
        receive_into(receive, pair.near.get(), into).submit_to(driver());
        Recorded close(Code::close, pair.near.get());
        close.submit_to(driver());
      },
      "closed while a request waits");
}

}  // namespace
}  // namespace ringback

#include "ringback/driver/internal/epoll_driver.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "ringback/driver/driver_test.h"

namespace ringback {

using namespace runtime;

namespace {

using internal::FileThreads;

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

// Opens FIFOs for reading: each keeps a helper until somebody opens the other end.
class HeldHelpers {
 public:
  HeldHelpers(Driver& driver, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      paths_.push_back(testing::TempDir() + "epoll_driver_test_" + std::to_string(::getpid()) + "_" +
                       std::to_string(i));
      EXPECT_EQ(::mkfifo(paths_.back().c_str(), 0600), 0);
    }
    for (const std::string& path : paths_) {
      opens_.push_back(std::make_unique<Recorded>(Code::open, AT_FDCWD));
      opens_.back()->words.path = path.c_str();
      opens_.back()->words.flags = O_RDONLY;
      opens_.back()->submit_to(driver);
    }
  }
  ~HeldHelpers() {
    for (const std::string& path : paths_) ::unlink(path.c_str());
  }
  bool any_ended() const {
    return std::any_of(opens_.begin(), opens_.end(), [](const auto& open) { return open->ended(); });
  }
  // Lets them go; `finish` waits for one request.
  template <typename Finish>
  void let_go(Finish&& finish) {
    for (std::size_t i = 0; i < opens_.size(); ++i) {
      Descriptor writer(::open(paths_[i].c_str(), O_WRONLY | O_CLOEXEC));
      finish(*opens_[i]);
      EXPECT_GE(Descriptor(opens_[i]->value()).get(), 0);
    }
  }

 private:
  std::vector<std::string> paths_;
  std::vector<std::unique_ptr<Recorded>> opens_;
};

TEST_P(EpollDriverTest, a_file_request_that_has_not_begun_is_cancelled_at_once_contract_11) {
  HeldHelpers held(driver(), FileThreads::kMost);
  Descriptor file = make_file("");
  Recorded sync(Code::sync, file.get());
  sync.submit_to(driver());
  look();
  driver().cancel(sync);
  finish(sync);
  EXPECT_EQ(sync.value(), -ECANCELED);
  EXPECT_FALSE(held.any_ended());
  held.let_go([this](Recorded& open) { finish(open); });
}

TEST_P(EpollDriverTest, a_file_that_does_not_answer_holds_up_no_other) {
  HeldHelpers held(driver(), FileThreads::kMost - 1);
  Descriptor file = make_file("");
  for (int i = 0; i < 100; ++i) {
    Recorded sync(Code::sync, file.get());
    sync.submit_to(driver());
    finish(sync);
    EXPECT_EQ(sync.value(), 0);
  }
  EXPECT_FALSE(held.any_ended());
  held.let_go([this](Recorded& open) { finish(open); });
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

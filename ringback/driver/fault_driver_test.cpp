#include "ringback/driver/fault_driver.h"

#include <fcntl.h>

#include <array>
#include <cerrno>
#include <deque>

#include "ringback/driver/driver_test.h"

namespace ringback {

using namespace runtime;

namespace {

using Code = RequestWords::Code;

class FaultDriverTest : public DriverTest {
 protected:
  FaultDriver& faulty(Fault fault) {
    auto made = std::make_unique<FaultDriver>(make(), fault);
    FaultDriver& faulty = *made;
    use(std::move(made));
    return faulty;
  }
};
INSTANTIATE_TEST_SUITE_P(Each, FaultDriverTest, kDrivers, driver_name);

TEST_P(FaultDriverTest, the_kth_request_fails_and_no_other_for_every_k) {
  for (std::uint64_t k = 0; k <= 5; ++k) {
    for (const bool at_once : {false, true}) {
      FaultDriver& driver = faulty({.at = k, .error = EIO, .at_once = at_once});
      std::deque<Recorded> nops;
      for (int i = 0; i < 5; ++i) nops.emplace_back(Code::nop).submit_to(driver);
      for (std::size_t i = 0; i < nops.size(); ++i) {
        finish(nops[i]);
        EXPECT_EQ(nops[i].value(), i + 1 == k ? -EIO : 0);
        EXPECT_EQ(nops[i].results.size(), 1U);
      }
      EXPECT_EQ(driver.submitted(), 5U);
      EXPECT_EQ(driver.struck(), k == 0 ? 0U : 1U);
      EXPECT_EQ(driver.in_flight(), 0U);
    }
  }
}

TEST_P(FaultDriverTest, a_fault_comes_again_every_so_many_requests) {
  FaultDriver& driver = faulty({.at = 2, .every = 3, .error = ENOSPC});
  std::string failed;
  for (int i = 1; i <= 9; ++i) {
    Recorded nop(Code::nop);
    if (carry_out(nop) == -ENOSPC) failed += std::to_string(i);
  }
  EXPECT_EQ(failed, "258");
  EXPECT_EQ(driver.struck(), 3U);
}

TEST_P(FaultDriverTest, a_transfer_is_short_and_the_rest_is_still_there) {
  faulty({.at = 1, .bytes_max = 2});
  Pair pair = make_socket_pair();
  std::array<char, 8> into{};
  Recorded receive;
  receive_into(receive, pair.near.get(), into).submit_to(driver());
  ASSERT_EQ(::send(pair.far.get(), "hello", 5, 0), 5);
  finish(receive);
  EXPECT_EQ(receive.value(), 2);
  EXPECT_EQ(carry_out(receive_into(receive, pair.near.get(), into)), 3);
}

TEST_P(FaultDriverTest, a_request_that_is_to_fail_or_to_be_short_is_cancelled_contract_12) {
  Pair pair = make_socket_pair();
  std::array<char, 8> into{};
  for (const int error : {0, EIO}) {
    faulty({.at = 1, .error = error});
    Recorded receive;
    receive_into(receive, pair.near.get(), into).submit_to(driver());
    EXPECT_EQ(driver().in_flight(), 1U);
    driver().cancel(receive);
    finish(receive);
    EXPECT_EQ(receive.value(), error != 0 ? -EIO : -ECANCELED);
  }
}

TEST_P(FaultDriverTest, a_failed_close_has_closed_all_the_same) {
  faulty({.at = 1, .error = EIO});
  Pair pair = make_socket_pair();
  const int fd = pair.near.release();
  Recorded close(Code::close, fd);
  EXPECT_EQ(carry_out(close), -EIO);
  EXPECT_EQ(::fcntl(fd, F_GETFD), -1);
}

TEST_P(FaultDriverTest, a_failed_stream_was_never_begun) {
  faulty({.at = 1, .error = ECONNRESET});
  Pair pair = make_socket_pair();
  Recorded many(Code::receive_many, pair.near.get());
  EXPECT_EQ(carry_out(many), -ECONNRESET);
  EXPECT_FALSE(many.results.back().more);
}

}  // namespace
}  // namespace ringback

#include "ringback/async/completion.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <thread>

#include "ringback/async/outcome_of.h"
#include "ringback/async/race.h"
#include "ringback/async/run.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "ringback/async/wait.h"
#include "ringback/testing/census.h"
#include "ringback/testing/virtual_time.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using testing::Census;
using testing::run_virtually;

TEST(Completion, is_completed_once_from_any_thread_contract_48) {
  const auto program = []() -> Task<> {
    for (int round = 0; round < 200; ++round) {
      Completion<int> answer;
      std::thread other([completer = answer.completer(), round] { completer.complete(round); });
      const int got = co_await answer;
      EXPECT_EQ(got, round);
      other.join();
    }
  };
  run(program());
}

TEST(Completion, completing_twice_is_a_clear_error_and_trying_is_told_contract_25) {
  const auto program = []() -> Task<> {
    Completion<int> answer;
    Completer<int> completer = answer.completer();
    EXPECT_TRUE(completer.is_wanted());
    EXPECT_TRUE(completer.try_complete(1));
    EXPECT_FALSE(completer.try_complete(2));
    EXPECT_FALSE(completer.try_fail(Failure(TimeoutError("late"))));
    EXPECT_THROW(completer.complete(3), Error);
    EXPECT_FALSE(completer.is_wanted());
    const int got = co_await answer;
    EXPECT_EQ(got, 1);
  };
  run_virtually(program());
}

TEST(Completion, cancelled_it_ends_at_once_and_tells_the_other_side_contract_48) {
  const auto program = []() -> Task<> {
    Census census;
    Completion<int> answer;
    Completer<int> completer = answer.completer();
    int told = 0;
    answer.on_cancel([&told, member = Census::Member(census)] { ++told; });
    auto end = co_await outcome(timeout(1s, answer));
    EXPECT_EQ(end.failure().error()->kind(), ErrorKind::timed_out);
    EXPECT_EQ(told, 1);
    EXPECT_EQ(census.alive(), 0);
    EXPECT_FALSE(completer.try_complete(1));
  };
  run_virtually(program());
}

TEST(Completion, a_completer_travels_through_the_one_pointer_that_c_keeps_contract_48) {
  const auto program = []() -> Task<> {
    Completion<int> answer;
    void* user = answer.completer().into_user_data();
    EXPECT_TRUE(Completer<int>::from_user_data(user).try_complete(4));
    const int got = co_await answer;
    EXPECT_EQ(got, 4);
    Completion<int> forgotten;
    static_cast<void>(Completer<int>::from_user_data(forgotten.completer().into_user_data()));
    auto end = co_await outcome(forgotten);
    EXPECT_EQ(end.failure().error()->kind(), ErrorKind::aborted);
  };
  run_virtually(program());
}

TEST(Completion, given_up_by_its_last_completer_it_fails_and_nobody_waits_for_ever_contract_48) {
  const auto program = []() -> Task<> {
    Completion<int> answer;
    std::optional<Completer<int>> completer = answer.completer();
    const auto drop = [](std::optional<Completer<int>>& completer) -> Task<> {
      co_await sleep(1s);
      completer.reset();
    };
    auto [end, dropped] = co_await gather_outcomes(answer, drop(completer));
    EXPECT_EQ(end.failure().error()->kind(), ErrorKind::aborted);
    EXPECT_TRUE(dropped.ok());
  };
  run_virtually(program());
}

TEST(Completion, completed_or_cancelled_in_the_same_moment_one_wins_contract_12) {
  const auto program = []() -> Task<> {
    int values = 0;
    for (int round = 0; round < 300; ++round) {
      Completion<int> answer;
      std::optional<bool> taken;
      std::thread other([completer = answer.completer(), &taken] { taken = completer.try_complete(7); });
      auto end = co_await outcome(timeout(1us, answer));
      other.join();
      EXPECT_EQ(end.ok(), *taken);
      values += end.ok() ? 1 : 0;
    }
    std::ignore = values;
  };
  run(program());
}

}  // namespace
}  // namespace ringback

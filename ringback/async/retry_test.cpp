#include "ringback/async/retry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "ringback/async/gather.h"
#include "ringback/async/scope.h"
#include "ringback/async/timeout.h"
#include "ringback/testing/virtual_time.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using ringback::testing::run_virtually;

// Fails so many times, then gives the number of the attempt. Notes when it was tried.
struct Shaky {
  int failures = 0;
  ErrorKind kind = ErrorKind::refused;
  int tried = 0;
  std::vector<TimePoint> times = {};

  Task<int> operator()() {
    ++tried;
    times.push_back(now());
    return attempt(*this, tried);
  }
  static Task<int> attempt(Shaky& shaky, int number) {
    co_await sleep(1ms);
    if (number <= shaky.failures) throw Error(shaky.kind, "connect", "attempt " + std::to_string(number));
    co_return number;
  }
};

const Backoff kExact{.first = 100ms, .factor = 3, .longest = 500ms, .jitter = 0};

TEST(Retry, gives_the_first_value) {
  Shaky shaky{.failures = 2};
  EXPECT_EQ(run_virtually(retry(std::ref(shaky))), 3);
  EXPECT_EQ(shaky.tried, 3);
}

TEST(Retry, waits_longer_each_time_up_to_the_longest) {
  Shaky shaky{.failures = 4};
  EXPECT_EQ(run_virtually(retry(std::ref(shaky), {.attempts = 5, .wait = kExact})), 5);
  std::vector<Duration> waits;
  for (std::size_t i = 1; i < shaky.times.size(); ++i) waits.push_back(shaky.times[i] - shaky.times[i - 1] - 1ms);
  EXPECT_THAT(waits, ::testing::ElementsAre(100ms, 300ms, 500ms, 500ms));
}

TEST(Retry, throws_the_last_error_and_says_after_how_many_attempts) {
  Shaky shaky{.failures = 9};
  try {
    run_virtually(retry(std::ref(shaky), {.attempts = 4}));
    FAIL() << "gave a value";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::refused);
    EXPECT_STREQ(error.what(), "connect: attempt 4");
    const std::vector<Failure> hung = error.suppressed();
    ASSERT_EQ(hung.size(), 1U);
    EXPECT_EQ(hung[0].describe(), "retry: gave up after 4 attempts: connect: attempt 4");
  }
  EXPECT_EQ(shaky.tried, 4);
}

TEST(Retry, does_not_try_again_what_will_not_change) {
  Shaky shaky{.failures = 9, .kind = ErrorKind::denied};
  EXPECT_THROW(run_virtually(retry(std::ref(shaky))), Error);
  EXPECT_EQ(shaky.tried, 1);
  int tried = 0;
  const auto foreign = [](int& tried) -> Task<> {
    ++tried;
    throw std::runtime_error("ours");
    co_return;
  };
  EXPECT_THROW(run_virtually(retry([&] { return foreign(tried); })), std::runtime_error);
  EXPECT_EQ(tried, 1);
}

TEST(Retry, asks_which_failures_are_worth_it_and_tells_of_each) {
  Shaky shaky{.failures = 2, .kind = ErrorKind::not_found};
  std::vector<std::size_t> told;
  RetryOptions options{.wait = kExact};
  options.should_retry = [](const Failure& failure) { return failure.error()->kind() == ErrorKind::not_found; };
  options.on_retry = [&](const Failure&, std::size_t attempt, Duration wait) {
    EXPECT_EQ(wait, attempt == 1 ? 100ms : 300ms);
    told.push_back(attempt);
  };
  EXPECT_EQ(run_virtually(retry(std::ref(shaky), options)), 3);
  EXPECT_THAT(told, ::testing::ElementsAre(1, 2));
}

TEST(Retry, retries_an_attempt_that_ran_out_of_time_but_not_the_deadline_around_it) {
  int tried = 0;
  const auto hang = [](int& tried) -> Task<> {
    ++tried;
    co_await sleep(1h);
  };
  const auto attempt = [&] { return timeout(1s, hang(tried)); };
  EXPECT_THROW(run_virtually(retry(attempt, {.attempts = 3, .wait = kExact})), TimeoutError);
  EXPECT_EQ(tried, 3);
  tried = 0;
  const TimePoint end = run_virtually([](auto attempt) -> Task<TimePoint> {
    const TimePoint start = now();
    auto ended = co_await outcome(timeout(1500ms, retry(attempt, {.attempts = 1000, .wait = kExact})));
    EXPECT_EQ(ended.failure().error()->kind(), ErrorKind::timed_out);
    EXPECT_EQ(now() - start, 1500ms);
    co_return now();
  }(attempt));
  std::ignore = end;
  EXPECT_EQ(tried, 2);
}

TEST(Retry, is_ended_at_once_by_a_cancellation_in_an_attempt_and_in_a_wait) {
  for (const Duration when : {Duration(500us), Duration(50ms)}) {
    Shaky shaky{.failures = 1000};
    int asked = 0;
    RetryOptions options{.attempts = 1000, .wait = kExact};
    options.should_retry = [&](const Failure& failure) {
      ++asked;
      return !failure.is_cancelled();
    };
    run_virtually([](Duration when, Shaky& shaky, RetryOptions options) -> Task<> {
      const TimePoint start = now();
      auto ended = co_await outcome(with_scope([&](Scope& scope) -> Task<> {
        scope.spawn(retry(std::ref(shaky), options));
        co_await sleep(when);
        scope.cancel();
      }));
      std::ignore = ended;  // the body had ended by then
      EXPECT_EQ(now() - start, when);
    }(when, shaky, options));
    EXPECT_EQ(shaky.tried, 1);
    EXPECT_EQ(asked, when < 1ms ? 0 : 1);
  }
}

TEST(Retry, with_jitter_waits_between_its_part_and_all_by_the_drivers_chance) {
  const auto time_of = [](std::uint64_t seed) {
    Shaky shaky{.failures = 1};
    run_virtually(retry(std::ref(shaky), {.wait = {.first = 100ms, .jitter = 0.5}}), seed);
    return shaky.times[1] - shaky.times[0] - 1ms;
  };
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    EXPECT_GE(time_of(seed), 50ms);
    EXPECT_LE(time_of(seed), 100ms);
    EXPECT_EQ(time_of(seed), time_of(seed)) << "not from the seed";
  }
  EXPECT_NE(time_of(1), time_of(2));
}

TEST(Backoff, stays_at_the_longest_however_often_it_failed) {
  const Backoff wait{.first = 1s, .factor = 10, .longest = 1h, .jitter = 1};
  EXPECT_EQ(wait.after(5000, 0), 1h);
  EXPECT_EQ(wait.after(5000, 0.5), 30min);
  const Backoff at_once{.first = 0s, .factor = 2, .longest = 1h, .jitter = 0};
  EXPECT_EQ(at_once.after(9, 0.5), 0s);
}

TEST(RetryDeathTest, with_no_attempts_aborts_and_says_so) {
  Shaky shaky;
  EXPECT_DEATH(run_virtually(retry(std::ref(shaky), {.attempts = 0})), "at least 1");
}

}  // namespace
}  // namespace ringback

#include "ringback/async/timeout.h"

#include <gtest/gtest.h>

#include <string>

#include "ringback/async/future.h"
#include "ringback/async/gather.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/shield.h"
#include "ringback/async/sleep.h"
#include "ringback/exec/timer_service.h"
#include "ringback/testing/virtual_time.h"

namespace ringback {

using namespace runtime;

namespace {

using namespace std::chrono_literals;
using testing::run_virtually;

Executor& here() { return *internal::this_thread.executor; }
TimePoint now() { return here().timers().now(); }

template <typename T>
ErrorKind kind_of(const Outcome<T>& end) {
  const Error* error = end.failure().error();
  return error == nullptr ? ErrorKind::io : error->kind();
}

// Sleeps, and takes its time to clean up.
Task<int> slow_to_leave(Duration length, Duration clean_up) {
  co_await on_exit([](Duration clean_up) -> Task<> { co_await sleep(clean_up); }(clean_up), 1h);
  co_await sleep(length);
  co_return 7;
}

TEST(Timeout, gives_the_value_of_what_is_in_time) {
  const auto program = []() -> Task<> {
    const TimePoint start = now();
    const int seven = co_await timeout(2s, slow_to_leave(1s, 0s));
    EXPECT_EQ(seven, 7);
    EXPECT_EQ(now() - start, 1s);
  };
  run_virtually(program());
}

TEST(Timeout, cancels_awaits_the_clean_up_and_then_throws_contract_09) {
  const auto program = []() -> Task<> {
    const TimePoint start = now();
    auto end = co_await outcome(timeout(2s, slow_to_leave(1h, 3s)));
    EXPECT_EQ(kind_of(end), ErrorKind::timed_out);
    EXPECT_EQ(now() - start, 5s) << "the limit, and exactly the clean-up";
    bool is_timeout_error = false;
    try {
      co_await timeout(1s, sleep(1h));
    } catch (const TimeoutError&) {
      is_timeout_error = true;
    }
    EXPECT_TRUE(is_timeout_error);
  };
  run_virtually(program());
}

TEST(Timeout, a_body_that_ends_with_a_value_or_an_error_after_it_gives_that_contract_09) {
  const auto program = []() -> Task<> {
    const auto stubborn = [](bool fails) -> Task<std::string> {
      std::ignore = co_await outcome(sleep(1h));
      if (fails) throw Error(ErrorKind::reset, "body", "of its own");
      co_return "all the same";
    };
    const std::string text = co_await timeout(1s, stubborn(false));
    EXPECT_EQ(text, "all the same");
    auto failed = co_await outcome(timeout(1s, stubborn(true)));
    EXPECT_EQ(kind_of(failed), ErrorKind::reset);
    const int shielded = co_await timeout(1s, shield(slow_to_leave(10s, 0s)));
    EXPECT_EQ(shielded, 7);
  };
  run_virtually(program());
}

Task<std::string> nested(Duration inner_limit) {
  auto inner = co_await outcome(timeout(inner_limit, sleep(1h)));
  if (kind_of(inner) == ErrorKind::timed_out) co_return "inner";
  co_await sleep(1h);  // Cancelled by the outer one.
  co_return "neither";
}

TEST(Timeout, of_nested_ones_the_earlier_is_reported_and_of_equal_ones_the_outer_contract_09) {
  const auto program = []() -> Task<> {
    auto inner_first = co_await outcome(timeout(2s, nested(1s)));
    EXPECT_EQ(*inner_first, "inner");
    auto outer_first = co_await outcome(timeout(1s, nested(2s)));
    EXPECT_EQ(kind_of(outer_first), ErrorKind::timed_out);
    auto equal = co_await outcome(timeout(1s, nested(1s)));
    EXPECT_EQ(kind_of(equal), ErrorKind::timed_out);
    const TimePoint moment = now() + 1s;
    const auto until = [](TimePoint moment) -> Task<std::string> {
      auto inner = co_await outcome(deadline(Deadline::at(moment), sleep(1h)));
      if (kind_of(inner) == ErrorKind::timed_out) co_return "inner";
      co_await sleep(1h);
      co_return "neither";
    };
    auto same_moment = co_await outcome(deadline(Deadline::at(moment), until(moment)));
    EXPECT_EQ(kind_of(same_moment), ErrorKind::timed_out);
  };
  run_virtually(program());
}

TEST(Timeout, equal_limits_that_pass_before_the_inner_is_begun_are_the_outers_contract_09) {
  auto clock = std::make_unique<VirtualDriver>();
  VirtualDriver& moved = *clock;
  RunOptions options;
  options.loop.driver = std::move(clock);
  const auto inside = [](VirtualDriver& moved, TimePoint moment) -> Task<std::string> {
    moved.advance(2s);  // As a thread that did not run for so long.
    auto inner = co_await outcome(deadline(Deadline::at(moment), sleep(1h)));
    if (kind_of(inner) == ErrorKind::timed_out) co_return "inner";
    co_await sleep(1h);
    co_return "neither";
  };
  const auto program = [](auto inside, VirtualDriver& moved) -> Task<> {
    const TimePoint moment = now() + 1s;
    auto same_moment = co_await outcome(deadline(Deadline::at(moment), inside(moved, moment)));
    EXPECT_EQ(same_moment.ok() ? *same_moment : "outer", "outer");
    EXPECT_EQ(kind_of(same_moment), ErrorKind::timed_out);
    const TimePoint earlier = now() + 1s;
    auto inner_is_earlier = co_await outcome(deadline(Deadline::at(earlier + 1ms), inside(moved, earlier)));
    EXPECT_EQ(inner_is_earlier.ok() ? *inner_is_earlier : "outer", "inner");
  };
  run(program(inside, moved), std::move(options));
}

TEST(Timeout, an_explicit_cancel_inside_stays_one_contract_09) {
  const auto program = []() -> Task<> {
    const auto body = [](bool& timed_out) -> Task<> {
      try {
        co_await timeout(1h, sleep(2h));
      } catch (const Error&) {
        timed_out = true;
      }
    };
    bool timed_out = false;
    Future<void> future = spawn(here(), body(timed_out));
    co_await sleep(1s);
    future.cancel();
    auto end = co_await outcome(future);
    EXPECT_FALSE(timed_out);
    EXPECT_EQ(kind_of(end), ErrorKind::aborted);
  };
  run_virtually(program());
}

TEST(Timeout, of_zero_or_less_is_one_attempt_that_does_not_wait_contract_10) {
  const auto program = []() -> Task<> {
    const TimePoint start = now();
    const auto plain = []() -> Task<int> { co_return 3; };
    for (Duration limit : {Duration(0), Duration(-1s), Duration::min()}) {
      const int three = co_await timeout(limit, plain());
      EXPECT_EQ(three, 3);
      auto waits = co_await outcome(timeout(limit, sleep(1ns)));
      EXPECT_EQ(kind_of(waits), ErrorKind::timed_out);
      auto in_task = co_await outcome(timeout(limit, slow_to_leave(1s, 0s)));
      EXPECT_EQ(kind_of(in_task), ErrorKind::timed_out);
    }
    auto past = co_await outcome(deadline(Deadline::at(start - 1h), sleep(1s)));
    EXPECT_EQ(kind_of(past), ErrorKind::timed_out);
    EXPECT_EQ(now(), start);
  };
  run_virtually(program());
}

TEST(Timeout, past_it_what_completes_at_once_does_until_the_first_that_would_suspend_contract_10) {
  const auto program = []() -> Task<> {
    int at_once_before = 0;
    int at_once_after = 0;
    const auto ready = [](int& count) -> Task<> {
      ++count;
      co_return;
    };
    const auto body = [](auto ready, int& before, int& after, Future<int> done) -> Task<> {
      for (int i = 0; i < 3; ++i) {
        co_await ready(before);
        const int value = co_await done;
        EXPECT_EQ(value, 1);
      }
      auto refused = co_await outcome(sleep(1s));
      EXPECT_FALSE(refused.ok());
      auto later = co_await outcome(ready(after));
      EXPECT_FALSE(later.ok()) << "from here on the scope is cancelled";
    };
    Future<int> done = spawn(here(), [] { return 1; });
    co_await done;
    auto end = co_await outcome(timeout(0s, body(ready, at_once_before, at_once_after, done)));
    EXPECT_TRUE(end.ok());
    EXPECT_EQ(at_once_before, 3);
    EXPECT_EQ(at_once_after, 0);
  };
  run_virtually(program());
}

TEST(Timeout, never_is_no_limit_and_the_far_end_of_time_does_not_overflow) {
  const auto program = []() -> Task<> {
    co_await deadline(Deadline::never(), sleep(1000h));
    co_await timeout(Duration::max(), sleep(1s));
  };
  run_virtually(program());
}

TEST(Timeout, around_many_children_ends_them_all) {
  const auto program = []() -> Task<> {
    const TimePoint start = now();
    auto end = co_await outcome(timeout(1s, gather(slow_to_leave(1h, 1s), slow_to_leave(2h, 2s), sleep(3h))));
    EXPECT_EQ(kind_of(end), ErrorKind::timed_out);
    EXPECT_EQ(now() - start, 3s);
  };
  run_virtually(program());
}

}  // namespace
}  // namespace ringback

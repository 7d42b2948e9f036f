#include "ringback/exec/timer_wheel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace ringback {

using namespace runtime;

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr TimePoint kStart = TimePoint(seconds(1000));

class Numbered final : public Timer {
 public:
  explicit Numbered(int number = 0) noexcept : number_(number) {}
  void run() noexcept override {}
  int number() const noexcept { return number_; }
  void set_number(int number) noexcept { number_ = number; }

 private:
  int number_;
};

std::vector<int> numbers(JobQueue& jobs) {
  std::vector<int> got;
  while (Job* job = jobs.pop()) {
    auto* timer = static_cast<Numbered*>(job);
    EXPECT_FALSE(timer->is_armed());
    got.push_back(timer->number());
  }
  return got;
}

std::vector<int> expired_at(TimerWheel& wheel, TimePoint now) {
  JobQueue jobs;
  wheel.expire(now, jobs);
  return numbers(jobs);
}

using Numbers = std::vector<int>;

TEST(TimerWheel, an_empty_wheel_has_no_deadline_and_expires_nothing) {
  TimerWheel wheel(kStart);
  EXPECT_TRUE(wheel.empty());
  EXPECT_TRUE(wheel.earliest().is_never());
  EXPECT_EQ(expired_at(wheel, TimePoint::max()), Numbers{});
  EXPECT_TRUE(wheel.earliest().is_never());
}

TEST(TimerWheel, a_timer_expires_at_its_deadline_and_not_a_nanosecond_before) {
  for (Duration length : {Duration(1), Duration(microseconds(65)), Duration(milliseconds(1)), Duration(seconds(1)),
                          Duration(hours(1)), Duration(days(400)), Duration(days(40'000))}) {
    TimerWheel wheel(kStart);
    Numbered timer(1);
    wheel.add(timer, kStart + length);
    EXPECT_EQ(wheel.size(), 1u);
    EXPECT_EQ(expired_at(wheel, kStart + length - nanoseconds(1)), Numbers{});
    EXPECT_TRUE(timer.is_armed());
    EXPECT_EQ(wheel.earliest(), Deadline::at(kStart + length));
    EXPECT_EQ(expired_at(wheel, kStart + length), Numbers{1});
    EXPECT_TRUE(wheel.empty());
  }
}

TEST(TimerWheel, timers_expire_by_deadline_even_within_a_microsecond) {
  TimerWheel wheel(kStart);
  Numbered late(3), middle(2), soon(1);
  wheel.add(late, kStart + milliseconds(5) + nanoseconds(3));
  wheel.add(soon, kStart + milliseconds(5) + nanoseconds(1));
  wheel.add(middle, kStart + milliseconds(5) + nanoseconds(2));
  EXPECT_EQ(wheel.earliest(), Deadline::at(soon.deadline()));
  EXPECT_EQ(expired_at(wheel, kStart + seconds(1)), (Numbers{1, 2, 3}));
}

TEST(TimerWheel, equal_deadlines_expire_in_the_order_they_were_added) {
  TimerWheel wheel(kStart);
  const TimePoint deadline = kStart + hours(5) + nanoseconds(77);
  Numbered timers[40];
  for (int i = 0; i < 40; ++i) {
    timers[i].set_number(i);
    wheel.add(timers[i], deadline);
    // Each look goes a little nearer, so that the timers are added at every level and after looks.
    const Duration left = deadline - kStart;
    EXPECT_EQ(expired_at(wheel, deadline - Duration(left.count() >> (i + 1)) - nanoseconds(1)), Numbers{});
    if (i % 3 == 0) {
      EXPECT_EQ(wheel.earliest(), Deadline::at(deadline));
    }
  }
  Numbers expected(40);
  for (int i = 0; i < 40; ++i) expected[static_cast<std::size_t>(i)] = i;
  EXPECT_EQ(expired_at(wheel, deadline), expected);
}

TEST(TimerWheel, a_deadline_in_the_past_expires_at_the_next_look_and_in_order) {
  TimerWheel wheel(kStart);
  EXPECT_EQ(expired_at(wheel, kStart + hours(1)), Numbers{});
  Numbered a(1), b(2), c(3);
  wheel.add(c, kStart + hours(1));
  wheel.add(b, kStart);
  wheel.add(a, TimePoint::min());
  EXPECT_EQ(wheel.earliest(), Deadline::at(TimePoint::min()));
  EXPECT_EQ(expired_at(wheel, kStart + hours(1)), (Numbers{1, 2, 3}));
}

TEST(TimerWheel, a_timer_at_the_end_of_time_never_fires_and_harms_nobody) {
  TimerWheel wheel(kStart);
  Numbered never(0), soon(1), sooner(2);
  wheel.add(never, TimePoint::max());
  EXPECT_TRUE(wheel.earliest().is_never());
  wheel.add(soon, kStart + milliseconds(10));
  wheel.add(sooner, kStart + milliseconds(9));
  EXPECT_EQ(wheel.earliest(), Deadline::at(sooner.deadline()));
  EXPECT_EQ(expired_at(wheel, kStart + days(100)), (Numbers{2, 1}));
  EXPECT_EQ(wheel.size(), 1u);
  EXPECT_TRUE(wheel.earliest().is_never());
  wheel.remove(never);
}

TEST(TimerWheel, a_removed_timer_does_not_expire_and_can_be_added_again) {
  TimerWheel wheel(kStart);
  Numbered a(1), b(2);
  wheel.add(a, kStart + seconds(1));
  wheel.add(b, kStart + seconds(2));
  wheel.remove(a);
  EXPECT_FALSE(a.is_armed());
  EXPECT_EQ(wheel.earliest(), Deadline::at(kStart + seconds(2)));
  wheel.add(a, kStart + seconds(3));
  EXPECT_EQ(expired_at(wheel, kStart + seconds(4)), (Numbers{2, 1}));
}

TEST(TimerWheel, what_has_expired_is_a_plain_job_while_others_are_removed_and_added_again) {
  TimerWheel wheel(kStart);
  Numbered a(1), b(2), c(3);
  for (Numbered* timer : {&a, &b}) wheel.add(*timer, kStart + milliseconds(1));
  wheel.add(c, kStart + milliseconds(1) + nanoseconds(1));
  JobQueue jobs;
  wheel.expire(kStart + milliseconds(1), jobs);
  ASSERT_EQ(jobs.pop(), &a);
  wheel.remove(c);                         // in the very slot that is being expired
  wheel.add(a, kStart + milliseconds(1));  // again, into it
  wheel.add(c, kStart + milliseconds(1));
  EXPECT_EQ(numbers(jobs), Numbers{2});
  EXPECT_EQ(wheel.earliest(), Deadline::at(kStart + milliseconds(1)));
  EXPECT_EQ(expired_at(wheel, kStart + milliseconds(1)), (Numbers{1, 3}));
}

TEST(TimerWheel, order_holds_across_every_boundary_between_levels) {
  for (int bit = 10; bit < 62; ++bit) {
    TimerWheel wheel(kStart);
    const std::int64_t around = std::int64_t{1} << bit;
    Numbered timers[9];
    for (int i = 8; i >= 0; --i) {
      timers[i].set_number(i);
      wheel.add(timers[i], TimePoint(Duration(around - 4 + i)) + kStart.time_since_epoch());
    }
    for (int i = 0; i < 9; ++i) {
      EXPECT_EQ(wheel.earliest(), Deadline::at(timers[i].deadline())) << "bit " << bit;
      EXPECT_EQ(expired_at(wheel, timers[i].deadline()), Numbers{i}) << "bit " << bit;
    }
  }
}

// Once looking ahead took the timers it had dealt out for newly added ones, went back, and so on.
TEST(TimerWheel, looking_ahead_ends_with_many_timers_at_the_very_beginning_of_a_far_slot) {
  TimerWheel wheel(kStart);
  const TimePoint deadline = TimePoint(Duration(std::int64_t{1} << 50));
  std::vector<Numbered> timers(1000);
  for (Numbered& timer : timers) wheel.add(timer, deadline);
  EXPECT_EQ(wheel.earliest(), Deadline::at(deadline));
  EXPECT_EQ(expired_at(wheel, deadline).size(), timers.size());
}

TEST(TimerWheel, a_jump_over_days_expires_everything_on_the_way_in_order) {
  TimerWheel wheel(kStart);
  std::vector<std::unique_ptr<Numbered>> timers;
  Numbers expected;
  for (int i = 0; i < 1000; ++i) timers.push_back(std::make_unique<Numbered>(i));
  for (int i = 999; i >= 0; --i) wheel.add(*timers[static_cast<std::size_t>(i)], kStart + i * hours(7));
  for (int i = 0; i < 1000; ++i) expected.push_back(i);
  EXPECT_EQ(expired_at(wheel, kStart + days(10'000)), expected);
}

TEST(TimerWheel, stepping_a_clock_to_each_deadline_in_turn_is_cheap_with_a_million_timers_in_one_slot) {
  constexpr int kCount = 1'000'000;
  TimerWheel wheel(kStart);
  std::vector<Numbered> timers(kCount);
  std::mt19937_64 random(7);
  const TimePoint slot = kStart + seconds(100);
  for (Numbered& timer : timers) wheel.add(timer, slot + nanoseconds(random() % 60'000));
  Numbered extra;
  TimePoint last = TimePoint::min();
  std::size_t expired = 0;
  while (!wheel.empty()) {
    const TimePoint next = wheel.earliest().moment();
    ASSERT_GT(next, last);
    last = next;
    wheel.add(extra, next - nanoseconds(1));
    ASSERT_EQ(wheel.earliest(), Deadline::at(next - nanoseconds(1)));
    wheel.remove(extra);
    JobQueue jobs;
    wheel.expire(next, jobs);
    while (jobs.pop() != nullptr) ++expired;
  }
  EXPECT_EQ(expired, timers.size());
}

TEST(TimerWheel, removing_the_earliest_of_many_in_one_slot_over_and_over_is_cheap) {
  constexpr int kCount = 300'000;
  TimerWheel wheel(kStart);
  std::vector<Numbered> timers(kCount);
  for (int i = 0; i < kCount; ++i) {
    timers[static_cast<std::size_t>(i)].set_number(i);
    wheel.add(timers[static_cast<std::size_t>(i)], kStart + hours(300) + nanoseconds(i));
  }
  for (Numbered& timer : timers) {
    ASSERT_EQ(wheel.earliest(), Deadline::at(timer.deadline()));
    wheel.remove(timer);
  }
  EXPECT_TRUE(wheel.earliest().is_never());
}

TEST(TimerWheel, a_far_timer_that_was_looked_at_does_not_slow_or_disorder_nearer_ones) {
  TimerWheel wheel(kStart);
  Numbered far(-1);
  wheel.add(far, kStart + days(3));
  EXPECT_EQ(wheel.earliest(), Deadline::at(far.deadline()));
  constexpr int kCount = 10'000;
  std::vector<Numbered> timers(kCount);
  for (int i = 0; i < kCount; ++i) {
    timers[static_cast<std::size_t>(i)].set_number(i);
    wheel.add(timers[static_cast<std::size_t>(i)], kStart + microseconds((i * 7919) % kCount / 2));
  }
  std::vector<Numbered*> expected;
  for (Numbered& timer : timers) expected.push_back(&timer);
  std::sort(expected.begin(), expected.end(), [](Numbered* a, Numbered* b) {
    return a->deadline() != b->deadline() ? a->deadline() < b->deadline() : a->number() < b->number();
  });
  Numbers order;
  for (Numbered* timer : expected) order.push_back(timer->number());
  EXPECT_EQ(wheel.earliest(), Deadline::at(kStart));
  EXPECT_EQ(expired_at(wheel, kStart + hours(1)), order);
  EXPECT_EQ(expired_at(wheel, kStart + days(3)), Numbers{-1});
}

TEST(TimerWheelDeathTest, destroying_a_wheel_under_an_armed_timer_aborts) {
  EXPECT_DEATH(
      {
        Numbered timer;
        TimerWheel wheel(kStart);
        wheel.add(timer, kStart);
      },
      "destroyed with timers armed");
}

// The wheel against a std::multimap, which keeps equal keys in insertion order.
class Differential {
 public:
  explicit Differential(std::uint64_t seed) : random_(seed), wheel_(kStart), timers_(kTimers) {
    for (int i = 0; i < kTimers; ++i) timers_[static_cast<std::size_t>(i)].set_number(i);
    far_bits_ = 4 + below(56);
  }

  void run(int steps) {
    for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) step();
    while (!model_.empty() && !testing::Test::HasFailure()) expire_to(model_.begin()->first);
    EXPECT_TRUE(wheel_.empty());
  }

 private:
  static constexpr int kTimers = 400;
  using Model = std::multimap<TimePoint, int>;

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  // Every order of magnitude is as likely as any other.
  Duration some_length() { return Duration(static_cast<std::int64_t>(below(std::uint64_t{1} << below(far_bits_)))); }

  TimePoint some_deadline() {
    if (below(50) == 0) return TimePoint::max();
    if (below(50) == 0) return TimePoint::min();
    if (below(4) == 0 && !model_.empty()) return model_.begin()->first;
    const Duration length = some_length();
    return below(8) == 0 ? now_ - length : saturating_add(now_, length);
  }

  void step() {
    const auto action = below(10);
    if (action < 5) {
      for (auto left = below(12) == 0 ? below(150) : 1; left > 0; --left) toggle(static_cast<int>(below(kTimers)));
    } else if (action < 7) {
      check_earliest();
    } else if (action < 8 && !model_.empty() && model_.begin()->first != TimePoint::max()) {
      expire_to(std::max(now_, model_.begin()->first));
    } else {
      const Duration jump = some_length();
      if (now_ < TimePoint::max() - jump) expire_to(now_ + jump);
    }
    EXPECT_EQ(wheel_.size(), model_.size());
  }

  void toggle(int number) {
    Numbered& timer = timers_[static_cast<std::size_t>(number)];
    if (timer.is_armed()) {
      wheel_.remove(timer);
      auto [at, end] = model_.equal_range(timer.deadline());
      while (at->second != number) ++at;
      model_.erase(at);
    } else {
      const TimePoint deadline = some_deadline();
      wheel_.add(timer, deadline);
      model_.emplace(deadline, number);
    }
  }

  void check_earliest() {
    EXPECT_EQ(wheel_.earliest(), model_.empty() ? Deadline::never() : Deadline::at(model_.begin()->first));
  }

  void expire_to(TimePoint now) {
    now_ = now;
    Numbers expected;
    while (!model_.empty() && model_.begin()->first <= now) {
      expected.push_back(model_.begin()->second);
      model_.erase(model_.begin());
    }
    EXPECT_EQ(expired_at(wheel_, now), expected);
  }

  std::mt19937_64 random_;
  TimerWheel wheel_;
  TimePoint now_ = kStart;
  std::vector<Numbered> timers_;
  Model model_;
  std::uint64_t far_bits_;
};

TEST(TimerWheel, agrees_with_a_sorted_map_on_random_histories) {
  // RINGBACK_SEED=n repeats one history.
  const char* wanted = std::getenv("RINGBACK_SEED");
  const std::uint64_t first = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 1;
  const std::uint64_t last = wanted != nullptr ? first : 300;
  for (std::uint64_t seed = first; seed <= last && !HasFailure(); ++seed) {
    SCOPED_TRACE("repeat with RINGBACK_SEED=" + std::to_string(seed));
    Differential(seed).run(1000);
  }
}

}  // namespace
}  // namespace ringback

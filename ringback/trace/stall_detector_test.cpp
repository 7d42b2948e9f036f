#include "ringback/trace/stall_detector.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <optional>
#include <thread>

#include "ringback/async/future.h"
#include "ringback/async/run.h"
#include "ringback/async/sleep.h"
#include "ringback/async/task.h"
#include "ringback/base/error.h"
#include "ringback/exec/hooks.h"
#include "ringback/exec/pool.h"
#include "ringback/testing/unhandled_log.h"

namespace ringback::trace {

using namespace runtime;

namespace {

using namespace std::chrono_literals;

// What a detector tells, in order. Threads: any.
class Told {
 public:
  StallOptions options(int signal = 0) {
    StallOptions options;
    options.threshold = options.pool_threshold = 20ms;
    options.signal = signal;
    options.on_stall = [this](const Stall& stall) {
      std::lock_guard guard(lock_);
      stalls_.push_back(stall);
      more_.notify_all();
    };
    return options;
  }
  // The first that `is_it`; nothing where there is none for ten seconds.
  template <typename IsIt>
  std::optional<Stall> blocking_wait(IsIt is_it) {
    std::unique_lock guard(lock_);
    std::optional<Stall> found;
    more_.wait_for(guard, 10s, [&] {
      for (const Stall& stall : stalls_) {
        if (is_it(stall)) found = stall;
      }
      return found.has_value();
    });
    return found;
  }

 private:
  std::mutex lock_;
  std::condition_variable more_;
  std::vector<Stall> stalls_;
};

bool is_named(const Stall& stall, std::string_view function) {
  return std::string_view(stall.place.function_name()).find(function) != std::string_view::npos;
}
bool stands_in(const Stall& stall, std::string_view function) {
  for (const StackFrame& frame : stall.stack) {
    if (frame.function.find(function) != std::string::npos) return true;
  }
  return false;
}

// Holds its thread until the detector has told of it.
[[gnu::noinline]] bool hold_until_told(Told& told, std::string_view by) {
  const auto stall = told.blocking_wait([by](const Stall& stall) { return is_named(stall, by); });
  return stall.has_value();
}
Task<bool> inner_culprit(Told& told) {
  const bool is_told = hold_until_told(told, "inner_culprit");
  co_return is_told;
}
Task<bool> outer(Told& told) {
  co_await sleep(1ms);
  co_return co_await inner_culprit(told);
}

TEST(StallDetector, names_the_coroutine_that_runs_not_the_one_that_awaits_it_contract_39) {
  Told told;
  const StallDetector detector(told.options());
  EXPECT_TRUE(run(outer(told)));
  const auto stall = told.blocking_wait([](const Stall& stall) { return is_named(stall, "inner_culprit"); });
  ASSERT_TRUE(stall.has_value());
  EXPECT_TRUE(stands_in(*stall, "hold_until_told")) << stall->text();
  EXPECT_FALSE(stands_in(*stall, "run_job")) << stall->text();
  EXPECT_NE(stall->text().find("inner_culprit"), std::string::npos);
}

TEST(StallDetector, names_where_a_function_was_started_and_the_pools_worker_contract_39) {
  Told told;
  const StallDetector detector(told.options());
  Pool pool({.threads = 1, .name = "kitchen"});
  auto is_told = spawn(pool, [&] { return hold_until_told(told, "TestBody"); });
  EXPECT_TRUE(std::move(is_told).get());
  const auto stall = told.blocking_wait([](const Stall& stall) { return is_named(stall, "TestBody"); });
  ASSERT_TRUE(stall.has_value());
  EXPECT_EQ(stall->executor, "Pool");
  EXPECT_EQ(stall->thread, "kitchen-0");
}

TEST(StallDetector, tells_of_the_end_with_the_whole_length_contract_39) {
  Told told;
  const StallDetector detector(told.options());
  run(outer(told));
  const auto end = told.blocking_wait([](const Stall& stall) { return stall.is_over; });
  ASSERT_TRUE(end.has_value());
  const auto begin = told.blocking_wait([](const Stall& stall) { return !stall.is_over; });
  EXPECT_GE(end->length, begin->length);
  EXPECT_EQ(end->thread_id, begin->thread_id);
  EXPECT_NE(end->text().find("until now"), std::string::npos);
}

TEST(StallDetector, two_detectors_both_tell_each_with_its_own_signal) {
  Told one;
  Told two;
  const StallDetector first(one.options());
  const StallDetector second(two.options(SIGRTMIN + 10));
  run([&]() -> Task<> {
    co_await sleep(1ms);
    EXPECT_TRUE(hold_until_told(one, "TestBody"));
    EXPECT_TRUE(hold_until_told(two, "TestBody"));
  });
  const auto stall = two.blocking_wait([](const Stall& stall) { return !stall.is_over; });
  EXPECT_TRUE(stands_in(*stall, "hold_until_told")) << stall->text();
}

TEST(StallDetector, a_thread_that_blocks_the_signal_is_named_without_a_stack) {
  Told told;
  const StallDetector detector(told.options());
  std::thread thread([&] {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
    EXPECT_TRUE(run(outer(told)));
  });
  thread.join();
  const auto stall = told.blocking_wait([](const Stall& stall) { return is_named(stall, "inner_culprit"); });
  EXPECT_TRUE(stall->stack.empty()) << stall->text();
}

TEST(StallDetector, refuses_a_signal_that_somebody_handles) {
  struct sigaction before = {};
  struct sigaction mine = {};
  mine.sa_handler = SIG_IGN;
  ASSERT_EQ(::sigaction(SIGRTMIN + 11, &mine, &before), 0);
  try {
    const StallDetector detector({.signal = SIGRTMIN + 11});
    FAIL() << "it took the signal";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid);
  }
  ASSERT_EQ(::sigaction(SIGRTMIN + 11, &before, nullptr), 0);
}

TEST(StallDetector, an_error_of_the_callback_goes_to_the_unhandled_hook_and_the_watch_goes_on) {
  testing::UnhandledLog log;
  Told told;
  StallOptions options = told.options();
  options.on_stall = [note = options.on_stall](const Stall& stall) {
    note(stall);
    throw Error(ErrorKind::io, "tell", "the line is down");
  };
  {
    const StallDetector detector(std::move(options));
    run(outer(told));
    EXPECT_TRUE(told.blocking_wait([](const Stall& stall) { return stall.is_over; }).has_value());
  }
  EXPECT_NE(log.text().find("the line is down"), std::string::npos);
}

class Counting final : public Hooks {
 public:
  void job_begins(Executor&, const Job&) noexcept override { ++begun; }
  void job_ended(Executor&) noexcept override { ++ended; }
  void sleep_begins(Executor&) noexcept override { ++slept; }
  void sleep_ended(Executor&) noexcept override {}
  void job_goes_on(Executor&, const Job&) noexcept override { ++went_on; }

  std::atomic<int> begun{0};
  std::atomic<int> ended{0};
  std::atomic<int> slept{0};
  std::atomic<int> went_on{0};
};

TEST(StallDetector, hands_on_to_the_hooks_that_were_there_and_gives_them_their_place_back) {
  static Counting counting;
  Hooks* const before = set_hooks(&counting);
  {
    const StallDetector detector;
    run([]() -> Task<> { co_await sleep(1ms); });
  }
  EXPECT_GT(counting.begun, 0);
  EXPECT_EQ(counting.begun, counting.ended);
  EXPECT_GT(counting.slept, 0);
  EXPECT_GT(counting.went_on, 0);
  EXPECT_EQ(set_hooks(before), &counting);
}

TEST(StallDetector, threads_may_end_while_they_are_looked_at) {
  Told told;
  const StallDetector detector(told.options());
  for (int round = 0; round < 20; ++round) {
    std::thread thread([] { run([]() -> Task<> { co_await yield(); }); });
    thread.join();
  }
  EXPECT_TRUE(run(outer(told)));
}

}  // namespace
}  // namespace ringback::trace

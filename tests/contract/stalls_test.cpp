// Statement 39 of the contract, its first half: what holds its thread is named, in every model.

#include <algorithm>
#include <chrono>
#include <mutex>

#include "ringback/async/scope.h"
#include "ringback/trace/stall_detector.h"
#include "tests/contract/models.h"

namespace ringback {
namespace {

using trace::Stall;

class Stalls : public InEveryModel {};
RINGBACK_IN_EVERY_MODEL(Stalls);

// What a detector told of greedy(): on a slow machine anybody may stall. Threads: any.
class Told {
 public:
  void note(const Stall& stall) {
    if (std::string_view(stall.place.function_name()).find("greedy") == std::string_view::npos) return;
    std::lock_guard guard(lock_);
    stalls_.push_back(stall);
    count_.fetch_add(1);
    more_.notify_all();
  }
  // Once it is so many; those there are where that takes ten seconds.
  std::vector<Stall> blocking_wait(std::size_t wanted) {
    std::unique_lock guard(lock_);
    more_.wait_for(guard, 10s, [&] { return stalls_.size() >= wanted; });
    return stalls_;
  }
  int count() const noexcept { return count_.load(); }

 private:
  std::mutex lock_;
  std::condition_variable more_;
  std::vector<Stall> stalls_;
  std::atomic<int> count_{0};
};

// Computes until it has been told of, or for ten seconds where nobody does.
[[gnu::noinline]] std::uint64_t crunch_numbers(const Told& told) {
  const auto give_up = std::chrono::steady_clock::now() + 10s;
  std::uint64_t x = 1;
  while (told.count() == 0 && std::chrono::steady_clock::now() < give_up) {
    for (int i = 0; i < 1000; ++i) x = x * 6364136223846793005u + 1442695040888963407u;
  }
  return x;
}

Task<std::uint64_t> greedy(const Told& told) {
  const std::uint64_t x = crunch_numbers(told);
  co_return x;
}

trace::StallOptions telling(Told& told) {
  trace::StallOptions options;
  options.threshold = options.pool_threshold = 40ms;
  options.on_stall = [&told](const Stall& stall) { told.note(stall); };
  return options;
}

TEST_P(Stalls, a_coroutine_that_does_not_yield_is_named_with_its_place_and_stack_contract_39) {
  Told told;
  const trace::StallDetector detector(telling(told));
  run_here([&]() -> Task<> {
    co_await sleep(1ms);
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.spawn(sleep(1ms));
      std::ignore = co_await greedy(told);
    });
  });
  const std::vector<Stall> stalls = told.blocking_wait(2);
  ASSERT_EQ(stalls.size(), 2u);
  const Stall& first = stalls[0];
  EXPECT_FALSE(first.is_over);
  EXPECT_TRUE(std::string_view(first.place.file_name()).ends_with("stalls_test.cpp"));
  EXPECT_GE(first.length, 40ms);
  EXPECT_EQ(first.executor, is_inline() ? "inline" : is_pool() ? "Pool" : "Loop");
  const bool names_function = std::any_of(first.stack.begin(), first.stack.end(), [](const trace::StackFrame& frame) {
    return frame.function.find("crunch_numbers") != std::string::npos;
  });
  EXPECT_TRUE(names_function) << first.text();
  EXPECT_TRUE(stalls[1].is_over);
  EXPECT_GE(stalls[1].length, first.length);
  EXPECT_TRUE(stalls[1].stack.empty());
}

}  // namespace
}  // namespace ringback

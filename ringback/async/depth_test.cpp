// Chains as long as a program likes, on a small stack.

#include <gtest/gtest.h>
#include <pthread.h>

#include <functional>
#include <vector>

#include "ringback/async/gather.h"
#include "ringback/async/on.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/race.h"
#include "ringback/async/scope.h"
#include "ringback/async/shield.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "ringback/testing/unhandled_log.h"
#include "ringback/testing/virtual_time.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using testing::run_virtually;

constexpr int kDeep = 100'000;

Executor& here() { return *internal::this_thread.executor; }

// Runs `body` on a thread with a stack of 256 KiB.
void on_small_stack(std::function<void()> body) {
  pthread_attr_t attributes;
  ASSERT_EQ(pthread_attr_init(&attributes), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, 256 * 1024), 0);
  pthread_t thread;
  const auto enter = [](void* argument) -> void* {
    (*static_cast<std::function<void()>*>(argument))();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, enter, &body), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

enum class End { value, failure, cancelled };

// The innermost link of a chain.
Task<int> bottom(End end) {
  if (end == End::failure) throw Error(ErrorKind::io, "bottom", "on purpose");
  if (end == End::cancelled) co_await sleep(1h);
  co_await yield();
  co_return 1;
}

Task<int> awaits(int depth, End end) {
  if (depth == 0) co_return co_await bottom(end);
  co_return co_await awaits(depth - 1, end);
}
Task<int> outcomes(int depth, End end) {  // No throw at each link: an unwinding costs a microsecond.
  if (depth == 0) co_return co_await bottom(end);
  auto below = co_await outcome(outcomes(depth - 1, end));
  if (!below.ok() && depth % 1000 == 0) below.failure().raise();
  co_return below.ok() ? *below : -1;
}
Task<int> timeouts(int depth, End end) {
  if (depth == 0) co_return co_await bottom(end);
  co_return co_await timeout(24h, timeouts(depth - 1, end));
}
Task<int> scopes(int depth, End end) {
  if (depth == 0) co_return co_await bottom(end);
  co_return co_await with_scope([depth, end](Scope&) { return scopes(depth - 1, end); });
}
Task<int> gathers(int depth, End end) {
  if (depth == 0) co_return co_await bottom(end);
  auto [below, none] = co_await gather(gathers(depth - 1, end), yield());
  co_return below;
}
Task<int> races(int depth, End end) {
  if (depth == 0) co_return co_await bottom(end);
  auto below = co_await race(races(depth - 1, end), sleep(24h));
  co_return below.index() == 0 ? std::get<0>(below) : -1;
}
Task<int> shields(int depth, End end) {
  if (depth == 0) co_return co_await bottom(end);
  co_return co_await timeout(24h, shield(timeout(12h, shields(depth - 1, end))));
}
Task<int> hops(int depth, End end) {
  if (depth == 0) co_return co_await bottom(end);
  co_return co_await on(here(), hops(depth - 1, end));
}
// Each link holds the next as an argument: all frames exist from the start.
Task<int> arguments(Task<int> below) { co_return co_await std::move(below); }
Task<int> made_of_arguments(int depth, End end) {
  Task<int> chain = bottom(end);
  for (int i = 0; i < depth; ++i) chain = arguments(std::move(chain));
  return chain;
}

using Chain = Task<int> (*)(int depth, End end);

struct Named {
  const char* name;
  Chain chain;
};

class Depth : public ::testing::TestWithParam<Named> {
 protected:
  Task<int> chain(End end) { return GetParam().chain(kDeep, end); }
};

TEST_P(Depth, slow_a_long_chain_completes_contract_04) {
  on_small_stack([this] { EXPECT_EQ(run_virtually(chain(End::value)), 1); });
}

TEST_P(Depth, slow_a_long_chain_fails_contract_04) {
  on_small_stack([this] { EXPECT_ANY_THROW(EXPECT_EQ(run_virtually(chain(End::failure)), -1); throw 0); });
}

TEST_P(Depth, slow_a_long_chain_is_cancelled_contract_04) {
  const auto cancel_later = [](Task<int> chain) -> Task<> {
    Future<int> future = spawn(here(), std::move(chain));
    co_await sleep(1s);
    EXPECT_TRUE(future.cancel());
    auto end = co_await outcome(future);
    std::ignore = end;
  };
  on_small_stack([this, cancel_later] { run_virtually(cancel_later(chain(End::cancelled))); });
}

INSTANTIATE_TEST_SUITE_P(Of, Depth,
                         ::testing::Values(Named{"awaits", awaits}, Named{"outcomes", outcomes},
                                           Named{"timeouts", timeouts}, Named{"scopes", scopes},
                                           Named{"gathers", gathers}, Named{"races", races}, Named{"shields", shields},
                                           Named{"hops", hops}, Named{"arguments", made_of_arguments}),
                         [](const auto& info) { return info.param.name; });

TEST(Depth, slow_a_million_awaits_that_complete_at_once_contract_04) {
  const auto at_once = []() -> Task<int> { co_return 1; };
  const auto count = [](auto child) -> Task<int> {
    int sum = 0;
    for (int i = 0; i < 1'000'000; ++i) {
      const int one = co_await child();
      sum += one;
    }
    co_return sum;
  };
  on_small_stack([&] { EXPECT_EQ(run_virtually(count(at_once)), 1'000'000); });
}

TEST(Depth, slow_a_long_chain_of_then_completes_fails_or_is_cancelled_contract_04) {
  const auto link = [](End end) -> Task<> {
    std::vector<Future<int>> last;
    last.push_back(spawn(here(), bottom(end)));
    Future<int> first = last.back();
    for (int i = 0; i < kDeep; ++i) {
      last.push_back(last.back().then([](int value) { return value; }));
      last.erase(last.begin());
    }
    if (end == End::cancelled) {
      co_await yield();
      first.cancel();
    }
    auto value = co_await outcome(last.back());
    EXPECT_EQ(value.ok(), end == End::value);
  };
  testing::UnhandledLog log;
  on_small_stack([&] {
    run_virtually(link(End::value));
    run_virtually(link(End::failure));
    run_virtually(link(End::cancelled));
  });
  EXPECT_TRUE(log.empty());
}

TEST(Depth, slow_an_unstarted_chain_is_dropped) {
  testing::UnhandledLog log;
  {
    Task<int> chain = made_of_arguments(1000, End::value);
  }
  EXPECT_EQ(log.size(), 1001u);
}

}  // namespace
}  // namespace ringback

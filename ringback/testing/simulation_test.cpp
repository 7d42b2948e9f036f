// What a simulation promises about its runs: the same seed gives the same run, and nothing hangs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <set>

#include "ringback/async/future.h"
#include "ringback/async/gather.h"
#include "ringback/async/timeout.h"
#include "ringback/exec/pool.h"
#include "ringback/sync/event.h"
#include "ringback/sync/queue.h"
#include "ringback/testing/simulation_test.h"

namespace ringback {

using namespace runtime;

namespace {

using namespace std::chrono_literals;
using namespace testing_simulation;
using ::ringback::testing::for_each_seed;
using ::ringback::testing::Simulation;

Task<> ask_often(Address at) {
  for (int i = 0; i < 5; ++i) {
    const auto back = co_await outcome(timeout(2s, ask_echo(at, std::string(20'000, 'x'))));
    if (!back.ok() && back.failure().is_cancelled()) back.value();
    co_await sleep(10ms);
  }
}

Task<> ask_in_threes(Address at) { co_await gather(ask_often(at), ask_often(at), ask_often(at)); }

std::uint64_t trace_of(std::uint64_t seed) {
  Simulation simulation({.seed = seed, .network = {.latency_max = 30ms, .loss = 0.02, .reset = 0.01, .silence = 0.01}});
  simulation.run(beside_echo(ask_in_threes));
  EXPECT_GT(simulation.events(), 50U);
  return simulation.trace_hash();
}

TEST(Simulation, has_the_same_trace_for_the_same_seed_and_others_for_others) {
  std::set<std::uint64_t> traces;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const std::uint64_t trace = trace_of(seed);
    EXPECT_EQ(trace_of(seed), trace) << "seed " << seed;
    traces.insert(trace);
  }
  EXPECT_EQ(traces.size(), 10U);
}

Task<> add_to(std::string& names, char name) {
  names.push_back(name);
  co_return;
}

Task<std::string> name_three() {
  std::string names;
  co_await gather(add_to(names, 'a'), add_to(names, 'b'), add_to(names, 'c'));
  co_return names;
}

std::string names_on_a_loop(std::uint64_t seed, TurnOrder order) {
  return Simulation({.seed = seed, .order = order}).run(name_three());
}

std::string names_on_a_pool(std::uint64_t seed, TurnOrder order) {
  Pool pool({.driver = Simulation({.seed = seed}).make_driver(), .order = order});
  return spawn(pool, name_three()).get();
}

TEST(Simulation, draws_the_order_of_what_is_ready_at_once) {
  for (const auto names : {&names_on_a_loop, &names_on_a_pool}) {
    const auto orders = [&](TurnOrder order) {
      std::set<std::string> seen;
      for (std::uint64_t seed = 1; seed <= 60; ++seed) seen.insert(names(seed, order));
      return seen;
    };
    EXPECT_EQ(orders(TurnOrder::drawn).size(), 6U);
    EXPECT_THAT(orders(TurnOrder::posted), ::testing::ElementsAre("abc"));
  }
}

Task<> wait_in_vain() {
  Event never;
  co_await never.wait();
}

std::string error_of(Simulation& simulation, Task<> work) {
  try {
    simulation.run(std::move(work));
  } catch (const TimeoutError& error) {
    return error.what();
  }
  return "none";
}

TEST(Simulation, a_program_in_which_everybody_waits_for_ever_fails_by_the_limit_and_names_them) {
  Simulation simulation({.limit = 1h});
  const auto wait_for_others = []() -> Task<> {
    Queue<int> empty(1);
    co_await gather(wait_in_vain(), empty.get());
  };
  const std::string error = error_of(simulation, wait_for_others());
  EXPECT_THAT(error, ::testing::HasSubstr("its limit of 3600 s has passed"));
  EXPECT_THAT(error, ::testing::ContainsRegex("waits for event, in the task created at .*wait_in_vain"));
  EXPECT_THAT(error, ::testing::HasSubstr("waits for queue get"));
  EXPECT_EQ(simulation.now() - TimePoint(1h), 1h);
}

TEST(Simulation, a_deadline_of_the_programs_own_is_told_as_it_is) {
  Simulation simulation({.limit = 1h});
  EXPECT_EQ(error_of(simulation, []() -> Task<> { co_await timeout(1s, wait_in_vain()); }()),
            "timeout: the deadline passed");
}

// As if a wake-up had been lost: the work is cancelled, and its end never told.
class DeafWait final : public Leaf {
 public:
  using value_type = void;
  DeafWait() = default;
  bool begin(Waiter& waiter) noexcept {
    return !attach(waiter) || suspend([]() noexcept { return true; }) != Parked::suspended;
  }
  Outcome<void> take() { return {}; }
  void request_cancel(Reason) noexcept override {}
  std::string_view what() const noexcept override { return "a wake-up that was lost"; }
};

TEST(Simulation, work_that_does_not_end_though_it_is_cancelled_is_named) {
  const auto be_deaf = []() -> Task<> { co_await DeafWait(); };
  EXPECT_DEATH(Simulation({.limit = 1h, .patience = 1ms}).run(be_deaf()), "a wake-up that was lost");
}

TEST(Simulation, goes_on_in_its_next_run_where_the_last_one_ended) {
  Simulation simulation;
  simulation.run([]() -> Task<> { co_await sleep(3s); });
  EXPECT_EQ(simulation.run([]() -> Task<int> {
    co_await sleep(2s);
    co_return 7;
  }),
            7);
  EXPECT_EQ(simulation.now() - TimePoint(1h), 5s);
}

class SeedVariables : public ::testing::Test {
 protected:
  SeedVariables() {
    ::unsetenv("RINGBACK_SEED");
    ::unsetenv("RINGBACK_SEEDS");
  }
  ~SeedVariables() override {
    ::unsetenv("RINGBACK_SEED");
    ::unsetenv("RINGBACK_SEEDS");
  }

  static std::vector<std::uint64_t> seeds() {
    std::vector<std::uint64_t> seen;
    for_each_seed({.first = 5, .count = 3}, [&](std::uint64_t seed) { seen.push_back(seed); });
    return seen;
  }
};

TEST_F(SeedVariables, choose_which_seeds_are_run) {
  EXPECT_THAT(seeds(), ::testing::ElementsAre(5, 6, 7));
  ::setenv("RINGBACK_SEEDS", "100:2", 1);
  EXPECT_THAT(seeds(), ::testing::ElementsAre(100, 101));
  ::setenv("RINGBACK_SEED", "17", 1);
  EXPECT_THAT(seeds(), ::testing::ElementsAre(17));
}

TEST_F(SeedVariables, that_are_no_numbers_are_refused) {
  for (const char* wrong : {"", "x", "7x", "-1", "99999999999999999999999"}) {
    ::setenv("RINGBACK_SEED", wrong, 1);
    EXPECT_THROW(seeds(), Error) << wrong;
  }
  ::unsetenv("RINGBACK_SEED");
  for (const char* wrong : {"", "100", "100:", ":5", "a:b"}) {
    ::setenv("RINGBACK_SEEDS", wrong, 1);
    EXPECT_THROW(seeds(), Error) << wrong;
  }
}

TEST_F(SeedVariables, a_seed_that_fails_is_named) {
  ::testing::internal::CaptureStderr();
  EXPECT_THROW(for_each_seed({.first = 1, .count = 9},
                             [](std::uint64_t seed) {
                               if (seed == 4) throw std::runtime_error("an answer was lost");
                             }),
               std::runtime_error);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), ::testing::HasSubstr("RINGBACK_SEED=4"));
}

TEST_F(SeedVariables, a_seed_that_aborts_is_named) {
  EXPECT_DEATH(for_each_seed({.first = 23, .count = 1}, [](std::uint64_t) { std::abort(); }), "This was seed 23");
}

TEST_F(SeedVariables, a_seed_that_does_not_end_is_named) {
  EXPECT_DEATH(for_each_seed({.first = 29, .count = 1, .limit = std::chrono::seconds(1)},
                             [](std::uint64_t) {
                               for (;;) ::pause();
                             }),
               "This was seed 29");
}

}  // namespace
}  // namespace ringback

// Primitives, groups and cancellation on a Pool of more threads than cores, while other threads cancel.
//
// RINGBACK_STRESS_SECONDS says for how long (2 by default; `./dev test --all` asks for 600 under TSan),
// RINGBACK_STRESS_SEED repeats a run's choices. What the threads do in between is not repeatable: the
// checks are invariants, and the sanitizers watch.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "ringback/async/gather.h"
#include "ringback/async/map.h"
#include "ringback/async/on.h"
#include "ringback/async/race.h"
#include "ringback/async/scope.h"
#include "ringback/async/shield.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "ringback/exec/pool.h"
#include "ringback/sync/event.h"
#include "ringback/sync/mutex.h"
#include "ringback/sync/queue.h"
#include "ringback/sync/semaphore.h"
#include "ringback/testing/census.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using testing::Census;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

// A small generator of its own for each task, so that choices do not depend on who runs first.
struct Choices {
  std::uint64_t state;
  std::uint64_t below(std::uint64_t bound) {
    state += 0x9e3779b97f4a7c15u;
    std::uint64_t mixed = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return (mixed ^ (mixed >> 31)) % bound;
  }
};

// What all tasks of a round share.
struct Shared {
  explicit Shared(Executor& elsewhere) : other(elsewhere) {}

  Executor& other;
  Census census;
  Semaphore permits{3};
  Mutex mutex;
  Queue<int> queue{4};
  Event event;
  long guarded = 0;              // by mutex
  std::atomic<long> entered{0};  // times the mutex was held
  std::atomic<int> inside{0};    // holding a permit now
  std::atomic<long> put{0};
  std::atomic<long> got{0};
};

Duration moment(Choices& choices) { return std::chrono::microseconds(choices.below(300)); }

Task<> use_permit(Shared& shared, Choices choices) {
  Census::Member here(shared.census);
  auto permit = co_await shared.permits.acquire();
  EXPECT_LE(shared.inside.fetch_add(1) + 1, 3);
  const Outcome<void> slept = co_await outcome(sleep(moment(choices)));
  shared.inside.fetch_sub(1);
  slept.value();
}

Task<> use_mutex(Shared& shared) {
  Census::Member here(shared.census);
  auto lock = co_await shared.mutex.lock();
  shared.guarded += 1;
  shared.entered.fetch_add(1);
}

Task<> put_one(Shared& shared, Choices choices) {
  Census::Member here(shared.census);
  const auto ended = co_await outcome(timeout(moment(choices), shared.queue.put(1)));
  if (ended.ok()) shared.put.fetch_add(1);
}

Task<> get_one(Shared& shared, Choices choices) {
  Census::Member here(shared.census);
  auto ended = co_await outcome(race(shared.queue.get(), sleep(moment(choices))));
  if (ended.ok() && ended->index() == 0) shared.got.fetch_add(1);
}

Task<> pulse(Shared& shared, Choices choices) {
  Census::Member here(shared.census);
  const auto waited = co_await outcome(timeout(moment(choices), shared.event.wait()));
  if (!waited.ok()) shared.event.set();
  shared.event.reset();
}

Task<> hop(Shared& shared, Choices choices) {
  Census::Member here(shared.census);
  co_await on(shared.other, sleep(moment(choices)));
}

Task<int> fail_later(Shared& shared, Choices choices) {
  Census::Member here(shared.census);
  co_await sleep(moment(choices));
  if (choices.below(2) == 0) throw Error(ErrorKind::io, "stress", "on purpose");
  co_return 1;
}

Task<> mixed(Shared& shared, Choices choices, int depth) {
  Census::Member here(shared.census);
  switch (choices.below(depth > 0 ? 10 : 6)) {
    case 0: co_await use_permit(shared, choices); break;
    case 1: co_await use_mutex(shared); break;
    case 2: co_await put_one(shared, choices); break;
    case 3: co_await get_one(shared, choices); break;
    case 4: co_await pulse(shared, choices); break;
    case 5: co_await hop(shared, choices); break;
    case 6: {
      Choices other{choices.below(~0ull)};
      co_await gather_outcomes(mixed(shared, choices, depth - 1), mixed(shared, other, depth - 1));
      break;
    }
    case 7: {
      Choices other{choices.below(~0ull)};
      auto ended = co_await outcome(race(mixed(shared, choices, depth - 1), mixed(shared, other, depth - 1)));
      break;
    }
    case 8: {
      Task<> inner = mixed(shared, choices, depth - 1);
      auto ended = co_await outcome(timeout(moment(choices), shield(std::move(inner))));
      break;
    }
    default: {
      Choices other{choices.below(~0ull)};
      auto ended = co_await outcome(gather(fail_later(shared, choices), fail_later(shared, other)));
      break;
    }
  }
}

// One round: tasks of all kinds on the pool, some of them cancelled from this thread meanwhile.
void round(Pool& pool, Pool& other, Choices& choices) {
  Shared shared(other);
  {
    std::vector<Future<void>> futures;
    for (int i = 0; i < 40; ++i) futures.push_back(spawn(pool, mixed(shared, Choices{choices.below(~0ull)}, 3)));
    for (const Future<void>& future : futures) {
      if (choices.below(3) == 0) future.cancel();
    }
    for (const Future<void>& future : futures) {
      const auto ended = wait_outcome(future);
      const Error* error = ended.ok() ? nullptr : ended.failure().error();
      if (!ended.ok()) {
        ASSERT_TRUE(error != nullptr && error->kind() == ErrorKind::aborted) << ended.failure().describe();
      }
    }
  }
  EXPECT_EQ(shared.census.alive(), 0);
  EXPECT_EQ(shared.guarded, shared.entered.load());
  EXPECT_EQ(shared.inside.load(), 0);
  EXPECT_EQ(shared.permits.available(), 3u);
  EXPECT_EQ(static_cast<long>(shared.queue.size()), shared.put.load() - shared.got.load());
}

TEST(Stress, slow_primitives_and_cancellation_keep_their_invariants_contract_12) {
  const auto seconds = std::chrono::seconds(from_environment("RINGBACK_STRESS_SECONDS", 2));
  const std::uint64_t seed = from_environment("RINGBACK_STRESS_SEED", 20261121);
  std::printf("stress: seed %llu, %lld s\n", static_cast<unsigned long long>(seed),
              static_cast<long long>(seconds.count()));
  Choices choices{seed};
  Pool pool({.threads = 4, .name = "stress"});
  Pool other({.threads = 2, .name = "other"});
  const auto end = std::chrono::steady_clock::now() + seconds;
  long rounds = 0;
  do {
    round(pool, other, choices);
    ++rounds;
  } while (std::chrono::steady_clock::now() < end && !::testing::Test::HasFailure());
  std::printf("stress: %ld rounds of 40 trees\n", rounds);
}

}  // namespace
}  // namespace ringback

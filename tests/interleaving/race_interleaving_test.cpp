// Races, and what is nested in them: one branch wins, whoever comes at once, and nobody else has taken anything.
// What a loser takes from a Queue is missed; a permit would come back with it.
#include <variant>

#include "ringback/async/future.h"
#include "ringback/async/gather.h"
#include "ringback/async/race.h"
#include "ringback/async/timeout.h"
#include "ringback/exec/pool.h"
#include "ringback/sync/event.h"
#include "ringback/sync/queue.h"
#include "ringback/sync/semaphore.h"
#include "tests/interleaving/place_test.h"

namespace ringback::interleaving {
namespace {

using namespace std::chrono_literals;

TEST(RaceOrders, slow_only_the_winner_takes_where_both_come_at_once) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    Queue<int> one(1);
    Queue<int> two(1);
    Waiting racing(pool, race(one.get(), two.get()));
    racing.begin();
    pool.worker("one", [&] { one.try_put(7); });
    pool.worker("two", [&] { two.try_put(7); });
    pool.join();
    model.expect(racing.was_told_once() && racing.has_value(), "one wins");
    model.expect(one.size() + two.size() == 1, "and the other has taken nothing");
  });
}

TEST(RaceOrders, slow_a_race_is_cancelled_while_it_is_won) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    Queue<int> one(1);
    Event two;
    Waiting racing(pool, race(one.get(), two.wait()));
    racing.begin();
    pool.worker("give", [&] { one.try_put(7); });
    pool.worker("cancel", [&] { racing.cancel(); });
    pool.join();
    model.expect(racing.was_told_once(), "it is told once");
    model.expect(one.size() == (racing.has_value() ? 0u : 1u), "a race that gives nothing has taken nothing");
  });
}

TEST(NestedOrders, of_a_race_in_a_race_one_branch_takes) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    Queue<int> one(1);
    Queue<int> two(1);
    Queue<int> outer(1);
    Waiting racing(pool, race(race(one.get(), two.get()), outer.get()));
    racing.begin();
    pool.worker("inner", [&] { one.try_put(7); });
    outer.try_put(7);
    pool.work();
    pool.join();
    model.expect(racing.was_told_once() && racing.has_value(), "one wins");
    model.expect(one.size() + outer.size() == 1, "and the other has taken nothing");
  });
}

// While the outer race is being decided against the inner one, nobody in there takes anything.
TEST(NestedOrders, two_of_the_inner_race_come_at_once_as_the_outer_is_decided) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    Queue<int> one(1);
    Queue<int> two(1);
    Queue<int> outer(1);
    Waiting racing(pool, race(race(one.get(), two.get()), outer.get()));
    racing.begin();
    model.thread("one", [&] { one.try_put(7); });
    model.thread("two", [&] { two.try_put(7); });
    outer.try_put(7);
    pool.join();
    model.expect(racing.was_told_once() && racing.has_value(), "one wins");
    model.expect(one.size() + two.size() + outer.size() == 2, "and the others have taken nothing");
  });
}

TEST(NestedOrders, two_branches_end_at_once_as_all_is_cancelled) {
  in_every_order({.preemptions = 1}, [](Case& model, HandPool& pool) {
    Queue<int> one(1);
    Queue<int> outer(1);
    Event never;
    Waiting racing(pool, race(race(one.get(), never.wait()), outer.get()));
    racing.begin();
    pool.worker("inner", [&] { one.try_put(7); });
    model.thread("cancel", [&] { racing.cancel(); });
    outer.try_put(7);
    pool.work();
    pool.join();
    model.expect(racing.was_told_once(), "it is told once");
    model.expect(one.size() + outer.size() == (racing.has_value() ? 1u : 2u), "the winner took, or nobody");
  });
}

// A gather does not claim before it takes: what it has when it loses goes back.
TEST(NestedOrders, a_gather_in_a_race_ends_as_the_other_branch_does) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    Semaphore one(0);
    Semaphore two(0);
    Semaphore other(0);
    Waiting racing(pool, race(gather(one.acquire(), two.acquire()), other.acquire()));
    racing.begin();
    one.add_permits(1);
    pool.work();
    pool.worker("gather", [&] { two.add_permits(1); });
    other.add_permits(1);
    pool.work();
    pool.join();
    model.expect(racing.was_told_once() && racing.has_value(), "one wins");
    const std::size_t of_gather = racing.outcome()->value().index() == 0 ? 0 : 1;
    model.expect(one.available() == of_gather && two.available() == of_gather, "the gather has both, or neither");
    model.expect(other.available() == 1 - of_gather, "the other has what is its own");
  });
}

TEST(NestedOrders, a_gather_in_a_race_meets_the_cancellation_of_all) {
  in_every_order({.preemptions = 1}, [](Case& model, HandPool& pool) {
    Semaphore one(0);
    Semaphore two(0);
    Event never;
    Waiting racing(pool, race(gather(one.acquire(), two.acquire()), never.wait()));
    racing.begin();
    pool.worker("cancel", [&] { racing.cancel(); });
    pool.worker("one", [&] { one.add_permits(1); });
    two.add_permits(1);
    pool.work();
    pool.join();
    model.expect(racing.was_told_once(), "it is told once");
    model.expect(one.available() + two.available() == (racing.has_value() ? 0u : 2u), "it has both, or neither");
  });
}

TEST(NestedOrders, a_timeout_in_a_race_expires_as_both_branches_end) {
  in_every_order({.preemptions = 2}, [](Case& model, TimedHandPool& pool) {
    Queue<int> limited(1);
    Queue<int> other(1);
    Waiting racing(pool, race(timeout(1ms, limited.get()), other.get()));
    racing.begin();
    pool.pass(1ms);
    pool.worker("time", [&] { pool.expire(); });
    limited.try_put(7);
    other.try_put(7);
    pool.work();
    pool.join();
    model.expect(racing.was_told_once(), "it is told once");
    model.expect(limited.size() + other.size() == (racing.has_value() ? 1u : 2u),
                 "the winner took, or it was too late for both");
  });
}

TEST(NestedOrders, a_timeout_around_a_race_expires_as_it_is_won_and_cancelled) {
  in_every_order({.preemptions = 1}, [](Case& model, TimedHandPool& pool) {
    Queue<int> one(1);
    Event never;
    Waiting racing(pool, timeout(1ms, race(one.get(), never.wait())));
    racing.begin();
    pool.pass(1ms);
    pool.worker("time", [&] { pool.expire(); });
    model.thread("cancel", [&] { racing.cancel(); });
    one.try_put(7);
    pool.work();
    pool.join();
    model.expect(racing.was_told_once(), "it is told once");
    model.expect(one.size() == (racing.has_value() ? 0u : 1u), "it was won, or nothing was taken");
  });
}

// On a whole Pool, with its threads.
TEST(NestedOrders, slow_two_branches_end_on_two_workers_as_a_cancellation_comes) {
  in_every_order({.preemptions = 1, .counts_every_switch = true}, [](Case& model) {
    model.calm();
    Semaphore one(0);
    Semaphore two(0);
    {
      Pool pool({.threads = 2});
      auto future = spawn(pool, race(one.acquire(), two.acquire()));
      model.settle();
      model.thread("one", [&] { one.add_permits(1); });
      model.thread("two", [&] { two.add_permits(1); });
      future.cancel();
      try {
        const auto first = future.get();
        model.expect(one.available() + two.available() < 2, "what was won is held");
      } catch (const Error& error) {
        model.expect(error.kind() == ErrorKind::aborted, "it was won, or cancelled");
      }
      model.join();
      model.calm();
    }
    model.expect(one.available() == 1 && two.available() == 1, "in the end all is back");
  });
}

}  // namespace
}  // namespace ringback::interleaving

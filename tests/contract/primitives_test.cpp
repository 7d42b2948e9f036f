// Statements 33 to 36 of the contract: semaphore, mutex, condition, event and queue, in every model.

#include "ringback/async/gather.h"
#include "ringback/async/scope.h"
#include "ringback/sync/condition.h"
#include "ringback/sync/event.h"
#include "ringback/sync/mutex.h"
#include "ringback/sync/queue.h"
#include "ringback/sync/semaphore.h"
#include "tests/contract/models.h"

namespace ringback {
namespace {

class Primitives : public InEveryModel {};
RINGBACK_IN_EVERY_MODEL(Primitives);

// Lets everything go on that is ready; to be used alone.
Task<> settle() {
  for (int round = 0; round < 8; ++round) co_await yield();
}

TEST_P(Primitives, waiters_are_served_first_come_first_served_contract_33) {
  run_here([]() -> Task<> {
    const Alone alone;
    Semaphore gate(0);
    Mutex mutex;
    Queue<int> queue(8);
    Event event;
    Record permits;
    Record locks;
    Record items;
    Record signals;
    co_await with_scope([&](Scope& scope) -> Task<> {
      auto held = co_await mutex.lock();
      for (int i = 0; i < 4; ++i) {
        scope.spawn([&, i]() -> Task<> {
          auto permit = co_await gate.acquire();
          permits.note(i);
        });
        scope.spawn([&, i]() -> Task<> {
          auto lock = co_await mutex.lock();
          locks.note(i);
          co_await yield();
        });
        scope.spawn([&, i]() -> Task<> {
          const int item = co_await queue.get();
          items.note(i * 10 + item);
        });
        scope.spawn([&, i]() -> Task<> {
          co_await event.wait();
          signals.note(i);
        });
      }
      co_await settle();
      gate.add_permits(1);
      held.unlock();
      event.set();
      for (int i = 0; i < 4; ++i) EXPECT_TRUE(queue.try_put(i));
    });
    EXPECT_EQ(permits.text(), "0 1 2 3");
    EXPECT_EQ(locks.text(), "0 1 2 3");
    EXPECT_EQ(items.text(), "0 11 22 33");
    EXPECT_EQ(signals.text(), "0 1 2 3");
  });
}

TEST_P(Primitives, no_newcomer_overtakes_a_woken_waiter_contract_33) {
  run_here([]() -> Task<> {
    const Alone alone;
    Semaphore gate(0);
    Queue<int> queue(1);
    Record record;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.spawn([&]() -> Task<> {
        auto permits = co_await gate.acquire(2);
        record.note("permits");
        const int item = co_await queue.get();
        record.note(item);
      });
      co_await settle();
      gate.add_permits(1);
      EXPECT_FALSE(gate.try_acquire().has_value()) << "past somebody who waits for two";
      gate.add_permits(1);  // Wakes it; it has not run yet.
      EXPECT_FALSE(gate.try_acquire().has_value());
      co_await settle();
      EXPECT_TRUE(queue.try_put(7));
      EXPECT_EQ(queue.try_get(), std::nullopt);
      EXPECT_EQ(record.text(), "permits");
    });
    EXPECT_EQ(record.text(), "permits 7");
  });
}

constexpr int kTasks = 8;
constexpr int kRounds = 200;

struct Guarded {
  Mutex mutex;
  Condition changed;
  Semaphore gate{3};
  std::atomic<int> through_gate{0};
  int rounds = 0;  // with the mutex
};
Task<> work_in(Guarded& guarded) {
  for (int round = 0; round < kRounds; ++round) {
    {
      auto permit = co_await guarded.gate.acquire();
      EXPECT_LE(++guarded.through_gate, 3);
      if (round % 16 == 0) co_await yield();
      --guarded.through_gate;
    }
    auto lock = co_await guarded.mutex.lock();
    ++guarded.rounds;
    guarded.changed.notify_all();
  }
}

TEST_P(Primitives, are_safe_between_threads_and_tasks_contract_33) {
  Guarded guarded;
  std::thread other([&] { wait(work_in(guarded)); });
  run_here([&]() -> Task<> {
    std::vector<Task<>> tasks;
    for (int i = 0; i < kTasks; ++i) tasks.push_back(work_in(guarded));
    co_await gather(std::move(tasks));
    auto lock = co_await guarded.mutex.lock();
    co_await guarded.changed.wait(lock, [&] { return guarded.rounds == (kTasks + 1) * kRounds; });
  });
  other.join();
  EXPECT_EQ(guarded.rounds, (kTasks + 1) * kRounds);
}

TEST_P(Primitives, a_woken_waiter_that_is_cancelled_passes_on_what_it_was_given_contract_34) {
  run_here([]() -> Task<> {
    const Alone alone;
    Semaphore gate(0);
    Record record;
    co_await with_scope([&](Scope& scope) -> Task<> {
      const auto take = [](Semaphore& gate, Record& record, int who) -> Task<int> {
        auto permit = co_await gate.acquire();
        co_await yield();
        record.note(who);
        co_return 0;
      };
      Future<int> first = spawn(executor_here(), take(gate, record, 1));
      co_await settle();
      scope.spawn(take(gate, record, 2));
      co_await settle();
      gate.add_permits(1);  // For the first, which has not run since.
      EXPECT_TRUE(first.cancel());
      auto end = co_await outcome(first);
      EXPECT_EQ(end_of(end), "aborted: requested");
    });
    EXPECT_EQ(record.text(), "2");
    EXPECT_EQ(gate.available(), 1U);
  });
}

TEST_P(Primitives, many_cancelled_waiters_leave_no_trace_contract_34) {
  run_here([]() -> Task<> {
    Semaphore gate(0);
    Queue<int> empty(1);
    Queue<int> full(1);
    Event event;
    Mutex mutex;
    Condition condition;
    EXPECT_TRUE(full.try_put(1));
    {
      auto held = co_await mutex.lock();
      std::vector<Task<>> waiters;
      const auto wait_in_vain = [](auto operation) -> Task<> {
        auto end = co_await outcome(timeout(200us, std::move(operation)));
        EXPECT_EQ(end_of(end), "timed_out");
      };
      for (int i = 0; i < 20; ++i) {
        waiters.push_back(wait_in_vain(gate.acquire()));
        waiters.push_back(wait_in_vain(empty.get()));
        waiters.push_back(wait_in_vain(full.put(2)));
        waiters.push_back(wait_in_vain(event.wait()));
        waiters.push_back(wait_in_vain(mutex.lock()));
        waiters.push_back(wait_in_vain(empty.next()));
        waiters.push_back(wait_in_vain(full.reserve()));
      }
      co_await gather(std::move(waiters));
    }
    EXPECT_EQ(gate.available(), 0U);
    EXPECT_TRUE(mutex.try_lock().has_value());
    EXPECT_EQ(empty.size(), 0U);
    EXPECT_EQ(full.try_get(), 1);
    EXPECT_EQ(full.try_get(), std::nullopt);
    gate.add_permits(1);
    EXPECT_TRUE(gate.try_acquire().has_value());
    EXPECT_TRUE(empty.try_put(5));
    EXPECT_EQ(empty.try_get(), 5);
  });
}

TEST_P(Primitives, permits_and_locks_are_given_back_when_they_die_contract_35) {
  run_here([]() -> Task<> {
    Semaphore gate(3);
    Mutex mutex;
    const auto fail_inside = [](Semaphore& gate, Mutex& mutex) -> Task<> {
      auto permit = co_await gate.acquire(2);
      auto lock = co_await mutex.lock();
      EXPECT_EQ(gate.available(), 1U);
      permit.release();
      permit.release();  // Once: it holds nothing any more.
      EXPECT_EQ(gate.available(), 3U);
      permit = co_await gate.acquire();
      co_await sleep(1h);
    };
    auto end = co_await outcome(timeout(100us, fail_inside(gate, mutex)));
    EXPECT_EQ(end_of(end), "timed_out");
    EXPECT_EQ(gate.available(), 3U);
    EXPECT_TRUE(mutex.try_lock().has_value());
  });
}

TEST_P(Primitives, a_cancelled_condition_takes_its_lock_again_before_it_says_so_contract_35) {
  run_here([]() -> Task<> {
    Mutex mutex;
    Condition changed;
    Gate waits(1);
    Record record;
    Future<void> waiting = spawn(executor_here(), [&]() -> Task<> {
      auto lock = co_await mutex.lock();
      waits.arrive();
      auto end = co_await outcome(changed.wait(lock));
      record.note(end_of(end));
      EXPECT_TRUE(lock.is_held());
      EXPECT_FALSE(mutex.try_lock().has_value());
    });
    co_await waits.all_here();
    {
      auto lock = co_await mutex.lock();  // It waits in the condition now.
      EXPECT_TRUE(waiting.cancel());
      co_await settle();
      EXPECT_EQ(record.text(), "") << "said so without the lock";
    }
    co_await waiting;
    EXPECT_EQ(record.text(), "cancelled: requested");
  });
}

TEST_P(Primitives, a_bounded_put_waits_and_a_closed_queue_drains_contract_36) {
  run_here([]() -> Task<> {
    Queue<int> queue(2);
    Record record;
    Gate before_the_third(1);
    auto [put, got] = co_await gather_outcomes(
        [](Queue<int>& queue, Gate& before_the_third, Record& record) -> Task<> {
          co_await queue.put(1);
          co_await queue.put(2);
          before_the_third.arrive();
          co_await queue.put(3);
          record.note("third_put");
          queue.close();
          co_await queue.put(4);
        }(queue, before_the_third, record),
        [](Queue<int>& queue, Gate& before_the_third, Record& record) -> Task<int> {
          co_await before_the_third.all_here();
          co_await settle();
          EXPECT_EQ(record.text(), "") << "it did not wait for room";
          int sum = 0;
          for (bool more = true; more;) {
            auto item = co_await queue.next();
            more = item.has_value();
            if (more) sum += *item;
          }
          co_return sum;
        }(queue, before_the_third, record));
    EXPECT_EQ(end_of(put), "closed");
    EXPECT_EQ(*got, 6);
    auto late = co_await outcome(queue.get());
    EXPECT_EQ(end_of(late), "closed");

    Queue<int> full(2);
    co_await full.put(4);
    co_await full.put(5);
    full.close();
    const int four = co_await full.get();
    const int five = co_await full.get();
    EXPECT_EQ(four + five, 9) << "what was put before is still given";
    auto end = co_await outcome(full.get());
    EXPECT_EQ(end_of(end), "closed");
  });
}

TEST_P(Primitives, closing_now_discards_and_ends_every_waiter_contract_36) {
  run_here([]() -> Task<> {
    const Alone alone;
    Queue<int> full(2);
    Queue<int> empty(2);
    EXPECT_TRUE(full.try_put(1));
    EXPECT_TRUE(full.try_put(2));
    Record record;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.spawn([&]() -> Task<> {
        auto end = co_await outcome(full.put(3));
        record.note(end_of(end));
      });
      scope.spawn([&]() -> Task<> {
        auto end = co_await outcome(empty.get());
        record.note(end_of(end));
      });
      scope.spawn([&]() -> Task<> {
        auto item = co_await empty.next();
        record.note(item.has_value() ? "item" : "end");
      });
      co_await settle();
      EXPECT_EQ(full.close_now(), 2U);
      co_await settle();
      EXPECT_EQ(empty.close_now(), 0U);
    });
    EXPECT_EQ(record.text(), "closed closed end");
    EXPECT_EQ(full.try_get(), std::nullopt);
  });
}

TEST_P(Primitives, join_waits_for_every_task_done_and_a_place_is_kept_or_given_up_contract_36) {
  run_here([]() -> Task<> {
    Queue<int> queue(1);
    Record record;
    co_await with_scope([&](Scope& scope) -> Task<> {
      {
        auto slot = co_await queue.reserve();
        EXPECT_FALSE(queue.try_put(9)) << "a reserved place counts as full";
        slot.commit(1);
      }
      scope.spawn([&]() -> Task<> {
        const int item = co_await queue.get();
        co_await sleep(100us);
        record.note(item);
        queue.task_done();
      });
      co_await queue.join();
      record.note("joined");
      {
        auto dropped = co_await queue.reserve();
      }
      EXPECT_TRUE(queue.try_put(2));
    });
    EXPECT_EQ(record.text(), "1 joined");
  });
}

TEST_P(Primitives, one_queue_serves_threads_callbacks_and_coroutines_at_once_contract_36) {
  constexpr int kEach = 200;
  Queue<int> queue(16);
  std::thread thread([&] {
    for (int i = 0; i < kEach; ++i) wait(queue.put(1));
  });
  const int total = run_here([&]() -> Task<int> {
    const auto put_many = [](Queue<int>& queue) -> Task<> {
      for (int i = 0; i < kEach; ++i) co_await queue.put(10);
    };
    const auto get_all = [](Queue<int>& queue, int callbacks) -> Task<int> {
      int sum = 0;
      for (int i = 0; i < 2 * kEach + callbacks; ++i) {
        const int item = co_await queue.get();
        sum += item;
      }
      co_return sum;
    };
    for (int i = 0; i < 8; ++i) start(queue.put(100), on(executor_here()), [](Outcome<void> end) { end.value(); });
    auto [none, sum] = co_await gather(put_many(queue), get_all(queue, 8));
    co_return sum;
  });
  thread.join();
  EXPECT_EQ(total, kEach * 11 + 800);
}

}  // namespace
}  // namespace ringback

// The ends of work: who completes it, who cancels it, who is told, and when its memory may go.
#include <optional>

#include "ringback/async/completion.h"
#include "ringback/async/future.h"
#include "ringback/async/gather.h"
#include "ringback/async/scope.h"
#include "ringback/sync/event.h"
#include "tests/interleaving/place_test.h"

namespace ringback::interleaving {
namespace {

TEST(FutureOrders, a_callback_meets_the_end_of_the_work_and_its_removal) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    int called = 0;
    bool removed = false;
    {
      Future<int> future = spawn(pool, [] { return 7; });
      pool.worker("work");
      model.thread("callback", [&] {
        const runtime::DoneCallback callback = future.on_done([&](const Outcome<int>& outcome) {
          model.expect(outcome.value() == 7, "it is called with the outcome");
          ++called;
        });
        removed = callback.remove();
        pool.work();
      });
      pool.join();
    }
    model.expect(called == (removed ? 0 : 1), "it is called once, or removed");
  });
}

TEST(FutureOrders, callbacks_from_two_sides_run_one_after_the_other) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    int called = 0;
    {
      Future<int> future = spawn(pool, [] { return 7; });
      const auto add = [&] {
        future.on_done([&](const Outcome<int>&) { ++called; });
        pool.work();
      };
      model.thread("one", add);
      add();
      pool.join();
    }
    model.expect(called == 2, "each is called");
  });
}

TEST(FutureOrders, slow_a_thread_that_blocks_for_it_is_woken) {
  in_every_order({.preemptions = 2, .late_stores = 1}, [](Case& model, HandPool& pool) {
    Future<int> future = spawn(pool, [] { return 7; });
    pool.worker("work");
    model.expect(future.get() == 7, "it gets the value");
    model.join();
  });
}

TEST(FutureOrders, slow_a_task_that_awaits_it_meets_its_end_and_a_cancellation) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    Future<int> future = spawn(pool, [] { return 7; });
    Waiting waiting(pool, future.operation());
    pool.worker("work");
    model.thread("cancel", [&] { waiting.cancel(); });
    waiting.begin();
    pool.join();
    model.expect(waiting.was_told_once(), "the waiter is told once");
  });
}

TEST(FutureOrders, whoever_begins_to_await_it_as_it_ends_is_told) {
  in_every_order({.preemptions = 3}, [](Case& model, HandPool& pool) {
    Future<int> future = spawn(pool, [] { return 7; });
    Waiting waiting(pool, future.operation());
    pool.worker("work");
    waiting.begin();
    pool.join();
    model.expect(waiting.was_told_once() && waiting.has_value(), "the waiter is told");
  });
}

TEST(CompletionOrders, completing_meets_a_wait_and_its_cancellation) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    bool completed = false;
    int told_foreign = 0;
    auto completion = std::make_unique<Completion<int>>();
    completion->on_cancel([&] { ++told_foreign; });
    std::optional<Completer<int>> completer(completion->completer());
    Waiting waiting(pool, completion->operation());
    completion.reset();
    model.thread("complete", [&] {
      completed = completer->try_complete(7);
      completer.reset();
    });
    model.thread("cancel", [&] { waiting.cancel(); });
    waiting.begin();
    pool.join();
    model.expect(waiting.was_told_once(), "the waiter is told once");
    model.expect(!waiting.has_value() || completed, "a value was completed with");
    model.expect(!waiting.has_value() || told_foreign == 0, "nobody is told of a cancellation that came too late");
  });
}

TEST(CompletionOrders, slow_the_last_completer_goes_while_another_completes) {
  in_every_order({.preemptions = 3}, [](Case& model, HandPool& pool) {
    auto completion = std::make_unique<Completion<int>>();
    std::optional<Completer<int>> one(completion->completer());
    std::optional<Completer<int>> two(completion->completer());
    Waiting waiting(pool, completion->operation());
    completion.reset();
    bool completed = false;
    model.thread("one", [&] {
      completed = one->try_complete(7);
      one.reset();
    });
    model.thread("two", [&] { two.reset(); });
    waiting.begin();
    pool.join();
    model.expect(completed, "only one completes");
    model.expect(waiting.was_told_once() && waiting.has_value(), "the value arrives");
  });
}

TEST(CompletionOrders, two_completers_go_at_once_and_nobody_waits_for_ever) {
  in_every_order({.preemptions = 3}, [](Case& model, HandPool& pool) {
    auto completion = std::make_unique<Completion<int>>();
    std::optional<Completer<int>> one(completion->completer());
    std::optional<Completer<int>> two(completion->completer());
    Waiting waiting(pool, completion->operation());
    waiting.begin();
    completion.reset();
    model.thread("one", [&] { one.reset(); });
    two.reset();
    pool.join();
    model.expect(waiting.was_told_once() && !waiting.has_value(), "the waiter is told that nobody will");
  });
}

TEST(RootOrders, slow_a_cancellation_that_was_recorded_came_before_the_end) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    Event event;
    bool recorded = false;
    std::optional<Outcome<void>> outcome;
    {
      Future<void> future = spawn(pool, event.wait());
      pool.worker("set", [&] { event.set(); });
      model.thread("cancel", [&] { recorded = future.cancel(); });
      pool.work();
      pool.join();
      model.expect(future.is_done(), "it has ended");
      outcome.emplace(future.outcome());
    }
    model.expect(outcome->ok() || recorded, "nobody is cancelled whose canceller was told that it came too late");
  });
}

TEST(RootOrders, slow_work_that_is_cancelled_twice_ends_once_and_leaves_nothing) {
  in_every_order({.preemptions = 3}, [](Case& model, HandPool& pool) {
    Event never;
    Future<void> future = spawn(pool, never.wait());
    pool.work();
    model.thread("one", [&] { model.expect(future.cancel(), "it has not ended"); });
    model.thread("two", [&] { model.expect(future.cancel(), "nobody has run it to its end"); });
    pool.join();
    model.expect(future.is_done() && !future.outcome().ok(), "it is cancelled");
  });
}

TEST(RootOrders, work_that_begins_as_it_is_cancelled_sees_that) {
  in_every_order({.preemptions = 3}, [](Case& model, HandPool& pool) {
    Event never;
    Future<void> future = spawn(pool, never.wait());
    pool.worker("work");
    model.expect(future.cancel(), "it has not ended");
    pool.join();
    model.expect(future.is_done(), "it is cancelled");
  });
}

TEST(RootOrders, queued_work_is_begun_by_a_worker_or_by_who_blocks_for_it) {
  in_every_order({.preemptions = 3}, [](Case& model, HandPool& pool) {
    int run = 0;
    {
      Future<void> future = spawn(pool, [&] { ++run; });
      pool.worker("work");
      pool.call([&]() noexcept { future.get(); });
      pool.join();
    }
    model.expect(run == 1, "it has run once");
  });
}

TEST(RootOrders, slow_work_that_is_queued_is_taken_back_once) {
  in_every_order({.preemptions = 3}, [](Case& model, HandPool& pool) {
    int run = 0;
    Future<void> future = spawn(pool, [&] { ++run; });
    auto* const root = &future;
    pool.worker("work");
    model.thread("cancel", [&] { root->cancel(); });
    pool.join();
    model.expect(future.is_done(), "it has ended");
    model.expect(run == (future.outcome().ok() ? 1 : 0), "it has run, or never begun");
  });
}

TEST(GroupOrders, the_last_of_two_to_end_tells_and_nobody_touches_the_group_after_it) {
  in_every_order({.preemptions = 3}, [](Case& model, HandPool& pool) {
    Event one;
    Event two;
    Waiting gathering(pool, gather(one.wait(), two.wait()));
    gathering.begin();
    pool.worker("one", [&] { one.set(); });
    two.set();
    pool.work();
    pool.join();
    model.expect(gathering.was_told_once() && gathering.has_value(), "both have ended");
  });
}

Task<void> waits_for(Event& event) { co_await event.wait(); }
Task<void> two_children(Event& one, Event& two) {
  co_await with_scope([&](Scope& scope) -> Task<void> {
    scope.spawn(waits_for(one));
    scope.spawn(waits_for(two));
    co_return;
  });
}

TEST(ScopeOrders, slow_children_that_free_themselves_meet_the_cancellation_that_walks_over_them) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    Event one;
    Event two;
    Future<void> future = spawn(pool, two_children(one, two));
    pool.work();
    pool.worker("end", [&] { one.set(); });
    pool.worker("cancel", [&] { future.cancel(); });
    model.join();
    two.set();
    pool.work();
    model.expect(future.is_done(), "it has ended");
  });
}

}  // namespace
}  // namespace ringback::interleaving

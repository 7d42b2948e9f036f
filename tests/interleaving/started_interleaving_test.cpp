// A child that says when it is ready, as that meets its end, a cancellation, and who begins to wait for it.
#include <optional>

#include "ringback/async/future.h"
#include "ringback/async/race.h"
#include "ringback/async/scope.h"
#include "ringback/sync/event.h"
#include "tests/interleaving/place_test.h"

namespace ringback::interleaving {
namespace {

// What a child gives to other threads.
using Handed = std::optional<runtime::Started<int>>;

// False: too late.
bool says_ready(const Handed& handed) {
  try {
    handed->set(7);
    return true;
  } catch (const Error&) {
    return false;
  }
}

Task<void> is_ready_at_once(runtime::Started<int> started) {
  const int value = 7;
  started.set(value);
  co_return;
}
Task<void> is_ready_after(runtime::Started<int> started, Event* go) {
  co_await go->wait();
  started.set(7);
}
Task<void> ends_after(runtime::Started<int> started, Handed* handed, Event* go) {
  handed->emplace(std::move(started));
  co_await go->wait();
}

Task<int> starts_and_waits() {
  co_return co_await with_scope([](Scope& scope) -> Task<int> { co_return co_await scope.start(is_ready_at_once); });
}
Task<int> starts(Handed& handed, Event& go) {
  co_return co_await with_scope(
      [&](Scope& scope) -> Task<int> { co_return co_await scope.start(ends_after, &handed, &go); });
}
Task<int> starts_until(Event& go, Event& stop) {
  co_return co_await with_scope([&](Scope& scope) -> Task<int> {
    const auto first = co_await race(scope.start(is_ready_after, &go), stop.wait());
    co_return first.index() == 0 ? std::get<0>(first) : 0;
  });
}

TEST(StartedOrders, a_child_that_is_ready_as_somebody_begins_to_wait_for_it_is_heard) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    Future<int> future = spawn(pool, starts_and_waits());
    pool.worker("other");
    pool.work();
    pool.join();
    model.expect(future.is_done() && future.outcome().value() == 7, "it is started");
  });
}

TEST(StartedOrders, a_child_that_is_ready_from_another_thread_meets_the_cancellation) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    Handed handed;
    Event never;
    Future<int> future = spawn(pool, starts(handed, never));
    pool.work();
    pool.worker("cancel", [&] { future.cancel(); });
    says_ready(handed);
    pool.work();
    pool.join();
    model.expect(future.is_done(), "it has ended, with all it began");
    model.expect(future.outcome().ok() || future.outcome().failure().is_cancelled(), "by one or the other");
    handed.reset();
  });
}

TEST(StartedOrders, a_child_that_ends_meets_who_says_that_it_is_ready) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    Handed handed;
    Event go;
    bool was_in_time = false;
    Future<int> future = spawn(pool, starts(handed, go));
    pool.work();
    model.thread("set", [&] { was_in_time = says_ready(handed); });
    go.set();
    pool.work();
    pool.join();
    model.expect(future.is_done(), "it has ended");
    model.expect(future.outcome().ok() == was_in_time, "it was ready, or who said so was too late");
    handed.reset();
  });
}

TEST(StartedOrders, a_child_that_begins_meets_the_cancellation_of_who_waits_for_it) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    Event never;
    Event stop;
    Future<int> future = spawn(pool, starts_until(never, stop));
    pool.worker("stop", [&] { stop.set(); });
    pool.work();
    pool.join();
    model.expect(future.is_done() && future.outcome().ok(), "it has ended, with all it began");
  });
}

TEST(StartedOrders, a_child_that_becomes_ready_meets_the_cancellation_of_who_waits_for_that) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    Event go;
    Event stop;
    Future<int> future = spawn(pool, starts_until(go, stop));
    pool.work();
    pool.worker("stop", [&] { stop.set(); });
    go.set();
    pool.work();
    pool.join();
    model.expect(future.is_done() && future.outcome().ok(), "it has ended, with all it began");
  });
}

}  // namespace
}  // namespace ringback::interleaving

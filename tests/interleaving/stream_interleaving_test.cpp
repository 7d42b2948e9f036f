// A stream between threads: its body begins, gives and ends while it is pulled, closed and dropped.
#include <optional>

#include "ringback/async/future.h"
#include "ringback/async/unhandled.h"
#include "ringback/stream/stream.h"
#include "ringback/sync/event.h"
#include "tests/interleaving/place_test.h"

namespace ringback::interleaving {
namespace {

// Counts those that are alive.
class Member {
 public:
  explicit Member(int& alive) noexcept : alive_(alive) { ++alive_; }
  ~Member() { --alive_; }
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;

 private:
  int& alive_;
};

// Two items; then only a cancellation ends it.
Stream<int> gives_two(int& bodies, Event& never) {
  const Member body(bodies);
  co_yield 1;
  co_yield 2;
  co_await never.wait();
}

void expect_nothing_runs(Case& model, const int& bodies) { model.expect(bodies == 0, "the body has ended"); }

TEST(StreamOrders, it_is_closed_as_its_body_begins) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    int bodies = 0;
    Event never;
    Stream<int> numbers = gives_two(bodies, never);
    Waiting pulling(pool, numbers.next());
    Waiting closing(pool, numbers.close());
    model.thread("close", [&] { closing.begin(); });
    pulling.begin();
    pool.join();
    model.expect(pulling.was_told_once() && pulling.has_value(), "who pulls is told once");
    model.expect(closing.was_told_once() && closing.has_value(), "so is who closes");
    expect_nothing_runs(model, bodies);
  });
}

TEST(StreamOrders, it_is_closed_as_an_item_comes) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    int bodies = 0;
    Event never;
    Stream<int> numbers = gives_two(bodies, never);
    Waiting first(pool, numbers.next());
    first.begin();
    pool.work();
    model.expect(first.has_value() && first.outcome()->value() == 1, "the first item");
    Waiting pulling(pool, numbers.next());
    Waiting closing(pool, numbers.close());
    pool.worker("close", [&] { closing.begin(); });
    pulling.begin();
    pool.work();
    pool.join();
    model.expect(pulling.was_told_once() && pulling.has_value(), "who pulls is told once");
    model.expect(pulling.outcome()->value().value_or(2) == 2, "the second, or the end");
    model.expect(closing.was_told_once() && closing.has_value(), "so is who closes");
    expect_nothing_runs(model, bodies);
  });
}

Task<void> takes_one(Stream<int> numbers, int& seen) {
  const auto item = co_await numbers.next();
  seen = item.value_or(0);
}

TEST(StreamOrders, it_is_dropped_while_its_body_goes_to_rest) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    int bodies = 0;
    Event never;
    int seen = 0;
    {
      Future<void> future = spawn(pool, takes_one(gives_two(bodies, never), seen));
      pool.worker("other");
      pool.work();
      pool.join();
      model.expect(future.is_done(), "the consumer has ended");
    }
    model.expect(seen == 1, "it had its item");
    expect_nothing_runs(model, bodies);
  });
}

TEST(StreamOrders, an_item_that_meets_the_cancellation_of_who_pulls_is_not_lost) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    int bodies = 0;
    Event never;
    {
      Stream<int> numbers = gives_two(bodies, never);
      Waiting cancelled(pool, numbers.next());
      pool.worker("cancel", [&] { cancelled.cancel(); });
      cancelled.begin();
      pool.work();
      pool.join();
      model.expect(cancelled.was_told_once(), "who pulls is told once");
      Waiting next(pool, numbers.next());
      next.begin();
      pool.work();
      model.expect(next.has_value() && next.outcome()->value() == (cancelled.has_value() ? 2 : 1), "each item in turn");
    }
    pool.work();
    expect_nothing_runs(model, bodies);
  });
}

Stream<int> fails(bool& has_begun) {
  const Error error(ErrorKind::refused, "body", "no");
  has_begun = true;
  throw error;
  co_yield 0;
}

int unheard = 0;

// No failure of theirs is left to the hook.
void in_every_order_heard(Bounds bounds, void (*body)(Case&, HandPool&)) {
  const UnhandledHook before = set_unhandled_hook([](const Unhandled&) noexcept { ++unheard; });
  in_every_order(bounds, [body](Case& model, HandPool& pool) {
    unheard = 0;
    body(model, pool);
    model.expect(unheard == 0, "a failure is heard");
  });
  set_unhandled_hook(before);
}

TEST(StreamOrders, a_failure_of_the_body_is_heard_by_who_pulls) {
  in_every_order_heard({.preemptions = 2}, [](Case& model, HandPool& pool) {
    bool has_begun = false;
    Stream<int> numbers = fails(has_begun);
    Waiting pulling(pool, numbers.next());
    pool.worker("work");
    pulling.begin();
    pool.work();
    pool.join();
    model.expect(pulling.was_told_once() && !pulling.has_value(), "it is the one");
  });
}

TEST(StreamOrders, a_failure_of_the_body_reaches_one_of_who_pulls_and_who_closes) {
  in_every_order_heard({.preemptions = 2}, [](Case& model, HandPool& pool) {
    bool has_begun = false;
    Stream<int> numbers = fails(has_begun);
    Waiting pulling(pool, numbers.next());
    Waiting closing(pool, numbers.close());
    model.thread("close", [&] { closing.begin(); });
    pulling.begin();
    pool.work();
    pool.join();
    model.expect(pulling.was_told_once() && closing.was_told_once(), "each is told once");
    const int heard = (pulling.has_value() ? 0 : 1) + (closing.has_value() ? 0 : 1);
    model.expect(heard == (has_begun ? 1 : 0), "one of them hears of it");
  });
}

}  // namespace
}  // namespace ringback::interleaving

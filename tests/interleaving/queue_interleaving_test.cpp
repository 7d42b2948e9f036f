// A queue between threads: each item comes out once, or is still there, whatever is closed or cancelled.
#include "ringback/sync/queue.h"
#include "tests/interleaving/place_test.h"

namespace ringback::interleaving {
namespace {

TEST(QueueOrders, an_item_meets_a_get_and_its_cancellation) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    Queue<int> queue(1);
    Waiting getting(pool, queue.get());
    model.thread("put", [&] { model.expect(queue.try_put(7), "there is room"); });
    model.thread("cancel", [&] { getting.cancel(); });
    getting.begin();
    pool.join();
    model.expect(getting.was_told_once(), "the getter is told once");
    if (getting.has_value()) model.expect(getting.outcome()->value() == 7, "it has the item");
    model.expect(queue.size() == (getting.has_value() ? 0u : 1u), "the item is given, or still there");
  });
}

TEST(QueueOrders, an_item_that_comes_as_somebody_begins_to_get_is_given) {
  in_every_order({.preemptions = 3}, [](Case& model, HandPool& pool) {
    Queue<int> queue(1);
    Waiting getting(pool, queue.get());
    Waiting putting(pool, queue.put(7));
    model.thread("put", [&] { putting.begin(); });
    getting.begin();
    pool.join();
    model.expect(getting.was_told_once() && getting.has_value(), "the getter has it");
    model.expect(putting.was_told_once() && putting.has_value(), "it was put");
  });
}

TEST(QueueOrders, two_put_into_one_place_while_one_gets) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    Queue<int> queue(1);
    Waiting first(pool, queue.put(1));
    Waiting second(pool, queue.put(2));
    model.thread("one", [&] { first.begin(); });
    model.thread("two", [&] { second.begin(); });
    int sum = queue.try_get().value_or(0);
    model.join();
    while (const auto item = queue.try_get()) sum += *item;
    pool.work();
    model.expect(first.was_told_once() && first.has_value(), "the first is in");
    model.expect(second.was_told_once() && second.has_value(), "so is the second");
    model.expect(sum == 3, "each came out once");
  });
}

TEST(QueueOrders, closing_meets_a_put_that_waits_and_a_get) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    Queue<int> queue(1);
    model.expect(queue.try_put(1), "there is room");
    Waiting putting(pool, queue.put(2));
    putting.begin();
    int sum = 0;
    model.thread("close", [&] { queue.close(); });
    model.thread("get", [&] { sum += queue.try_get().value_or(0); });
    model.join();
    while (const auto item = queue.try_get()) sum += *item;
    pool.work();
    model.expect(putting.was_told_once(), "the putter is told once");
    model.expect(sum == (putting.has_value() ? 3 : 1), "what was put came out");
  });
}

TEST(QueueOrders, a_reserved_place_is_filled_while_the_queue_is_closed_at_once) {
  in_every_order({.preemptions = 3}, [](Case& model, HandPool& pool) {
    Queue<int> queue(1);
    Waiting reserving(pool, queue.reserve());
    reserving.begin();
    Waiting getting(pool, queue.next());
    getting.begin();
    std::size_t discarded = 0;
    bool is_committed = true;
    model.thread("close", [&] { discarded = queue.close_now(); });
    auto slot = *std::move(*reserving.outcome());
    try {
      slot.commit(5);
    } catch (const Error&) {
      is_committed = false;
    }
    pool.join();
    model.expect(getting.was_told_once() && getting.has_value(), "the getter is told once");
    const bool has_item = getting.outcome()->value().has_value();
    model.expect(is_committed == (has_item || discarded == 1), "the item went one way");
  });
}

TEST(QueueOrders, join_ends_with_the_last_item) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    Queue<int> queue(2);
    model.expect(queue.try_put(1) && queue.try_put(2), "there is room");
    Waiting joining(pool, queue.join());
    const auto finish_one = [&] {
      if (queue.try_get()) queue.task_done();
    };
    model.thread("one", finish_one);
    model.thread("two", finish_one);
    joining.begin();
    pool.join();
    model.expect(joining.was_told_once() && joining.has_value(), "nothing is unfinished");
  });
}

}  // namespace
}  // namespace ringback::interleaving

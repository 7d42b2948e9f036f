// Work that goes over to another executor and comes back, as that meets its end and a cancellation.
#include "ringback/async/on.h"
#include "ringback/async/task.h"
#include "ringback/sync/event.h"
#include "tests/interleaving/place_test.h"

namespace ringback::interleaving {
namespace {

void expect_nothing_there(Case& model, HandPool& home, HandPool& there) {
  home.join();
  there.work();
  home.work();
  model.expect(there.owns_nothing(), "nothing is left over there");
}

TEST(HopOrders, it_is_cancelled_as_it_goes_over) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& home) {
    HandPool there(model);
    Event never;
    Waiting hopping(home, on(there, never.wait()));
    there.worker("cancel", [&] { hopping.cancel(); });
    hopping.begin();
    there.work();
    expect_nothing_there(model, home, there);
    model.expect(hopping.was_told_once() && !hopping.has_value(), "who waits is told once");
  });
}

TEST(HopOrders, it_is_cancelled_as_it_ends) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& home) {
    HandPool there(model);
    Event event;
    Waiting hopping(home, on(there, event.wait()));
    hopping.begin();
    there.work();
    there.worker("set", [&] { event.set(); });
    hopping.cancel();
    there.work();
    expect_nothing_there(model, home, there);
    model.expect(hopping.was_told_once(), "who waits is told once");
  });
}

Task<bool> comes_back_from(HandPool& there) {
  const int value = co_await on(there, [] { return 7; });
  co_return value == 7 && there.owns_nothing();
}

TEST(HopOrders, it_comes_back_while_it_still_goes_over_and_has_left_by_then) {
  in_every_order({.preemptions = 3}, [](Case& model, HandPool& home) {
    HandPool there(model);
    Waiting hopping(home, comes_back_from(there));
    model.thread("there", [&] {
      there.work();
      home.work();
    });
    hopping.begin();
    home.work();
    expect_nothing_there(model, home, there);
    model.expect(hopping.was_told_once() && hopping.outcome()->value(), "it has the value, and is here alone");
  });
}

TEST(HopOrders, what_nobody_waits_for_any_more_goes_when_it_has_run) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& home) {
    HandPool there(model);
    Waiting hopping(home, offload_abandonable(there, [](int value) { return value; }, 7));
    hopping.begin();
    there.worker("there");
    hopping.cancel();
    home.work();
    expect_nothing_there(model, home, there);
    model.expect(hopping.was_told_once(), "who waits is told once");
  });
}

}  // namespace
}  // namespace ringback::interleaving

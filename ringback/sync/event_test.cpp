#include "ringback/sync/event.h"

#include <thread>

#include "ringback/async/start.h"
#include "ringback/sync/places_test.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;

class EventAnywhere : public InEveryPlace {};
class EventInOrder : public InEveryPlace {};
INSTANTIATE_TEST_SUITE_P(Places, EventAnywhere, kEveryPlace, kPlaceName);
INSTANTIATE_TEST_SUITE_P(Places, EventInOrder, kPlacesInOrder, kPlaceName);

TEST(Event, is_a_level_and_not_a_pulse) {
  Event event;
  event.set();
  event.set();
  wait(event.wait());
  wait(event.wait());
  EXPECT_TRUE(event.is_set());
  event.reset();
  EXPECT_FALSE(event.is_set());
  EXPECT_THROW(wait(timeout(0ms, event.wait())), TimeoutError);
}

TEST(Event, wakes_a_blocked_thread_a_callback_and_a_future) {
  Event event;
  Event called;
  Pool pool({.threads = 2});
  auto future = spawn(pool, event.wait());
  start(event.wait(), on(pool), [&](Outcome<void> ended) {
    EXPECT_TRUE(ended.ok());
    called.set();
  });
  std::thread setter([&] { event.set(); });
  wait(event.wait());
  future.get();
  wait(called.wait());
  setter.join();
}

// The event dies as soon as the wait returns: set() must not touch it after letting the waiter go.
TEST(Event, may_die_right_after_the_wait) {
  for (int i = 0; i < 300; ++i) {
    auto event = std::make_unique<Event>();
    std::thread setter([&event = *event] { event.set(); });
    wait(event->wait());
    event.reset();
    setter.join();
  }
}

TEST(EventDeathTest, destroying_it_under_a_waiter_aborts) {
  const auto destroy_under_waiter = [] {
    Loop loop({.driver = std::make_unique<VirtualDriver>()});
    auto event = std::make_unique<Event>();
    auto waiting = spawn(loop, event->wait());
    loop.poll();
    event.reset();
  };
  EXPECT_DEATH(destroy_under_waiter(), "must outlive");
}

Task<> set_and_reset(Event& event) {
  co_await yield();
  event.set();
  event.reset();
}
Task<> three_wait(Event& event, Log& log) {
  auto first = noted(event.wait(), log, 1);
  auto second = noted(event.wait(), log, 2);
  auto third = noted(event.wait(), log, 3);
  co_await gather(std::move(first), std::move(second), std::move(third), set_and_reset(event));
}

TEST_P(EventAnywhere, lets_all_waiters_go_even_where_it_is_reset_at_once) {
  Event event;
  Log log;
  here(three_wait(event, log));
  EXPECT_EQ(log.entries().size(), 3u);
}

TEST_P(EventInOrder, contract_33_lets_them_go_in_order) {
  Event event;
  Log log;
  here(three_wait(event, log));
  EXPECT_EQ(log.entries(), (std::vector{1, 2, 3}));
}

Task<> set_and_cancel(Event& event, bool cancel_first, bool& completed) {
  auto waiting = spawn(*internal::this_thread.executor, event.wait());
  co_await sleep(1ms);
  if (cancel_first) waiting.cancel();
  event.set();
  if (!cancel_first) waiting.cancel();
  auto ended = co_await outcome(std::move(waiting));
  completed = ended.ok();
}

TEST_P(EventInOrder, contract_07_whichever_of_set_and_cancel_comes_first_decides) {
  bool completed = false;
  Event first;
  here(set_and_cancel(first, false, completed));
  EXPECT_TRUE(completed);
  Event second;
  here(set_and_cancel(second, true, completed));
  EXPECT_FALSE(completed);
}

Task<> wait_a_while(Event& event) { co_await timeout(1ms, event.wait()); }
Task<> many_give_up(Event& event) {
  std::vector<Task<>> waits;
  for (int i = 0; i < 1000; ++i) waits.push_back(wait_a_while(event));
  auto ends = co_await gather_outcomes(std::move(waits));
  for (auto& end : ends) EXPECT_FALSE(end.ok());
  event.set();
  co_await event.wait();
}

TEST_P(EventAnywhere, contract_34_many_cancelled_waiters_leave_no_trace) {
  Event event;
  here(many_give_up(event));
}

}  // namespace
}  // namespace ringback

// Closing a queue under those who wait, joining it, and places that are reserved.
#include "ringback/sync/queue.h"

#include "ringback/sync/places_test.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;

class QueueClosing : public InEveryPlace {};
INSTANTIATE_TEST_SUITE_P(Places, QueueClosing, kEveryPlace, kPlaceName);

Task<> close_soon(Queue<int>& queue, bool now) {
  co_await yield();
  if (now) {
    EXPECT_EQ(queue.close_now(), queue.capacity());
  } else {
    queue.close();
  }
}
Task<> putters_meet_close(Queue<int>& queue, bool now) {
  co_await queue.put(0);
  auto ends = co_await gather_outcomes(queue.put(1), queue.reserve(), close_soon(queue, now));
  EXPECT_EQ(std::get<0>(ends).failure().error()->kind(), ErrorKind::closed);
  EXPECT_EQ(std::get<1>(ends).failure().error()->kind(), ErrorKind::closed);
  EXPECT_TRUE(std::get<2>(ends).ok());
}

TEST_P(QueueClosing, contract_36_closing_ends_waiting_putters) {
  for (const bool now : {false, true}) {
    Queue<int> queue(1);
    here(putters_meet_close(queue, now));
    EXPECT_EQ(queue.size(), now ? 0u : 1u);
  }
}

Task<> close_empty(Queue<int>& queue, bool now) {
  co_await yield();
  if (now) {
    queue.close_now();
  } else {
    queue.close();
  }
}
Task<> getters_meet_close(Queue<int>& queue, bool now) {
  auto ends = co_await gather_outcomes(queue.get(), queue.next(), close_empty(queue, now));
  EXPECT_EQ(std::get<0>(ends).failure().error()->kind(), ErrorKind::closed);
  EXPECT_FALSE(std::get<1>(ends).value().has_value());
}

TEST_P(QueueClosing, contract_36_closing_ends_waiting_getters) {
  for (const bool now : {false, true}) {
    Queue<int> queue(1);
    here(getters_meet_close(queue, now));
  }
}

Task<> work_off(Queue<int>& queue, int count, int& done) {
  for (int i = 0; i < count; ++i) {
    const int item = co_await queue.get();
    co_await yield();
    done += item;
    queue.task_done();
  }
}
Task<> wait_for_all(Queue<int>& queue, int& done) {
  co_await queue.put(1);
  co_await queue.put(1);
  co_await queue.join();
  EXPECT_EQ(done, 2);
}

TEST_P(QueueClosing, contract_36_join_waits_until_every_item_has_been_dealt_with) {
  Queue<int> queue(2);
  int done = 0;
  here(gather(wait_for_all(queue, done), work_off(queue, 2, done)));
  wait(queue.join());
}

TEST(QueueClosed, contract_36_what_is_discarded_counts_as_dealt_with) {
  Queue<int> queue(3);
  for (int i = 0; i < 3; ++i) wait(queue.put(i));
  wait(queue.get());
  queue.task_done();
  EXPECT_THROW(wait(timeout(0ms, queue.join())), TimeoutError);
  queue.close_now();
  wait(queue.join());
}

Task<> drop_soon(Queue<int>::Slot slot) {
  auto own = std::move(slot);
  co_await yield();
  own.drop();
}
Task<> slot_goes_on(Queue<int>& queue) {
  auto slot = co_await queue.reserve();
  auto both = co_await gather(queue.reserve(), drop_soon(std::move(slot)));
  std::get<0>(both).commit(4);
  const int item = co_await queue.get();
  EXPECT_EQ(item, 4);
}

TEST_P(QueueClosing, contract_36_a_dropped_place_goes_to_the_next_in_line) {
  Queue<int> queue(1);
  here(slot_goes_on(queue));
}

}  // namespace
}  // namespace ringback

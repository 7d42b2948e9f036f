// Hand-overs that meet cancellations and one another: nothing is lost, nothing is given twice.
#include "ringback/sync/condition.h"
#include "ringback/sync/event.h"
#include "ringback/sync/mutex.h"
#include "ringback/sync/semaphore.h"
#include "tests/interleaving/place_test.h"

namespace ringback::interleaving {
namespace {

TEST(SemaphoreOrders, a_permit_meets_the_wait_for_it_and_its_cancellation) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    Semaphore semaphore(0);
    Waiting waiting(pool, semaphore.acquire());
    pool.worker("give", [&] { semaphore.add_permits(1); });
    pool.worker("cancel", [&] { waiting.cancel(); });
    waiting.begin();
    pool.work();
    pool.join();
    model.expect(waiting.was_told_once(), "the waiter is told once");
    model.expect(semaphore.available() == (waiting.has_value() ? 0u : 1u), "the permit is given, or still there");
    waiting.outcome().reset();
    model.expect(semaphore.available() == 1, "it comes back");
  });
}

TEST(SemaphoreOrders, a_permit_that_comes_as_somebody_begins_to_wait_is_given) {
  in_every_order({.preemptions = 3}, [](Case& model, HandPool& pool) {
    Semaphore semaphore(0);
    Waiting waiting(pool, semaphore.acquire());
    model.thread("give", [&] { semaphore.add_permits(1); });
    waiting.begin();
    pool.join();
    model.expect(waiting.was_told_once() && waiting.has_value(), "the waiter has it");
  });
}

TEST(SemaphoreOrders, who_gives_up_lets_those_behind_it_go) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    Semaphore semaphore(0);
    Waiting two(pool, semaphore.acquire(2));
    Waiting one(pool, semaphore.acquire(1));
    two.begin();
    one.begin();
    model.thread("give", [&] { semaphore.add_permits(1); });
    model.thread("cancel", [&] { two.cancel(); });
    pool.join();
    model.expect(two.was_told_once() && !two.has_value(), "there were never two");
    model.expect(one.was_told_once() && one.has_value(), "the one goes to who is next");
  });
}

TEST(MutexOrders, one_at_a_time_by_the_short_way_and_the_long) {
  in_every_order({.preemptions = 3}, [](Case& model, HandPool& pool) {
    Mutex mutex;
    int guarded = 0;
    const auto add = [&] {
      Waiting locking(pool, mutex.lock());
      locking.begin();
      while (!locking.was_told_once()) pool.work();
      ++guarded;
    };
    // Told in its own thread only: who waits there polls for it.
    model.thread("other", [&] {
      if (auto held = mutex.try_lock()) ++guarded;
    });
    Waiting locking(pool, mutex.lock());
    locking.begin();
    if (locking.has_value()) {
      ++guarded;
      locking.outcome().reset();
    }
    pool.join();
    model.expect(locking.was_told_once(), "it is told once");
    locking.outcome().reset();
    add();
    model.expect(guarded >= 2, "each that held it has added");
  });
}

TEST(EventOrders, it_happens_while_somebody_begins_to_wait_and_is_cancelled) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    Event event;
    Waiting waiting(pool, event.wait());
    pool.worker("set", [&] { event.set(); });
    pool.worker("cancel", [&] { waiting.cancel(); });
    waiting.begin();
    pool.join();
    model.expect(waiting.was_told_once(), "the waiter is told once");
  });
}

// Deletes what was waited for, as a task does at whose end the event lay in its frame.
class LastUse final : public runtime::Waiter {
 public:
  LastUse(HandPool& pool, std::unique_ptr<Event> event) : event_(std::move(event)), wait_(event_->wait()) {
    own_.begin_root(pool);
    context_ = &own_;
  }
  void begin() noexcept {
    if (wait_.begin(*this)) complete();
  }
  void complete() noexcept override { event_.reset(); }
  bool is_over() const noexcept { return event_ == nullptr; }

 private:
  std::unique_ptr<Event> event_;
  Event::Wait wait_;
  runtime::Context own_;
};

TEST(EventOrders, an_event_may_die_as_soon_as_the_wait_for_it_has_ended) {
  in_every_order({.preemptions = 3}, [](Case& model, HandPool& pool) {
    auto owned = std::make_unique<Event>();
    Event& event = *owned;
    LastUse waiting(pool, std::move(owned));
    model.thread("set", [&] { event.set(); });
    pool.call([&]() noexcept { waiting.begin(); });
    pool.work();
    pool.join();
    model.expect(waiting.is_over(), "it has been told");
  });
}

TEST(ConditionOrders, a_notification_that_meets_a_cancellation_wakes_the_next) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    Mutex mutex;
    Condition condition;
    auto lock = *mutex.try_lock();
    auto wait_one = std::make_unique<Waiting<runtime::ConditionWait>>(pool, condition.wait(lock));
    wait_one->begin();
    auto other_lock = *mutex.try_lock();
    auto wait_two = std::make_unique<Waiting<runtime::ConditionWait>>(pool, condition.wait(other_lock));
    wait_two->begin();
    pool.worker("notify", [&] { condition.notify_one(); });
    pool.worker("cancel", [&] { wait_one->cancel(); });
    pool.join();
    // Both may want the lock, one after the other.
    if (wait_one->was_told_once()) lock.unlock();
    pool.work();
    if (wait_two->was_told_once()) other_lock.unlock();
    pool.work();
    model.expect(wait_one->was_told_once(), "who is cancelled is told once, with its lock");
    model.expect(wait_two->was_told_once() != wait_one->has_value(), "the notification went to one of them");
    if (!wait_two->was_told_once()) wait_two->cancel();
    pool.work();
    lock.unlock();
    other_lock.unlock();
  });
}

}  // namespace
}  // namespace ringback::interleaving

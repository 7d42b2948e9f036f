// What tasks() says of executors that move while it asks.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <thread>
#include <utility>

#include "ringback/async/future.h"
#include "ringback/async/leaf.h"
#include "ringback/async/task.h"
#include "ringback/exec/loop.h"
#include "ringback/exec/pool.h"
#include "ringback/pipeline/emitter.h"
#include "ringback/sync/event.h"
#include "ringback/trace/tasks.h"

namespace ringback::trace {

using namespace runtime;

namespace {

using namespace std::chrono_literals;

// Done once, where a survey asks what a task waits for.
struct InTheMiddle {
  std::atomic<bool> is_armed{false};
  std::function<void()> act;
};

// Waits until it is cancelled.
class Asked final : public PostedLeaf {
 public:
  using value_type = void;
  explicit Asked(InTheMiddle& middle) noexcept : middle_(middle) {}
  Asked(Asked&& other) noexcept : PostedLeaf(std::move(other)), middle_(other.middle_) {}

  bool begin(Waiter& waiter) noexcept {
    return !attach(waiter) || suspend([] { return true; }) == Parked::refused;
  }
  Outcome<void> take() noexcept { return cancelled_failure(); }
  void request_cancel(Reason) noexcept override {
    if (!is_told_.exchange(true)) deliver();
  }
  std::string_view what() const noexcept override {
    if (middle_.is_armed.exchange(false)) middle_.act();
    return "a survey";
  }

 private:
  InTheMiddle& middle_;
  std::atomic<bool> is_told_{false};
};

Task<> be_asked(InTheMiddle& middle) { co_await Asked(middle); }
Task<> wait_for(Event& event) { co_await event.wait(); }

// The executor where a task waits that was created in `function`; none: not yet.
const ExecutorTasks* find(const std::vector<ExecutorTasks>& all, std::string_view function) {
  for (const ExecutorTasks& executor : all) {
    for (const TaskInfo& task : executor.tasks) {
      const bool is_it = std::string_view(task.place.function_name()).find(function) != std::string_view::npos;
      if (is_it && task.state == TaskState::waiting) return &executor;
    }
  }
  return nullptr;
}
bool is_asleep(const std::vector<ExecutorTasks>& all, std::string_view function) {
  const ExecutorTasks* const executor = find(all, function);
  return executor != nullptr && executor->numbers.is_asleep;
}
void until_asleep(std::string_view function) {
  while (!is_asleep(tasks(10s), function)) std::this_thread::yield();
}

// Holds the thread it runs on.
class Holding final : public Job {
 public:
  void run() noexcept override {
    is_in_.set_value();
    may_go_.get_future().wait();
    has_gone_ = true;
  }
  void blocking_wait() { is_in_.get_future().wait(); }
  void let_go() { may_go_.set_value(); }
  bool has_gone() const noexcept { return has_gone_; }

 private:
  std::promise<void> is_in_;
  std::promise<void> may_go_;
  std::atomic<bool> has_gone_{false};
};

// A Pool that sleeps is looked at first, then `act` is done, and then its I/O loop answers.
class PoolThatMoves : public ::testing::Test {
 protected:
  void SetUp() override {
    until_asleep("wait_for");
    until_asleep("be_asked");
    pool_.io().post(io_);
    io_.blocking_wait();
  }
  void TearDown() override {
    never_.set();
    asked_.cancel();
    waits_.get();
    std::ignore = wait_outcome(std::move(asked_));
  }
  std::vector<ExecutorTasks> tasks_while(std::function<void()> act) {
    middle_.act = std::move(act);
    middle_.is_armed = true;
    return tasks(10s);
  }

  Event never_;
  InTheMiddle middle_;
  Holding io_;
  Pool pool_{{.threads = 1}};
  Pool other_{{.threads = 1}};  // listed later, so asked later
  Future<void> waits_ = spawn(pool_, wait_for(never_));
  Future<void> asked_ = spawn(other_, be_asked(middle_));
};

TEST_F(PoolThatMoves, is_not_asleep_where_it_works_by_then) {
  Holding work;
  const auto all = tasks_while([&] {
    pool_.post(work);
    work.blocking_wait();
    io_.let_go();
  });
  work.let_go();
  while (!work.has_gone()) std::this_thread::yield();
  ASSERT_NE(find(all, "wait_for"), nullptr);
  EXPECT_FALSE(is_asleep(all, "wait_for"));
  EXPECT_TRUE(is_asleep(all, "be_asked")) << "that one has not moved";
}

TEST_F(PoolThatMoves, is_not_asleep_where_it_has_worked_meanwhile) {
  std::atomic<bool> is_done{false};
  const auto all = tasks_while([&] {
    std::ignore = spawn(pool_, [&] { is_done = true; });
    while (!is_done || !pool_.is_resting()) std::this_thread::yield();
    io_.let_go();
  });
  ASSERT_NE(find(all, "wait_for"), nullptr);
  EXPECT_FALSE(is_asleep(all, "wait_for"));
  until_asleep("wait_for");
}

TEST_F(PoolThatMoves, has_not_answered_where_its_loop_does_not) {
  const auto all = tasks(1ms);
  io_.let_go();
  ASSERT_NE(find(all, "wait_for"), nullptr);
  EXPECT_FALSE(find(all, "wait_for")->numbers.has_answered);
  EXPECT_FALSE(is_asleep(all, "wait_for"));
}

class Asking final : public Job {
 public:
  void run() noexcept override { all = tasks(10s); }
  std::vector<ExecutorTasks> all;
};

TEST(Survey, finds_a_loop_awake_where_one_of_its_callbacks_asks) {
  Loop loop;
  Event never;
  Asking asking;
  auto waits = spawn(loop, wait_for(never));
  loop.poll();
  loop.post(asking);
  loop.poll();
  ASSERT_NE(find(asking.all, "wait_for"), nullptr);
  EXPECT_FALSE(is_asleep(asking.all, "wait_for"));
  never.set();
  loop.drive([&] { return waits.is_done() && loop.owns_nothing(); });
}

std::size_t count_queued(const std::vector<ExecutorTasks>& all) {
  std::size_t count = 0;
  for (const ExecutorTasks& executor : all) {
    for (const TaskInfo& task : executor.tasks) count += task.state == TaskState::queued ? 1 : 0;
  }
  return count;
}

// It was driven when it was asked, and was left before it came to the question.
TEST(Survey, says_of_a_loop_that_nobody_drives_it_any_more) {
  InTheMiddle middle;
  Event never;
  Holding held;
  Loop loop;
  auto waits = spawn(loop, wait_for(never));
  loop.poll();
  Pool other({.threads = 1});
  auto asked = spawn(other, be_asked(middle));
  until_asleep("be_asked");
  std::thread drives([&] {
    loop.post(held);
    loop.drive([&] { return held.has_gone(); });
  });
  held.blocking_wait();
  middle.act = [&] {
    held.let_go();
    drives.join();
  };
  middle.is_armed = true;
  const auto all = tasks(1ms);
  EXPECT_EQ(all.at(0).numbers.kind, "Loop");
  EXPECT_FALSE(all.at(0).numbers.has_answered);
  EXPECT_FALSE(all.at(0).numbers.is_driven);
  never.set();
  asked.cancel();
  std::ignore = wait_outcome(std::move(asked));
  loop.drive([&] { return waits.is_done() && loop.owns_nothing(); });
}

// Its root lies among what is ready, and has no context yet.
TEST(Survey, counts_a_listeners_call_that_has_not_begun) {
  Loop loop;
  Emitter<> emitter;
  bool is_called = false;
  const Registration listener = emitter.on(loop, [&] { is_called = true; });
  auto asks = spawn(loop, [&] {
    emitter.emit();
    return count_queued(tasks(10s));
  });
  loop.drive([&] { return is_called && loop.owns_nothing(); });
  EXPECT_EQ(asks.get(), 1u);
}

}  // namespace
}  // namespace ringback::trace

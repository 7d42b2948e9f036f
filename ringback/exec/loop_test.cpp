#include "ringback/exec/loop.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "ringback/exec/virtual_loop_test.h"

namespace ringback {

using namespace runtime;

namespace {

using namespace std::chrono_literals;
using testing_loops::on_virtual_time;

class Note final : public Timer {
 public:
  Note(std::string& order, char name) : order_(order), name_(name) {}
  void run() noexcept override { order_.push_back(name_); }

 private:
  std::string& order_;
  char name_;
};

// Posts itself again until it has run `times`.
class Again final : public Job {
 public:
  Again(Executor& executor, int times) : executor_(executor), left_(times) {}
  void run() noexcept override {
    ++ran_;
    if (--left_ > 0) executor_.post(*this);
  }
  int ran() const { return ran_; }

 private:
  Executor& executor_;
  int left_;
  int ran_ = 0;
};

bool is_readable(int fd) {
  pollfd waiting{fd, POLLIN, 0};
  return ::poll(&waiting, 1, 0) == 1;
}

TEST(Loop, a_turn_runs_timers_by_deadline_then_what_was_ready_in_order_contract_38) {
  Loop loop(on_virtual_time());
  std::string order;
  Note ready_1(order, '1');
  Note ready_2(order, '2');
  Note late(order, 'l');
  Note early(order, 'e');
  Note same(order, 's');
  const TimePoint start = loop.now();
  loop.timers().add(late, start - 1s);
  loop.timers().add(early, start - 2s);
  loop.timers().add(same, start - 1s);
  loop.post(ready_1);
  loop.post(ready_2);
  EXPECT_TRUE(loop.poll());
  EXPECT_EQ(order, "els12");
  EXPECT_FALSE(loop.poll());
}

TEST(Loop, what_is_posted_during_a_turn_runs_in_the_next_contract_38) {
  Loop loop(on_virtual_time());
  Again again(loop, 3);
  loop.post(again);
  EXPECT_TRUE(loop.poll());
  EXPECT_EQ(again.ran(), 1);
  EXPECT_TRUE(loop.poll());
  EXPECT_EQ(again.ran(), 2);
  EXPECT_TRUE(loop.poll());
  EXPECT_FALSE(loop.poll());
  EXPECT_EQ(again.ran(), 3);
}

TEST(Loop, run_until_stops_at_its_deadline_or_earlier_on_stop_contract_48) {
  Loop loop(on_virtual_time());
  std::string order;
  Note soon(order, 's');
  Note later(order, 'l');
  const TimePoint start = loop.now();
  loop.timers().add(soon, start + 1s);
  loop.timers().add(later, start + 3s);
  EXPECT_TRUE(loop.run_until(Deadline::at(start + 2s)));
  EXPECT_EQ(order, "s");
  EXPECT_EQ(loop.now(), start + 2s);
  loop.stop();
  EXPECT_FALSE(loop.run_until(Deadline::at(start + 9s)));
  EXPECT_TRUE(loop.run_until(Deadline::at(start + 9s)));
  EXPECT_EQ(order, "sl");
}

TEST(Loop, embedded_a_post_from_outside_makes_its_descriptor_readable_contract_48) {
  Loop loop;
  std::string order;
  const int fd = loop.wake_fd();
  loop.poll();
  ASSERT_FALSE(is_readable(fd));
  Note one(order, '1');
  std::thread([&] { loop.post(one); }).join();
  EXPECT_TRUE(is_readable(fd));
  EXPECT_TRUE(loop.poll());
  EXPECT_EQ(order, "1");
  while (is_readable(fd)) loop.poll();
  // From its own thread, between polls, too.
  Note two(order, '2');
  loop.post(two);
  EXPECT_TRUE(is_readable(fd));
  EXPECT_TRUE(loop.poll());
  EXPECT_EQ(order, "12");
  // What a turn leaves ready is not forgotten.
  Again again(loop, 3);
  loop.post(again);
  for (int i = 0; i < 10 && is_readable(fd); ++i) loop.poll();
  EXPECT_EQ(again.ran(), 3);
}

TEST(Loop, embedded_it_tells_when_it_wants_to_be_polled_contract_48) {
  Loop loop(on_virtual_time());
  EXPECT_TRUE(loop.next_deadline().is_never());
  std::string order;
  Note timer(order, 't');
  const TimePoint moment = loop.now() + 5s;
  loop.timers().add(timer, moment);
  EXPECT_EQ(loop.next_deadline().moment(), moment);
  EXPECT_TRUE(loop.timers().remove(timer));
  EXPECT_FALSE(loop.timers().remove(timer));
}

TEST(Loop, stop_from_another_thread_at_any_moment_ends_run) {
  for (int round = 0; round < 200; ++round) {
    Loop loop;
    std::thread stopper([&] { loop.stop(); });
    loop.run();
    stopper.join();
  }
}

TEST(Loop, posts_from_other_threads_are_all_run_and_it_may_die_right_after_the_last) {
  class Count final : public Job {
   public:
    explicit Count(int& count) : count_(count) {}
    void run() noexcept override { ++count_; }

   private:
    int& count_;
  };
  for (int round = 0; round < 300; ++round) {
    int count = 0;
    Count first(count);
    Count second(count);
    auto loop = std::make_unique<Loop>(on_virtual_time());
    std::thread one([&loop = *loop, &first] { loop.post(first); });
    std::thread two([&loop = *loop, &second] { loop.post(second); });
    loop->drive([&] { return count == 2; });
    loop.reset();  // A poster may still be on its way out.
    one.join();
    two.join();
  }
}

TEST(Loop, destroyed_while_it_runs_aborts_with_advice) {
  class Destroy final : public Job {
   public:
    explicit Destroy(std::unique_ptr<Loop>& loop) : loop_(loop) {}
    void run() noexcept override { loop_.reset(); }

   private:
    std::unique_ptr<Loop>& loop_;
  };
  EXPECT_DEATH(
      {
        auto loop = std::make_unique<Loop>(on_virtual_time());
        Destroy job(loop);
        loop->post(job);
        loop->run();
      },
      "destroyed while it runs");
}

TEST(Loop, has_the_driver_that_was_named) {
  for (const DriverKind kind : {DriverKind::uring, DriverKind::epoll}) {
    Loop loop({.driver_kind = kind});
    EXPECT_EQ(loop.driver().name(), kind == DriverKind::uring ? "uring" : "epoll");
  }
}

TEST(Loop, driven_on_a_thread_that_drives_another_fails_contract_02) {
  Loop outer(on_virtual_time());
  class Nested final : public Job {
   public:
    void run() noexcept override {
      try {
        Loop inner(on_virtual_time());
        inner.run();
      } catch (const Error& error) {
        kind = error.kind();
      }
    }
    ErrorKind kind = ErrorKind::io;
  } nested;
  outer.post(nested);
  outer.poll();
  EXPECT_EQ(nested.kind, ErrorKind::would_deadlock);
}

}  // namespace
}  // namespace ringback

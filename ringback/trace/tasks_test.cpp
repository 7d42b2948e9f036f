#include "ringback/trace/tasks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <future>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "ringback/async/completion.h"
#include "ringback/async/future.h"
#include "ringback/async/gather.h"
#include "ringback/async/run.h"
#include "ringback/async/scope.h"
#include "ringback/async/sleep.h"
#include "ringback/async/task.h"
#include "ringback/async/timeout.h"
#include "ringback/exec/loop.h"
#include "ringback/exec/pool.h"
#include "ringback/io/pipe.h"
#include "ringback/net/tcp.h"
#include "ringback/sync/event.h"
#include "ringback/sync/queue.h"
#include "ringback/testing/wait_all_tasks_blocked.h"
#include "ringback/trace/dump_on_signal.h"

namespace ringback::trace {
namespace {

using namespace std::chrono_literals;

bool is_of(const std::source_location& place, std::string_view function) {
  return std::string_view(place.function_name()).find(function) != std::string_view::npos;
}
std::vector<TaskInfo> find(const std::vector<ExecutorTasks>& executors, std::string_view function) {
  std::vector<TaskInfo> found;
  for (const ExecutorTasks& executor : executors) {
    for (const TaskInfo& task : executor.tasks) {
      if (is_of(task.place, function)) found.push_back(task);
    }
  }
  return found;
}

Task<> consume(Queue<int>& queue) {
  const int item = co_await queue.get();
  std::ignore = item;
}
Task<> middle(Queue<int>& queue) { co_await consume(queue); }
Task<> with_limit(Event& event) { co_await timeout(1h, event.wait()); }

TEST(Tasks, are_named_with_what_they_wait_for_and_who_awaits_them) {
  run([]() -> Task<> {
    Queue<int> queue(1);
    Event event;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.spawn(middle(queue));
      scope.spawn(with_limit(event));
      co_await sleep(1ms);
      const auto all = tasks();
      const auto consumers = find(all, "consume");
      EXPECT_EQ(consumers.size(), 1u);
      EXPECT_EQ(consumers.at(0).state, TaskState::waiting);
      EXPECT_EQ(consumers.at(0).waits_for, "queue get");
      EXPECT_EQ(consumers.at(0).awaited_by.size(), 1u);
      EXPECT_TRUE(is_of(consumers.at(0).awaited_by.at(0), "middle"));
      EXPECT_FALSE(consumers.at(0).since.has_value());
      const auto limited = find(all, "with_limit");
      EXPECT_EQ(limited.size(), 1u);
      EXPECT_EQ(limited.at(0).waits_for, "event");
      EXPECT_EQ(limited.at(0).depth, consumers.at(0).depth);
      scope.cancel();
    });
  });
}

Task<> parent(Event& event) { std::ignore = co_await gather(with_limit(event), with_limit(event), with_limit(event)); }

TEST(Tasks, stand_below_those_that_wait_for_them_and_equal_ones_are_counted) {
  run([]() -> Task<> {
    Event event;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.spawn(parent(event));
      co_await sleep(1ms);
      const auto all = tasks();
      const auto parents = find(all, "parent");
      EXPECT_EQ(parents.size(), 1u);
      EXPECT_EQ(parents.at(0).state, TaskState::joining);
      const auto children = find(all, "with_limit");
      EXPECT_EQ(children.size(), 3u);
      for (const TaskInfo& child : children) EXPECT_EQ(child.depth, parents.at(0).depth + 1);
      EXPECT_EQ(metrics().at(0).tasks, all.at(0).tasks.size());
      const std::string text = dump();
      EXPECT_NE(text.find("3 x "), std::string::npos) << text;
      EXPECT_NE(text.find("waits for event"), std::string::npos) << text;
      event.set();
    });
  });
}

Task<> in_line() { co_await yield(); }

TEST(Tasks, that_are_ready_are_told_from_those_that_wait) {
  run([]() -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.spawn(in_line());
      const auto queued = find(tasks(), "in_line");
      EXPECT_EQ(queued.size(), 1u);
      EXPECT_EQ(queued.at(0).state, TaskState::ready);
      co_return;
    });
  });
}

TEST(Tasks, tell_since_when_they_wait_where_somebody_noted_it) {
  const SinceWhen since;
  run([]() -> Task<> {
    Queue<int> queue(1);
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.spawn(middle(queue));
      co_await yield();  // It has run, before the time below begins.
      co_await sleep(20ms);
      const auto consumers = find(tasks(), "consume");
      EXPECT_EQ(consumers.size(), 1u);
      EXPECT_TRUE(consumers.at(0).since.has_value());
      EXPECT_GE(consumers.at(0).since.value_or(0ms), 20ms);
      scope.cancel();
    });
  });
}

// A Loop on a thread of its own.
class LoopThread {
 public:
  LoopThread() : thread_([this] { loop.run(); }) {}
  ~LoopThread() {
    loop.stop();
    thread_.join();
  }
  Loop loop;

 private:
  std::thread thread_;
};

// Until a task waits as wanted, or for ten seconds.
template <typename IsIt>
std::vector<ExecutorTasks> tasks_once(IsIt is_it) {
  const auto give_up = std::chrono::steady_clock::now() + 10s;
  for (;;) {
    auto all = tasks(10s);
    if (is_it(all) || std::chrono::steady_clock::now() > give_up) return all;
    std::this_thread::yield();
  }
}

TEST(Tasks, of_a_loop_are_asked_for_from_another_thread_and_of_a_pool_under_its_locks) {
  Queue<int> queue(1);
  LoopThread here;
  Pool pool({.threads = 2});
  auto on_loop = spawn(here.loop, middle(queue));
  auto on_pool = spawn(pool, middle(queue));
  const auto all = tasks_once([](const auto& all) {
    const auto found = find(all, "consume");
    return found.size() == 2 && found[0].state == TaskState::waiting && found[1].state == TaskState::waiting;
  });
  ASSERT_EQ(find(all, "consume").size(), 2u);
  for (const TaskInfo& task : find(all, "consume")) {
    EXPECT_EQ(task.waits_for, "queue get");
    ASSERT_EQ(task.awaited_by.size(), 2u);  // The last is where it was spawned.
    EXPECT_TRUE(is_of(task.awaited_by[1], "TestBody"));
  }
  queue.close();
  EXPECT_FALSE(wait_outcome(std::move(on_loop)).ok());
  EXPECT_FALSE(wait_outcome(std::move(on_pool)).ok());
}

TEST(Tasks, of_a_loop_that_is_held_are_known_by_where_they_were_started) {
  LoopThread here;
  std::promise<void> is_in;
  std::promise<void> may_end;
  auto held = spawn(here.loop, [&] {
    is_in.set_value();
    may_end.get_future().wait();
  });
  is_in.get_future().wait();
  const auto all = tasks(1ms);
  const auto found = std::find_if(all.begin(), all.end(), [](const auto& each) { return !each.numbers.has_answered; });
  ASSERT_NE(found, all.end());
  EXPECT_EQ(found->numbers.started, 1u);
  ASSERT_EQ(found->tasks.size(), 1u);
  EXPECT_TRUE(is_of(found->tasks[0].place, "TestBody"));
  EXPECT_NE(dump(1ms).find("does not answer"), std::string::npos);
  may_end.set_value();
  held.get();
}

// Many threads look while tasks begin and end: for the sanitizers, and for what they count in the end.
TEST(Tasks, can_be_looked_at_while_they_come_and_go) {
  Pool pool({.threads = 2});
  std::atomic<bool> stop{false};
  std::thread looking([&] {
    while (!stop) std::ignore = dump();
  });
  auto work = spawn(pool, []() -> Task<int> {
    int sum = 0;
    for (int round = 0; round < 200; ++round) {
      co_await with_scope([&](Scope& scope) -> Task<> {
        for (int i = 0; i < 10; ++i) scope.spawn(in_line());
        co_await timeout(1h, yield());
      });
      sum += 10;
    }
    co_return sum;
  });
  EXPECT_EQ(std::move(work).get(), 2000);
  stop = true;
  looking.join();
}

Task<> hear(TcpStream heard) {
  const Chunk nothing = co_await heard.read();
  std::ignore = nothing;
}

TEST(Tasks, that_wait_for_the_kernel_say_for_which_peer_and_descriptor) {
  run([]() -> Task<> {
    TcpListener listener(Address::loopback(0));
    co_await with_scope([&](Scope& scope) -> Task<> {
      const TcpStream first = co_await TcpStream::connect(listener.local());
      TcpStream heard_first = co_await listener.accept();
      scope.spawn(hear(std::move(heard_first)));
      const TcpStream second = co_await TcpStream::connect(listener.local());
      TcpStream heard_second = co_await listener.accept();
      scope.spawn(hear(std::move(heard_second)));
      co_await testing::wait_all_tasks_blocked();

      std::set<std::string> peers;
      for (const TaskInfo& task : find(tasks(), "hear")) {
        EXPECT_EQ(task.waits_for, "read");
        EXPECT_GE(task.descriptor, 0);
        peers.insert(task.subject);
      }
      EXPECT_EQ(peers, (std::set<std::string>{first.local().to_string(), second.local().to_string()}));
      const std::string text = dump();
      EXPECT_NE(text.find("waits for read of 127.0.0.1:"), std::string::npos) << text;
      EXPECT_NE(text.find(") and others"), std::string::npos) << text;
      scope.cancel();
    });
  });
}

TEST(EveryoneIsAsleep, is_said_where_only_another_thread_can_wake_them) {
  LoopThread here;
  Event never;
  auto waits = spawn(here.loop, with_limit(never));
  auto waiting = [](const auto& all) {
    const auto found = find(all, "with_limit");
    return found.size() == 1 && found[0].state == TaskState::waiting;
  };
  EXPECT_FALSE(is_everyone_asleep(tasks_once(waiting)));  // The limit will wake it.
  waits.cancel();
  std::ignore = wait_outcome(std::move(waits));

  Queue<int> queue(1);
  auto deadlocked = spawn(here.loop, middle(queue));
  const auto all = tasks_once([](const auto& all) { return is_everyone_asleep(all); });
  EXPECT_TRUE(is_everyone_asleep(all));
  EXPECT_EQ(find(all, "consume").size(), 1u);
  EXPECT_NE(dump().find("everyone is asleep"), std::string::npos);
  queue.close();
  std::ignore = wait_outcome(std::move(deadlocked));
}

TEST(EveryoneIsAsleep, is_not_said_of_who_waits_for_the_kernel_nor_of_who_runs) {
  LoopThread here;
  auto [reader, writer] = make_pipe();
  char byte = 0;
  auto reads = spawn(here.loop, [&]() -> Task<> {
    const std::size_t bytes = co_await reader.read(std::as_writable_bytes(std::span(&byte, 1)));
    std::ignore = bytes;
  });
  const auto all = tasks_once([](const auto& all) {
    return std::any_of(all.begin(), all.end(), [](const auto& each) { return each.numbers.requests != 0; });
  });
  EXPECT_FALSE(is_everyone_asleep(all));
  wait(writer.write("x"));
  wait(std::move(reads));
  run([]() -> Task<> {
    EXPECT_FALSE(is_everyone_asleep(tasks()));
    co_return;
  });
}

TEST(EveryoneIsAsleep, is_said_of_a_pool) {
  Pool pool({.threads = 1});
  Queue<int> queue(1);
  auto deadlocked = spawn(pool, middle(queue));
  EXPECT_TRUE(is_everyone_asleep(tasks_once([](const auto& all) { return is_everyone_asleep(all); })));
  queue.close();
  EXPECT_FALSE(wait_outcome(std::move(deadlocked)).ok());
}

TEST(Metrics, count_tasks_ready_jobs_timers_and_jobs_run) {
  run([]() -> Task<> {
    Event event;
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (int i = 0; i < 5; ++i) scope.spawn(with_limit(event));
      for (int i = 0; i < 10; ++i) co_await yield();
      for (int i = 0; i < 3; ++i) scope.spawn(in_line());
      const auto numbers = metrics();
      EXPECT_EQ(numbers.size(), 1u);
      EXPECT_EQ(numbers.at(0).kind, "Loop");
      EXPECT_EQ(numbers.at(0).started, 1u);
      EXPECT_GE(numbers.at(0).tasks, 9u);
      EXPECT_EQ(numbers.at(0).ready, 3u);
      EXPECT_EQ(numbers.at(0).timers, 5u);
      const std::string text = prometheus(numbers);
      EXPECT_NE(text.find("ringback_timers{executor=\"Loop\",thread=\"trace_test\",number=\"0\"} 5\n"),
                std::string::npos)
          << text;
      event.set();
    });
    for (int i = 0; i < 200; ++i) co_await yield();
    EXPECT_GE(metrics().at(0).jobs_run, 150u);
    EXPECT_LE(metrics().at(0).jobs_run, 300u);
  });
}

TEST(Metrics, tell_how_late_a_loop_was_for_its_timers) {
  run([]() -> Task<> {
    co_await with_scope([](Scope& scope) -> Task<> {
      scope.spawn(sleep(1ms));
      co_await yield();
      const auto until = std::chrono::steady_clock::now() + 20ms;
      while (std::chrono::steady_clock::now() < until) {
      }
    });
    EXPECT_GE(metrics().at(0).lag_max, 15ms);
  });
}

// What was dumped. Threads: any.
class Dumps {
 public:
  void note(const std::string& dump) {
    std::lock_guard guard(lock_);
    last_ = dump;
    more_.notify_all();
  }
  // One that has `part` in it; the last one where that takes ten seconds.
  std::string blocking_wait(std::string_view part) {
    std::unique_lock guard(lock_);
    more_.wait_for(guard, 10s, [&] { return last_.find(part) != std::string::npos; });
    return last_;
  }

 private:
  std::mutex lock_;
  std::condition_variable more_;
  std::string last_;
};

TEST(DumpOnSignal, dumps_for_a_signal_also_while_a_loop_is_held) {
  Dumps dumps;
  const DumpOnSignal guard({.signal = SIGUSR2, .on_dump = [&](const std::string& dump) { dumps.note(dump); }});
  run([&]() -> Task<> {
    co_await yield();
    ::raise(SIGUSR2);
    EXPECT_NE(dumps.blocking_wait("does not answer").find("does not answer"), std::string::npos);
  });
}

TEST(DumpOnSignal, says_once_that_everyone_has_been_asleep_for_long) {
  LoopThread here;
  Queue<int> queue(1);
  Dumps dumps;
  const DumpOnSignal guard({.on_dump = [&](const std::string& dump) { dumps.note(dump); }, .asleep_limit = 20ms});
  auto deadlocked = spawn(here.loop, middle(queue));
  EXPECT_NE(dumps.blocking_wait("everyone is asleep").find("consume"), std::string::npos);
  queue.close();
  EXPECT_FALSE(wait_outcome(std::move(deadlocked)).ok());
}

TEST(DumpOnSignal, refuses_a_signal_that_is_taken_and_gives_it_back) {
  {
    const DumpOnSignal guard({.signal = SIGUSR2, .on_dump = [](const std::string&) {}});
    EXPECT_THROW(DumpOnSignal({.signal = SIGUSR2}), Error);
  }
  struct sigaction now = {};
  ASSERT_EQ(::sigaction(SIGUSR2, nullptr, &now), 0);
  EXPECT_EQ(now.sa_handler, SIG_DFL);
  EXPECT_THROW(DumpOnSignal({.signal = SIGKILL}), Error);
}

}  // namespace
}  // namespace ringback::trace

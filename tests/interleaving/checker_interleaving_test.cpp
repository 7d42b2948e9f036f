// The checker itself: it finds what it says it finds, and an order that it names can be had again.
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest-spi.h>

#include "tests/interleaving/case_test.h"

namespace ringback::interleaving {
namespace {

// What happened in the latest run. The program's own, not the case's: no step of the model.
constexpr std::size_t kNotesMost = 64;
char notes[kNotesMost];
std::size_t notes_taken = 0;
int runs = 0;
void note(char what) {
  if (notes_taken < kNotesMost) notes[notes_taken++] = what;
}
std::string noted() { return {notes, notes_taken}; }

// Three threads and a sleep, with a note before each step; it fails in the run whose number is asked for.
std::function<void(Case&)> failing_in_run(int number) {
  runs = 0;
  return [number](Case& model) {
    notes_taken = 0;
    const auto word = std::make_unique<std::atomic<int>>(0);
    const auto other = std::make_unique<std::atomic<int>>(0);
    const auto lock = std::make_unique<std::mutex>();
    model.thread("one", [&] {
      note('a');
      word->store(1, std::memory_order_release);
      note('b');
      note(other->load(std::memory_order_acquire) == 0 ? '0' : '1');
    });
    model.thread("two", [&] {
      const std::lock_guard guard(*lock);
      note('c');
      other->store(1, std::memory_order_release);
      note(word->load(std::memory_order_acquire) == 0 ? '0' : '1');
    });
    {
      const std::lock_guard guard(*lock);
      note('d');
    }
    model.join();
    model.expect(++runs != number, "it is not this run");
  };
}

TEST(CheckerOrders, slow_the_schedule_of_any_order_repeats_that_order) {
  constexpr Bounds kBounds{.preemptions = 2, .late_stores = 1};
  const auto orders = static_cast<int>(explore(kBounds, failing_in_run(0)).schedules);
  ASSERT_GT(orders, 100);
  std::vector<std::string> seen;
  for (int number = 2; number < orders; number += orders / 8) {
    const Explored found = explore(kBounds, failing_in_run(number));
    const std::string order = noted();
    ASSERT_FALSE(found.ok);
    // The first run of all is one that makes what is made once.
    const Explored again = replay(found.schedule, kBounds, failing_in_run(2));
    EXPECT_EQ(noted(), order) << found.schedule;
    EXPECT_EQ(again.report, found.report);
    EXPECT_EQ(again.schedule, found.schedule);
    EXPECT_EQ(again.schedules, 1u);
    if (std::find(seen.begin(), seen.end(), order) == seen.end()) seen.push_back(order);
  }
  EXPECT_GT(seen.size(), 4u) << "the orders are different ones";
}

void lose_an_update(Case& model) {
  const auto count = std::make_unique<std::atomic<int>>(0);
  const auto add = [&] { count->store(count->load() + 1); };
  model.thread("one", add);
  add();
  model.join();
  model.expect(count->load() == 2, "nothing is lost");
}

// What the failing case prints.
std::string failure_of(void (*body)(Case&)) {
  testing::TestPartResultArray results;
  {
    const testing::ScopedFakeTestPartResultReporter reporter(
        testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &results);
    in_every_order({.preemptions = 1}, body);
  }
  return results.size() == 1 ? results.GetTestPartResult(0).message() : "";
}

TEST(CheckerOrders, what_a_failing_case_prints_can_be_given_back) {
  const std::string first = failure_of(lose_an_update);
  EXPECT_NE(first.find("not so: nothing is lost"), std::string::npos) << first;
  const std::string command =
      "again: ./dev interleavings CheckerOrders.what_a_failing_case_prints_can_be_given_back --schedule ";
  const std::size_t at = first.find(command);
  ASSERT_NE(at, std::string::npos) << first;
  const std::size_t begin = at + command.size();
  ASSERT_EQ(setenv("RINGBACK_SCHEDULE", first.substr(begin, first.find('\n', begin) - begin).c_str(), 1), 0);
  const std::string again = failure_of(lose_an_update);
  unsetenv("RINGBACK_SCHEDULE");
  EXPECT_EQ(again, first);
}

TEST(CheckerOrders, an_order_that_does_not_fail_is_run_once_and_passes) {
  const Explored explored = replay("p1,l0", {.preemptions = 1}, lose_an_update);
  EXPECT_TRUE(explored.ok) << explored.report;
  EXPECT_EQ(explored.schedules, 1u);
}

TEST(CheckerOrders, a_schedule_of_something_else_is_refused) {
  constexpr Bounds kBounds{.preemptions = 1};
  for (const char* schedule : {"p1,l0,1:9", "p1,l0,999:1"}) {
    const Explored explored = replay(schedule, kBounds, lose_an_update);
    EXPECT_FALSE(explored.ok) << schedule;
    EXPECT_NE(explored.report.find("no order of this case"), std::string::npos) << explored.report;
  }
  for (const char* schedule : {"", "1:1", "p1,l0,1", "p1,l0,1:1 and more"}) {
    const Explored explored = replay(schedule, kBounds, lose_an_update);
    EXPECT_FALSE(explored.ok) << schedule;
    EXPECT_NE(explored.report.find("not a schedule"), std::string::npos) << explored.report;
  }
}

void expect_found(const char* what, Bounds bounds, const std::function<void(Case&)>& body) {
  const Explored explored = explore(bounds, body);
  EXPECT_FALSE(explored.ok) << what;
  EXPECT_NE(explored.report.find(what), std::string::npos) << explored.report;
}

TEST(CheckerOrders, a_race_is_found) {
  expect_found("a data race", {.preemptions = 0}, [](Case& model) {
    const auto count = std::make_unique<int>(0);
    model.thread("one", [&] { ++*count; });
    ++*count;
    model.join();
  });
}

TEST(CheckerOrders, a_relaxed_store_that_publishes_is_a_race_and_a_release_is_none) {
  const auto publish = [](std::memory_order order) {
    return [order](Case& model) {
      const auto value = std::make_unique<int>(0);
      const auto is_there = std::make_unique<std::atomic<bool>>(false);
      model.thread("one", [&] {
        *value = 7;
        is_there->store(true, order);
      });
      if (is_there->load(std::memory_order_acquire)) model.expect(*value == 7, "it is seen");
      model.join();
    };
  };
  expect_found("a data race", {.preemptions = 1}, publish(std::memory_order_relaxed));
  const Explored good = explore({.preemptions = 1}, publish(std::memory_order_release));
  EXPECT_TRUE(good.ok) << good.report;
}

// Each says that it is here and looks for the other: with a store buffer, neither may see the other.
TEST(CheckerOrders, a_store_that_comes_late_is_found_where_it_is_asked_for) {
  const auto meet = [](Case& model) {
    const auto here = std::make_unique<std::atomic<bool>[]>(2);
    bool seen[2] = {};
    const auto come = [&](int self) {
      here[self].store(true, std::memory_order_release);
      seen[self] = here[1 - self].load(std::memory_order_acquire);
      here[self].load();  // Something more, before which the other may run.
    };
    model.thread("one", [&] { come(0); });
    come(1);
    model.join();
    model.expect(seen[0] || seen[1], "one has seen the other");
  };
  const Explored in_order = explore({.preemptions = 2}, meet);
  EXPECT_TRUE(in_order.ok) << in_order.report;
  expect_found("not so: one has seen the other", {.preemptions = 2, .late_stores = 1}, meet);
}

TEST(CheckerOrders, a_wake_up_that_is_lost_is_found) {
  expect_found("nobody can go on", {.preemptions = 1}, [](Case& model) {
    std::mutex lock;
    std::condition_variable changed;
    model.thread("wake", [&] { changed.notify_one(); });
    {
      std::unique_lock guard(lock);
      changed.wait(guard);
    }
    model.join();
  });
}

TEST(CheckerOrders, memory_that_is_used_after_it_was_freed_is_found) {
  expect_found("used after it was freed", {.preemptions = 1}, [](Case& model) {
    auto word = std::make_unique<std::atomic<int>>(0);
    std::atomic<int>* const seen = word.get();
    model.thread("one", [&] { seen->load(); });
    word.reset();
    model.join();
  });
}

TEST(CheckerOrders, memory_that_is_freed_twice_or_left_is_found) {
  runs = 0;
  expect_found("freed twice", {.preemptions = 0}, [](Case&) {
    void* const block = ::operator new(16);
    ::operator delete(block);
    if (++runs > 1) ::operator delete(block);  // In the first run it is the real one that would notice.
  });
  expect_found("memory is left over: 16 bytes", {.preemptions = 0}, [](Case&) { std::ignore = ::operator new(16); });
}

TEST(CheckerOrders, what_does_not_end_aborts_or_crashes_is_found) {
  expect_found("it does not end", {.preemptions = 0, .steps_max = 100}, [](Case&) {
    const auto word = std::make_unique<std::atomic<int>>(0);
    while (word->load() == 0) continue;
  });
  expect_found("the program was aborted", {.preemptions = 0}, [](Case&) { std::abort(); });
  expect_found("it crashed", {.preemptions = 0}, [](Case&) { std::raise(SIGSEGV); });
}

TEST(CheckerOrders, a_case_that_depends_on_chance_is_found) {
  runs = 0;
  expect_found("the case is not the same each time", {.preemptions = 1}, [](Case& model) {
    ++runs;
    const auto word = std::make_unique<std::atomic<int>>(0);
    model.thread("one", [&] { word->load(); });
    if (runs > 3) model.thread("two", [&] { word->load(); });
    word->load();
    model.join();
  });
}

}  // namespace
}  // namespace ringback::interleaving

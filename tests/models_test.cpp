// One program, every model: inline, a Loop, a Loop on a thread of its own, a Pool; on virtual and on real time.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "ringback/async/future.h"
#include "ringback/async/gather.h"
#include "ringback/async/map.h"
#include "ringback/async/on.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/race.h"
#include "ringback/async/run.h"
#include "ringback/async/scope.h"
#include "ringback/async/shield.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "ringback/exec/pool.h"
#include "ringback/exec/timer_service.h"
#include "ringback/testing/unhandled_log.h"
#include "ringback/testing/virtual_time.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using testing::UnhandledLog;

std::unique_ptr<Driver> driver_named(const std::string& name) {
  if (name == "virtual") return std::make_unique<VirtualDriver>(7);
  if (name == "uring") return make_driver(DriverKind::uring);
  return make_driver(DriverKind::epoll);
}

using Program = std::function<Task<std::string>()>;
using Runner = std::string (*)(const Program& program, const std::string& driver);

std::string run_inline(const Program& program, const std::string& driver) {
  set_inline_driver(driver_named(driver));
  struct Restore {
    ~Restore() { set_inline_driver(nullptr); }
  } restore;
  return wait(program());
}
std::string run_in_loop(const Program& program, const std::string& driver) {
  RunOptions options;
  options.loop.driver = driver_named(driver);
  return run(program(), std::move(options));
}
std::string run_in_loop_thread(const Program& program, const std::string& driver) {
  std::unique_ptr<Loop> loop;
  std::atomic<bool> is_ready{false};
  std::thread thread([&] {
    LoopOptions options;
    options.driver = driver_named(driver);
    loop = std::make_unique<Loop>(std::move(options));
    is_ready = true;
    loop->run();
    loop.reset();
  });
  while (!is_ready) std::this_thread::yield();
  struct Join {
    Loop& loop;
    std::thread& thread;
    ~Join() {
      loop.stop();
      thread.join();
    }
  } join{*loop, thread};
  return spawn(*loop, program()).get();
}
std::string run_in_pool(const Program& program, const std::string& driver) {
  PoolOptions options;
  options.threads = 2;
  if (driver == "virtual") options.driver = driver_named(driver);
  Pool pool(std::move(options));
  return spawn(pool, program()).get();
}

struct Model {
  const char* name;
  Runner runner;
  const char* driver;
};

// A record of what happened; the same in every model.
class Record {
 public:
  void note(const std::string& what) {
    std::lock_guard guard(lock_);
    text_.append(text_.empty() ? "" : " ").append(what);
  }
  std::string text() const { return text_; }

 private:
  std::mutex lock_;
  std::string text_;
};

class Models : public ::testing::TestWithParam<Model> {
 protected:
  std::string run_here(const Program& program) { return GetParam().runner(program, GetParam().driver); }
};

Task<int> number(Record& record, Duration after, int value) {
  record.note("begin" + std::to_string(value));
  co_await sleep(after);
  record.note("end" + std::to_string(value));
  co_return value;
}
Task<> note_cleanup(Record& record) {
  co_await yield();
  record.note("cleaned");
}
Task<int> cleaned(Record& record, Duration after) {
  co_await on_exit(note_cleanup(record));
  co_await sleep(after);
  co_return 0;
}

TEST_P(Models, give_the_same_values_and_events_contract_01) {
  const Program program = []() -> Task<std::string> {
    Record record;
    const int one = co_await number(record, 0ms, 1);
    const int two = co_await timeout(10s, number(record, 1ms, 2));
    const int three = co_await shield(number(record, 1ms, 3));
    auto late = co_await outcome(timeout(2ms, cleaned(record, 1h)));
    record.note(std::string(to_string(late.failure().error()->kind())));
    auto [four, five] = co_await gather(number(record, 30ms, 4), number(record, 1ms, 5));
    auto first = co_await race(Ties::in_order, cleaned(record, 1h), number(record, 1ms, 6));
    record.note("won" + std::to_string(first.index()));
    record.note(std::to_string(one + two + three + four + five));
    co_return record.text();
  };
  const std::string got = run_here(program);
  // Siblings may begin in either order on several workers.
  if (got.find("begin5 begin4") != std::string::npos) GTEST_SKIP() << "order of concurrent events: " << got;
  EXPECT_EQ(
      got, "begin1 end1 begin2 end2 begin3 end3 cleaned timed_out begin4 begin5 end5 end4 begin6 end6 cleaned won1 15");
}

TEST_P(Models, give_the_same_errors_contract_01) {
  UnhandledLog log;
  const Program program = []() -> Task<std::string> {
    Record record;
    const auto fail = [](Duration after, std::string text) -> Task<int> {
      co_await sleep(after);
      throw Error(ErrorKind::io, "work", text);
    };
    auto plain = co_await outcome(fail(0ms, "plain"));
    record.note(plain.failure().describe());
    auto in_gather = co_await outcome(gather(fail(1ms, "gather"), cleaned(record, 1h)));
    record.note(in_gather.failure().describe());
    auto in_scope = co_await outcome(with_scope([fail](Scope& scope) -> Task<> {
      scope.spawn(fail(1ms, "scope"));
      co_await sleep(1h);
    }));
    record.note(in_scope.failure().describe());
    Future<int> future = spawn(*internal::this_thread.executor, fail(1ms, "future"));
    auto chained = co_await outcome(future.then([](int value) { return value; }));
    record.note(chained.failure().describe());
    Future<int> cancelled = spawn(*internal::this_thread.executor, cleaned(record, 1h));
    co_await sleep(1ms);
    cancelled.cancel(Reason::overload);
    auto aborted = co_await outcome(cancelled);
    record.note(std::string(to_string(aborted.failure().error()->kind())));
    co_return record.text();
  };
  EXPECT_EQ(run_here(program), "work: plain cleaned work: gather work: scope work: future cleaned aborted");
  EXPECT_TRUE(log.empty()) << log.text();
}

TEST_P(Models, throw_what_the_program_throws_contract_01) {
  const Program program = []() -> Task<std::string> {
    co_await yield();
    throw TimeoutError("of its own");
  };
  EXPECT_THROW(run_here(program), TimeoutError);
}

TEST_P(Models, a_coroutine_stays_on_its_executor_contract_05) {
  const Program program = []() -> Task<std::string> {
    Executor* const mine = internal::this_thread.executor;
    std::string where;
    const auto look = [mine](std::string& where) {
      where.push_back(internal::this_thread.executor == mine ? '.' : '!');
    };
    co_await sleep(1ms);
    look(where);
    co_await gather(sleep(1ms), yield());
    look(where);
    Pool pool({.threads = 1});
    co_await on(pool, yield());
    look(where);
    co_await gather(yield(), on(pool, sleep(1ms)));
    look(where);
    Future<int> future = spawn(pool, [] { return 1; });
    co_await future;
    look(where);
    co_await offload(pool, [] { std::this_thread::yield(); });
    look(where);
    co_return where;
  };
  EXPECT_EQ(run_here(program), "......");
}

TEST_P(Models, a_chain_of_done_callbacks_prints_its_end_contract_40) {
  const Program program = []() -> Task<std::string> {
    Record record;
    co_await with_scope([&record](Scope&) -> Task<> {
      Record& notes = record;
      Executor& executor = *internal::this_thread.executor;
      spawn(executor, [] { return 1; }).on_done([&notes, &executor](const Outcome<int>& one) {
        notes.note("one" + std::to_string(*one));
        spawn(executor, [] { return 2; }).on_done([&notes](const Outcome<int>& two) {
          notes.note("two" + std::to_string(*two));
        });
      });
      co_return;
    });
    // The callback itself may be posted by the work that has ended.
    for (int turn = 0; turn < 1000 && record.text().find("two2") == std::string::npos; ++turn) co_await sleep(100us);
    co_return record.text();
  };
  EXPECT_EQ(run_here(program), "one1 two2");
}

TEST_P(Models, map_keeps_order_contract_20) {
  const Program program = []() -> Task<std::string> {
    std::vector<int> items{5, 3, 4, 1, 2};
    std::vector<int> values = co_await map(items, 2, [](int item) {
      return [](int item) -> Task<int> {
        co_await sleep(item * 100us);
        co_return item* item;
      }(item);
    });
    std::string text;
    for (int value : values) text += std::to_string(value) + " ";
    co_return text;
  };
  EXPECT_EQ(run_here(program), "25 9 16 1 4 ");
}

TEST_P(Models, a_thousand_tasks_with_deadlines_all_end) {
  const Program program = []() -> Task<std::string> {
    std::vector<Task<int>> tasks;
    for (int i = 0; i < 1000; ++i) {
      tasks.push_back([](int i) -> Task<int> {
        auto end = co_await outcome(timeout((i % 7) * 1ms, sleep((i % 5) * 1ms)));
        co_await yield();
        co_return end.ok() || end.failure().error()->kind() == ErrorKind::timed_out ? 1 : 0;
      }(i));
    }
    std::vector<int> ends = co_await gather(std::move(tasks));
    int sum = 0;
    for (int end : ends) sum += end;
    co_return std::to_string(sum);
  };
  EXPECT_EQ(run_here(program), "1000");
}

INSTANTIATE_TEST_SUITE_P(
    Of, Models,
    ::testing::Values(Model{"inline_virtual", run_inline, "virtual"}, Model{"inline_uring", run_inline, "uring"},
                      Model{"inline_epoll", run_inline, "epoll"}, Model{"loop_virtual", run_in_loop, "virtual"},
                      Model{"loop_uring", run_in_loop, "uring"}, Model{"loop_epoll", run_in_loop, "epoll"},
                      Model{"loop_thread_uring", run_in_loop_thread, "uring"},
                      Model{"pool_virtual", run_in_pool, "virtual"}, Model{"pool", run_in_pool, "real"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace ringback

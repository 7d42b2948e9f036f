// The k-th allocation fails, for every k: the caller gets std::bad_alloc or a clear error, nothing
// terminates, hangs or leaks, and the same program gives its right result afterwards.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <new>
#include <string>

#include "ringback/async/completion.h"
#include "ringback/async/gather.h"
#include "ringback/async/map.h"
#include "ringback/async/on.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/race.h"
#include "ringback/async/scope.h"
#include "ringback/async/sleep.h"
#include "ringback/async/start.h"
#include "ringback/async/timeout.h"
#include "ringback/driver/virtual_driver.h"
#include "ringback/exec/pool.h"
#include "ringback/io/file.h"
#include "ringback/io/line_reader.h"
#include "ringback/io/pipe.h"
#include "ringback/io/places_test.h"
#include "ringback/net/tcp.h"
#include "ringback/net/udp.h"
#include "ringback/sync/condition.h"
#include "ringback/sync/event.h"
#include "ringback/sync/mutex.h"
#include "ringback/sync/queue.h"
#include "ringback/sync/semaphore.h"
#include "ringback/testing/simulation.h"
#include "tests/faults/allocation_program.h"
#include "tests/faults/failing_allocation.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using namespace testing_places;
using ringback::testing::Census;
using namespace allocation_programs;

Task<std::string> gathers(Stage stage) {
  auto [one, two] = co_await gather(number(stage, 1), number(stage, 2));
  auto outcomes = co_await gather_outcomes(number(stage, 3), fail_soon(stage, 1ms));
  std::vector<Task<int>> tasks;
  for (int i = 0; i < 3; ++i) tasks.push_back(number(stage, i));
  const std::vector<int> many = co_await gather(std::move(tasks));
  co_return said(one + two == 3 && *std::get<0>(outcomes) == 3 && kind_of(std::get<1>(outcomes)) == ErrorKind::io &&
                 many.size() == 3);
}

// Several failures: those that come later hang on the first.
Task<std::string> suppresses(Stage stage) {
  auto failed = co_await outcome(gather(fail_soon(stage, 1ms), fail_soon(stage, 1ms), number(stage, 1)));
  co_return said(kind_of(failed) == ErrorKind::io);
}

Task<std::string> races(Stage stage) {
  Census::Member member(stage.census);
  auto first = co_await race(Ties::in_order, number(stage, 5), sleep(1h));
  std::vector<Task<int>> tasks;
  for (int i = 0; i < 3; ++i) tasks.push_back(number(stage, i));
  const Raced<int> raced = co_await race(std::move(tasks));
  auto all = co_await race_outcomes(number(stage, 1), sleep(1h));
  co_return said(std::get<0>(first) == 5 && raced.value == static_cast<int>(raced.index) && *std::get<0>(all) == 1);
}

Task<std::string> times_out(Stage stage) {
  Census::Member member(stage.census);
  const int one = co_await timeout(1h, number(stage, 1));
  auto late = co_await outcome(timeout(1ms, sleep(1h)));
  co_return said(one == 1 && kind_of(late) == ErrorKind::timed_out);
}

Task<std::string> scopes(Stage stage) {
  std::atomic<int> sum = 0;
  const auto add = [](Stage stage, std::atomic<int>& sum) -> Task<> {
    Census::Member member(stage.census);
    co_await sleep(1ms);
    sum += 1;
  };
  co_await with_scope([&](Scope& scope) -> Task<> {
    for (int i = 0; i < 3; ++i) scope.spawn(add(stage, sum));
    scope.spawn(sleep(1ms));
    co_await sleep(1ms);
  });
  auto failed = co_await outcome(with_scope([&](Scope& scope) -> Task<> {
    scope.spawn(fail_soon(stage, 1ms));
    co_await sleep(1h);
  }));
  co_return said(sum == 3 && kind_of(failed) == ErrorKind::io);
}

Task<std::string> maps(Stage stage) {
  const std::vector<int> in = {1, 2, 3, 4, 5};
  const std::vector<int> out = co_await map(in, 2, [&](int value) { return number(stage, value); });
  std::atomic<int> sum = 0;
  co_await as_completed(each(in, [&](int value) { return number(stage, value); }),
                        [&sum](const Outcome<int>& value) { sum += value.value(); });
  co_return said(out == in && sum == 15);
}

Task<std::string> futures(Stage stage) {
  // Shared: a callback may come after this task has failed.
  const auto called = std::make_shared<std::atomic<int>>(0);
  Future<int> future = spawn(stage.here, number(stage, 20));
  future.on_done([called](const Outcome<int>& value) { *called += value.value(); });
  Future<int> next = future.then([](int value) { return value + 1; });
  const int got = co_await next;
  const int first = co_await future;
  Future<void> failing = spawn(stage.here, fail_soon(stage, 1ms));
  auto failed = co_await outcome(failing);
  Future<int> cancelled = spawn(stage.here, number(stage, 1));
  cancelled.cancel();
  auto aborted = co_await outcome(cancelled);
  co_await yield();
  co_return said(got == 21 && first == 20 && *called == 20 && kind_of(failed) == ErrorKind::io &&
                 kind_of(aborted) == ErrorKind::aborted);
}

using Heard = std::shared_ptr<Queue<int>>;
Task<> tell(Stage stage, Heard heard, Outcome<int> value) {
  Census::Member member(stage.census);
  co_await sleep(1ms);
  co_await heard->put(value.ok() ? *value : -1);
}
// A callback that has no memory for its coroutine cannot say so to us: the hook is told instead.
Task<int> hear(Heard heard) {
  auto value = co_await outcome(timeout(200ms, heard->get()));
  if (!value.ok() || *value == -1) throw std::bad_alloc();
  co_return *value;
}
Task<std::string> starts(Stage stage) {
  const Heard heard = std::make_shared<Queue<int>>(4);
  start(number(stage, 3), [heard](const Outcome<int>& value) { heard->try_put(value.ok() ? *value : -1); });
  const int three = co_await hear(heard);
  start(number(stage, 4), [stage, heard](Outcome<int> value) { return tell(stage, heard, std::move(value)); });
  const int four = co_await hear(heard);
  co_return said(three == 3 && four == 4);
}

Task<std::string> completes(Stage stage) {
  Completion<int> kept;
  Completion<int> broken;
  const auto complete = [](Stage stage, Completer<int> completer) -> Task<> {
    Census::Member member(stage.census);
    co_await sleep(1ms);
    completer.complete(7);
  };
  const auto forget = [](Stage stage, Completer<int> completer) -> Task<> {
    Census::Member member(stage.census);
    const Completer<int> dropped = std::move(completer);
    co_await sleep(1ms);
  };
  auto [seven, nothing] = co_await gather(kept.operation(), complete(stage, kept.completer()));
  auto [ended, dropped] = co_await gather(outcome(broken.operation()), forget(stage, broken.completer()));
  co_return said(seven == 7 && kind_of(ended) == ErrorKind::aborted);
}

Task<> note(Stage stage, int& count) {
  Census::Member member(stage.census);
  co_await sleep(1ms);
  ++count;
}
Task<> with_exits(Stage stage, int& count) {
  Census::Member member(stage.census);
  co_await on_exit(note(stage, count));
  co_await on_exit(note(stage, count));
  co_await sleep(1ms);
  throw Error(ErrorKind::io, "work", "on purpose");
}
Task<std::string> cleans_up(Stage stage) {
  int count = 0;
  auto failed = co_await outcome(with_exits(stage, count));
  auto cancelled = co_await outcome(timeout(0ms, with_exits(stage, count)));
  co_return said(kind_of(failed) == ErrorKind::io && kind_of(cancelled) == ErrorKind::timed_out && count >= 2);
}

Task<std::string> offloads(Stage stage) {
  Census::Member member(stage.census);
  Pool pool({.threads = 1, .name = "other"});
  const int got = co_await offload(pool, [] { return 40; });
  const int plus = co_await offload_abandonable(pool, [](int value) { return value + 1; }, 1);
  const int there = co_await on(pool, [stage] { return number(stage, 1); });
  Future<int> job = spawn(pool, [] { return 1; });
  const int one = co_await std::move(job);
  co_return said(got + plus + there + one == 44);
}

Task<> produce(Stage stage, Queue<int>& queue) {
  Census::Member member(stage.census);
  for (int i = 0; i < 5; ++i) co_await queue.put(i);
  queue.close();
}
Task<int> consume(Stage stage, Queue<int>& queue) {
  Census::Member member(stage.census);
  int sum = 0;
  for (;;) {
    const std::optional<int> item = co_await queue.next();
    if (!item.has_value()) break;
    sum += *item;
  }
  co_return sum;
}
Task<> enter(Stage stage, Semaphore& permits, Mutex& mutex, int& inside) {
  Census::Member member(stage.census);
  auto permit = co_await permits.acquire();
  auto lock = co_await mutex.lock();
  co_await sleep(1ms);
  inside += 1;
}
Task<std::string> synchronises(Stage stage) {
  Queue<int> queue(2);
  Semaphore permits(2);
  Mutex mutex;
  int inside = 0;
  auto [put, sum] = co_await gather(produce(stage, queue), consume(stage, queue));
  co_await gather(enter(stage, permits, mutex, inside), enter(stage, permits, mutex, inside),
                  enter(stage, permits, mutex, inside));
  auto closed = co_await outcome(queue.put(1));
  auto reserved = co_await outcome(queue.reserve());
  co_return said(sum == 10 && inside == 3 && permits.available() == 2 && kind_of(closed) == ErrorKind::closed &&
                 kind_of(reserved) == ErrorKind::closed);
}

Task<> echo(Stage stage, TcpListener& listener) {
  Census::Member member(stage.census);
  TcpStream stream = co_await listener.accept();
  for (;;) {
    const Chunk chunk = co_await stream.read();
    if (chunk.empty()) break;
    co_await stream.write(chunk.bytes());
  }
}
Task<std::string> ask(Stage stage, Address server) {
  Census::Member member(stage.census);
  TcpStream stream = co_await TcpStream::connect(server);
  LineReader lines(stream);
  co_await stream.write("one\n");
  const std::optional<std::string> one = co_await lines.next();
  co_await stream.write("two\n");
  co_await stream.shutdown_write();
  const std::string rest = co_await read_all(stream);
  co_return one.value_or("?") + rest;
}
Task<std::string> talks(Stage stage) {
  TcpListener listener(Address::loopback(0));
  auto [served, heard] = co_await gather(echo(stage, listener), ask(stage, listener.local()));
  auto refused = co_await outcome(timeout(0ms, listener.accept()));
  co_return said(heard == "onetwo\n" && kind_of(refused) == ErrorKind::timed_out);
}

Task<std::string> sends(Stage stage) {
  Census::Member member(stage.census);
  UdpSocket near(Address::loopback(0));
  UdpSocket far(Address::loopback(0));
  co_await near.send_to("one", far.local());
  const Datagram one = co_await far.receive();
  co_await far.send_to("two", one.from);
  const Datagram two = co_await near.receive();
  auto none = co_await outcome(timeout(0ms, near.receive()));
  co_return said(one.bytes.text() == "one" && two.bytes.text() == "two" && kind_of(none) == ErrorKind::timed_out);
}

Task<std::string> pipes(Stage stage) {
  Census::Member member(stage.census);
  auto pipe = make_pipe();
  const auto write_two = [](PipeEnd& end) -> Task<> {
    co_await end.write("a line\n");
    co_await sleep(1ms);
    co_await end.write("rest");
    end.close();
  };
  const auto read_two = [](PipeEnd& end) -> Task<std::string> {
    const Chunk chunk = co_await end.read();
    const std::string text(text_of(chunk.bytes()));
    const std::string rest = co_await read_all(end);
    co_return text + rest;
  };
  auto [wrote, text] = co_await gather(write_two(pipe.writer), read_two(pipe.reader));
  auto closed = co_await outcome(pipe.writer.write("x"));
  co_return said(text == "a line\nrest" && kind_of(closed) == ErrorKind::closed);
}

Task<std::string> stores(Stage stage) {
  Census::Member member(stage.census);
  const std::string path = "/tmp/ringback_allocation_" + std::to_string(::getpid());
  auto missing = co_await outcome(read_file(path + "_none"));
  co_await write_file(path, std::string("kept"));
  auto again = co_await outcome(read_file(path));
  ::unlink(path.c_str());
  co_return said(kind_of(missing) == ErrorKind::not_found && *again == "kept");
}

constexpr Program kPrograms[] = {
    {"gathers", gathers, false},     {"races", races, false},         {"suppresses", suppresses, false},
    {"cleans_up", cleans_up, false}, {"times_out", times_out, false}, {"scopes", scopes, false},
    {"maps", maps, false},           {"futures", futures, false},     {"starts", starts, false},
    {"completes", completes, false}, {"offloads", offloads, true},    {"synchronises", synchronises, false},
    {"talks", talks, true},          {"sends", sends, true},          {"pipes", pipes, true},
    {"stores", stores, true},
};

enum class Home { loop_uring, loop_epoll, loop_virtual, loop_simulated, pool, pool_virtual };
const char* const kHomes[] = {"loop_uring", "loop_epoll", "loop_virtual", "loop_simulated", "pool", "pool_virtual"};

struct Case {
  Program program;
  Home home;
};

std::atomic<int> unhandled{0};

class Allocation : public ::testing::TestWithParam<Case> {
 protected:
  Allocation() {
    before_ = set_unhandled_hook([](const Unhandled&) noexcept { unhandled.fetch_add(1); });
  }
  ~Allocation() override { set_unhandled_hook(before_); }

  static std::unique_ptr<runtime::Driver> driver() {
    switch (GetParam().home) {
      case Home::loop_virtual: return std::make_unique<VirtualDriver>();
      case Home::loop_simulated: return ringback::testing::Simulation().make_driver();
      case Home::loop_epoll: return make_driver(DriverKind::epoll);
      default: return make_driver(DriverKind::uring);
    }
  }

  // What it said, or how it failed.
  static std::string run_once(Census& census) {
    const Home home = GetParam().home;
    try {
      std::string text;
      if (home == Home::pool || home == Home::pool_virtual) {
        PoolOptions options;
        options.threads = 2;
        if (home == Home::pool_virtual) options.driver = std::make_unique<VirtualDriver>();
        Pool pool(std::move(options));
        text = spawn(pool, timeout(30s, GetParam().program.run({census, pool}))).get();
      } else {
        LoopOptions options;
        options.driver = driver();
        LoopThread thread(std::move(options));
        text = spawn(thread.loop(), timeout(30s, GetParam().program.run({census, thread.loop()}))).get();
      }
      return text;
    } catch (const Error& error) {
      return error.kind() == ErrorKind::timed_out ? "hung" : "error";
    } catch (const std::bad_alloc&) {
      return "no memory";
    }
  }

 private:
  UnhandledHook before_;
};

TEST_P(Allocation, may_fail_anywhere_and_the_caller_is_told) {
  Census census;
  ASSERT_EQ(run_once(census), "ok");  // Also makes what is made once for the process.
  std::uint64_t count = 0;
  {
    const FailingAllocation counting(0);
    ASSERT_EQ(run_once(census), "ok");
    count = FailingAllocation::count();
  }
  const std::size_t descriptors = open_descriptor_count();
  const std::int64_t blocks = FailingAllocation::blocks();
  int failed = 0;
  for (const bool all_after : {false, true}) {
    for (std::uint64_t k = 1; k <= count && !HasFailure(); ++k) {
      char said[16];
      {
        const FailingAllocation failing(k, all_after);
        const std::string text = run_once(census);
        text.copy(said, sizeof said - 1);
        said[text.size()] = '\0';
      }
      if (std::string_view(said) != "ok") ++failed;
      EXPECT_NE(std::string_view(said), "wrong") << "allocation " << k;
      EXPECT_NE(std::string_view(said), "hung") << "allocation " << k;
      EXPECT_EQ(census.alive(), 0) << "allocation " << k;
      EXPECT_EQ(open_descriptor_count(), descriptors) << "allocation " << k;
      EXPECT_LE(FailingAllocation::blocks(), blocks) << "allocation " << k;
    }
  }
  EXPECT_GT(failed, 0);
  EXPECT_EQ(run_once(census), "ok");
}

std::vector<Case> every_case() {
  std::vector<Case> cases;
  std::vector<Program> programs(std::begin(kPrograms), std::end(kPrograms));
  std::ranges::copy(pipeline_programs(), std::back_inserter(programs));
  for (const Program& program : programs) {
    for (const Home home : {Home::loop_uring, Home::loop_epoll, Home::loop_virtual, Home::loop_simulated, Home::pool,
                            Home::pool_virtual}) {
      if (program.on_real_time && (home == Home::loop_virtual || home == Home::pool_virtual)) continue;
      const bool is_of_kernel = home == Home::loop_uring || home == Home::loop_epoll || home == Home::loop_simulated;
      if (!program.on_real_time && is_of_kernel) continue;
      // Another thread takes no time of a simulation's.
      if (home == Home::loop_simulated && program.run == offloads) continue;
      cases.push_back({program, home});
    }
  }
  return cases;
}
INSTANTIATE_TEST_SUITE_P(Every, Allocation, ::testing::ValuesIn(every_case()), [](const auto& info) {
  return std::string(info.param.program.name) + "_on_" + kHomes[static_cast<int>(info.param.home)];
});

}  // namespace
}  // namespace ringback

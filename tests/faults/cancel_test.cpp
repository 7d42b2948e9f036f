// Cancelled before every turn of programs that wait for one another and for the kernel: each await is
// met, in the body and in the clean-up, and nothing is left behind.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "ringback/async/gather.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/race.h"
#include "ringback/async/scope.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "ringback/driver/virtual_driver.h"
#include "ringback/exec/virtual_loop_test.h"
#include "ringback/io/file.h"
#include "ringback/io/line_reader.h"
#include "ringback/io/pipe.h"
#include "ringback/net/tcp.h"
#include "ringback/net/unix_socket.h"
#include "ringback/pipeline/cached.h"
#include "ringback/pipeline/emitter.h"
#include "ringback/pipeline/resource_pool.h"
#include "ringback/stream/operators.h"
#include "ringback/sync/condition.h"
#include "ringback/sync/event.h"
#include "ringback/sync/mutex.h"
#include "ringback/sync/queue.h"
#include "ringback/sync/semaphore.h"
#include "ringback/testing/census.h"
#include "ringback/testing/every_turn_test.h"
#include "ringback/testing/unhandled_log.h"
#include "ringback/testing/virtual_time.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using ringback::testing::Census;
using ringback::testing::UnhandledLog;

// What outlives the program, and is as before once it has ended.
struct Trial {
  Census census;
  Queue<int> queue{2};
  Semaphore permits{2};
  Mutex mutex;
  Condition changed;
  Event event;
  int guarded = 0;
  int put = 0;
  int got = 0;
  int clean_ups_owed = 0;
  int clean_ups_done = 0;
};

Task<> goodbye(Trial& trial) {
  Census::Member member(trial.census);
  co_await sleep(1ms);
  auto permit = co_await trial.permits.acquire();
  co_await yield();
  ++trial.clean_ups_done;
}

Task<> produce(Trial& trial) {
  Census::Member member(trial.census);
  co_await on_exit(goodbye(trial));
  ++trial.clean_ups_owed;
  for (int i = 0; i < 4; ++i) {
    co_await trial.queue.put(i);
    ++trial.put;
  }
  auto slot = co_await trial.queue.reserve();
  co_await sleep(1ms);
  slot.commit(4);
  ++trial.put;
  co_await trial.queue.join();
}

Task<> consume(Trial& trial) {
  Census::Member member(trial.census);
  for (int i = 0; i < 5; ++i) {
    auto first = co_await race(Ties::in_order, trial.queue.get(), sleep(1h));
    EXPECT_EQ(first.index(), 0U);
    ++trial.got;
    co_await sleep(1ms);
    trial.queue.task_done();
  }
}

Task<> enter(Trial& trial) {
  Census::Member member(trial.census);
  co_await on_exit(goodbye(trial));
  ++trial.clean_ups_owed;
  auto permit = co_await trial.permits.acquire();
  auto lock = co_await trial.mutex.lock();
  co_await sleep(1ms);
  ++trial.guarded;
  trial.changed.notify_all();
}

Task<> watch(Trial& trial) {
  Census::Member member(trial.census);
  auto lock = co_await trial.mutex.lock();
  while (trial.guarded < 3) co_await trial.changed.wait(lock);
  trial.event.set();
}

Task<std::string> waits_for_others(Trial& trial) {
  Census::Member member(trial.census);
  co_await with_scope([&trial](Scope& scope) -> Task<> {
    for (int i = 0; i < 3; ++i) scope.spawn(enter(trial));
    scope.spawn(watch(trial));
    co_await timeout(1h, trial.event.wait());
  });
  co_await gather(produce(trial), consume(trial));
  co_return "ok";
}

Stream<int> counted(Trial& trial, int step) {
  Census::Member member(trial.census);
  co_await on_exit(goodbye(trial));
  ++trial.clean_ups_owed;
  for (int value = step;; value += step) {
    auto permit = co_await trial.permits.acquire();
    co_await sleep(1ms);
    permit.release();
    co_yield value;
  }
}

Task<std::string> pulls_streams(Trial& trial) {
  Census::Member member(trial.census);
  const auto add_one = [](Trial& trial, int value) -> Task<int> {
    Census::Member member(trial.census);
    co_await yield();
    co_return value + 1;
  };
  auto added = counted(trial, 2) | stream::map(std::bind_front(add_one, std::ref(trial))) | stream::buffer(2);
  auto both = stream::merge(std::move(added), counted(trial, 2));
  const auto is_odd = [](int value) { return value % 2 != 0; };
  auto items = co_await stream::collect(std::move(both) | stream::filter(is_odd) | stream::take(3));
  Stream<int> by_hand = counted(trial, 1);
  std::optional<int> item;
  while (!item.has_value()) {
    auto pulled = co_await outcome(timeout(300us, by_hand.next()));
    if (pulled.ok()) item = *pulled;
    co_await yield();  // where a cancellation is felt
  }
  co_return items == std::vector<int>{3, 5, 7} && item == 1 ? "ok" : "wrong";  // by_hand is dropped
}

// The locals of the task are gone by now: the stream is shared.
Task<> say_goodbye(Trial& trial, std::shared_ptr<ByteStream> stream) {
  Census::Member member(trial.census);
  auto said = co_await outcome(stream->write("bye\n"));
  ++trial.clean_ups_done;
}

template <typename Listener>
Task<> answer(Trial& trial, Listener& listener) {
  Census::Member member(trial.census);
  auto accepted = co_await listener.accept();
  const auto stream = std::make_shared<decltype(accepted)>(std::move(accepted));
  LineReader lines(*stream);
  co_await on_exit(say_goodbye(trial, stream));
  ++trial.clean_ups_owed;
  for (;;) {
    const std::optional<std::string> line = co_await lines.next();
    if (!line.has_value()) break;
    const std::string reply = *line + "!\n";
    co_await stream->write(reply);
  }
}

template <typename Stream, typename Name>
Task<std::string> ask(Trial& trial, Name server) {
  Census::Member member(trial.census);
  std::byte four[4];
  Stream stream = co_await Stream::connect(server);
  LineReader lines(stream);
  co_await stream.write("one\n");
  const std::optional<std::string> one = co_await lines.next();
  co_await stream.write("two\n");
  co_await lines.exactly(four);
  co_await stream.shutdown_write();
  const std::string rest = co_await read_all(stream);
  co_return one.value_or("?") + std::string(text_of(four)) + lines.take_buffered() + rest;
}

Task<std::string> through(Trial& trial, Pipe& pipe) {
  Census::Member member(trial.census);
  const std::string text(200'000, 'p');
  const auto write = [](Trial& trial, Pipe& pipe, const std::string& text) -> Task<> {
    Census::Member member(trial.census);
    co_await pipe.writer.write(text);
    pipe.writer.close();
  };
  auto both = co_await gather(write(trial, pipe, text), read_all(pipe.reader));
  co_return std::get<1>(both) == text ? "ok" : "wrong";
}

Task<std::string> waits_for_the_kernel(Trial& trial) {
  Census::Member member(trial.census);
  const std::string name = "@ringback_cancel_" + std::to_string(::getpid());
  TcpListener tcp(Address::loopback(0));
  UnixListener local(name);
  auto [tcp_ended, tcp_heard, local_ended, local_heard] = co_await gather(
      answer(trial, tcp), ask<TcpStream>(trial, tcp.local()), answer(trial, local), ask<UnixStream>(trial, name));
  Pipe pipe = make_pipe();
  const std::string piped = co_await through(trial, pipe);
  const std::string file = co_await read_file("/proc/self/stat");
  const bool is_right = tcp_heard == "onetwo!\nbye\n" || tcp_heard == "one!two!\nbye\n";
  co_return is_right&& local_heard == tcp_heard && !file.empty() ? piped : tcp_heard + local_heard;
}

// A resource counts itself for as long as it is there.
using Counted = std::unique_ptr<Census::Member>;

Task<Counted> make_counted(Trial& trial) {
  Census::Member member(trial.census);
  co_await on_exit(goodbye(trial));
  ++trial.clean_ups_owed;
  co_await sleep(1ms);
  co_return std::make_unique<Census::Member>(trial.census);
}
Task<int> use_counted(Trial& trial, int number) {
  Census::Member member(trial.census);
  co_await sleep(1ms);
  co_return number;
}
Task<int> sum_of_users(Trial& trial, ResourcePool<Counted>& pool) {
  const auto use = [&trial](int number) { return [&trial, number](Counted&) { return use_counted(trial, number); }; };
  auto [one, two, three] = co_await gather(pool.with("a", use(1)), pool.with("a", use(2)), pool.with("b", use(3)));
  co_return one + two + three;
}
Task<int> told_of(Emitter<int>& emitter) {
  auto [value, none] = co_await gather(emitter.next(), [](Emitter<int>& emitter) -> Task<> {
    co_await yield();
    co_await emitter.emit_in_turn(7);
  }(emitter));
  std::ignore = none;
  co_return value;
}

Task<std::string> keeps_what_is_dear(Trial& trial) {
  Census::Member member(trial.census);
  ResourcePool<Counted> pool([&](const std::string&) { return make_counted(trial); }, {.per_key_max = 1});
  int users = co_await sum_of_users(trial, pool);
  Cached<int, int> cache([&](int key) { return use_counted(trial, key); }, {.fresh_for = 0s, .stale_for = 1h});
  auto [one, another] = co_await gather(cache.get(5), cache.get(5));
  int stale = co_await cache.get(5);
  Emitter<int> emitter;
  Executor& here = *ringback::internal::this_thread.executor;
  const Registration slow = emitter.on([&](int value) { return use_counted(trial, value); });
  const Registration posted = emitter.on(here, [&](int value) { return use_counted(trial, value); });
  int value = co_await told_of(emitter);
  co_await pool.close();
  co_return users == 6 && one == 5 && another == 5 && stale == 5 && value == 7 ? "ok" : "wrong";  // cache is dropped
}

enum class Kernel { simulated_time, uring, epoll };
const char* const kKernels[] = {"virtual", "uring", "epoll"};

class CancelledBefore : public ::testing::TestWithParam<Kernel> {
 protected:
  static std::unique_ptr<runtime::Driver> driver() {
    if (GetParam() == Kernel::simulated_time) return std::make_unique<VirtualDriver>();
    return make_driver(GetParam() == Kernel::uring ? DriverKind::uring : DriverKind::epoll);
  }

  // Cancels before turn `at`; gives how many turns there were.
  static int run_once(Task<std::string> (*program)(Trial&), int at) {
    Trial trial;
    const auto ended = testing_turns::cancelled_before(at, driver(), program(trial));
    if (ended.outcome.ok()) {
      EXPECT_EQ(*ended.outcome, "ok");
    } else if (const Error* error = ended.outcome.failure().error()) {
      // Both sides of a connection are cancelled: one may see the other go before its own turn comes.
      EXPECT_TRUE(error->kind() == ErrorKind::reset || error->kind() == ErrorKind::end_of_stream) << error->what();
    } else {
      EXPECT_TRUE(ended.outcome.failure().is_cancelled()) << ended.outcome.failure().describe();
    }
    EXPECT_EQ(trial.census.alive(), 0);
    EXPECT_EQ(trial.clean_ups_done, trial.clean_ups_owed);
    EXPECT_EQ(trial.permits.available(), 2U);
    EXPECT_TRUE(trial.mutex.try_lock().has_value());
    EXPECT_EQ(static_cast<int>(trial.queue.size()), trial.put - trial.got);
    return ended.turns;
  }

  static void cancel_before_every_turn(Task<std::string> (*program)(Trial&)) {
    testing_turns::cancel_before_every_turn(10, [&](int at) { return run_once(program, at); });
  }
};

Task<> wait_for(Task<> inner) { co_await std::move(inner); }

// Nobody forgot them: the hook is for tasks that somebody meant to begin.
TEST(CancelledBeforeItsFirstStep, a_task_drops_the_tasks_among_its_arguments_quietly_contract_13) {
  const UnhandledLog log;
  const auto inner = []() -> Task<> { co_await sleep(1ms); };
  const auto all_ways = [](Task<> (*inner)()) -> Task<> {
    auto ended = co_await outcome(with_scope([inner](Scope& scope) -> Task<> {
      scope.spawn(wait_for(inner()));
      scope.cancel();
      auto gathered = co_await outcome(gather(wait_for(inner()), wait_for(inner())));
      EXPECT_FALSE(gathered.ok());
      co_await wait_for(inner());
    }));
    EXPECT_FALSE(ended.ok());
  };
  ringback::testing::run_virtually(all_ways(inner));
  Loop loop(testing_loops::on_virtual_time());
  const Future<void> root = spawn(loop, wait_for(inner()));
  EXPECT_TRUE(root.cancel());
  loop.drive([&] { return root.is_done(); });
  loop.shut_down();
  EXPECT_TRUE(root.outcome().failure().is_cancelled());
  EXPECT_TRUE(log.empty()) << log.text();
}

TEST_P(CancelledBefore, every_turn_of_what_waits_for_others_contract_12) { cancel_before_every_turn(waits_for_others); }
TEST_P(CancelledBefore, every_turn_of_what_pulls_streams_contract_45) { cancel_before_every_turn(pulls_streams); }
TEST_P(CancelledBefore, every_turn_of_what_keeps_what_is_dear_contract_44) {
  cancel_before_every_turn(keeps_what_is_dear);
}
TEST_P(CancelledBefore, every_turn_of_what_waits_for_the_kernel_contract_12) {
  cancel_before_every_turn(waits_for_the_kernel);
}

INSTANTIATE_TEST_SUITE_P(Each, CancelledBefore, ::testing::Values(Kernel::simulated_time, Kernel::uring, Kernel::epoll),
                         [](const auto& info) { return kKernels[static_cast<int>(info.param)]; });

}  // namespace
}  // namespace ringback

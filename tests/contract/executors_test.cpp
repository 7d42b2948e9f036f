// Statements 40, 41, 46 and 48 of the contract: executors, their end, errors of the system, and foreign
// code, in every model.

#include <coroutine>

#include "ringback/async/completion.h"
#include "ringback/async/gather.h"
#include "ringback/async/on.h"
#include "ringback/async/scope.h"
#include "ringback/io/file.h"
#include "ringback/io/line_reader.h"
#include "ringback/io/pipe.h"
#include "ringback/net/tcp.h"
#include "ringback/net/unix_socket.h"
#include "ringback/testing/census.h"
#include "ringback/testing/unhandled_log.h"
#include "tests/contract/models.h"

namespace ringback {
namespace {

using testing::Census;
using testing::UnhandledLog;

class Executors : public InEveryModel {};
RINGBACK_IN_EVERY_MODEL(Executors);
class PoolsEnd : public InEveryModel {};
INSTANTIATE_TEST_SUITE_P(Over, PoolsEnd, every_pool(), kModelName);

TEST_P(Executors, a_chain_of_done_callbacks_prints_its_end_contract_40) {
  UnhandledLog log;
  Record record;
  run_here([&]() -> Task<> {
    Event ended;
    co_await with_scope([&](Scope&) -> Task<> {
      Executor& executor = executor_here();
      spawn(executor, [] { return 1; }).on_done([&](const Outcome<int>& one) {
        record.note(*one);
        spawn(executor, [] { return 2; }).on_done([&](const Outcome<int>& two) {
          record.note(*two);
          ended.set();
        });
      });
      co_return;
    });
    co_await ended.wait();
  });
  EXPECT_EQ(record.text(), "1 2");
  EXPECT_TRUE(log.empty()) << log.text();
}

TEST_P(Executors, a_chain_that_plain_code_began_ends_before_the_executor_does_contract_40) {
  UnhandledLog log;
  Record record;
  Host host(GetParam());
  Event ended;
  host.start([] { return 1; },
             [&](Outcome<int> one) {
               record.note(*one);
               start([] { return 2; },
                     [&](Outcome<int> two) {
                       record.note(*two);
                       start(value_after(1ms, 3), [&](Outcome<int> three) {
                         record.note(*three);
                         ended.set();
                       });
                     });
             });
  if (!is_pool()) host.wait_for(ended);  // Leaving a Pool's block drains it.
  host.end();
  EXPECT_EQ(record.text(), "1 2 3");
  EXPECT_TRUE(log.empty()) << log.text();
}

TEST_P(PoolsEnd, submitting_afterwards_fails_clearly_and_what_was_queued_can_be_cancelled_contract_40) {
  UnhandledLog log;
  Census census;
  {
    Pool pool(pool_options_of(GetParam()));
    Door may_end;
    std::vector<Future<void>> blockers;
    Door all_busy(static_cast<std::ptrdiff_t>(pool.threads()));
    for (std::size_t i = 0; i < pool.threads(); ++i) {
      blockers.push_back(spawn(pool, [&] {
        all_busy.open_one();
        may_end.blocking_wait();
      }));
    }
    all_busy.blocking_wait();
    Future<int> queued = spawn(pool, [member = Census::Member(census)] { return 1; });
    pool.shutdown({.wait = false, .cancel_queued = true});
    EXPECT_EQ(end_of_call([&] { std::ignore = spawn(pool, [member = Census::Member(census)] {}); }), "shut_down");
    may_end.open_one();
    pool.shutdown();
    EXPECT_EQ(end_of(queued.outcome()), "cancelled: shutdown");
    for (Future<void>& blocker : blockers) EXPECT_TRUE(blocker.outcome().ok());
  }
  EXPECT_EQ(census.alive(), 0);
  EXPECT_TRUE(log.empty()) << log.text();
}

TEST_P(PoolsEnd, the_bound_refuses_new_work_and_never_what_was_accepted_contract_40) {
  PoolOptions options = pool_options_of(GetParam());
  options.threads = 1;
  options.queue_max = 2;
  Pool pool(std::move(options));
  Door busy;
  Door may_go_on;
  Future<int> accepted = spawn(pool, [&]() -> Task<int> {
    busy.open_one();
    may_go_on.blocking_wait();
    for (int i = 0; i < 100; ++i) co_await yield();  // Each is a resumption past the bound.
    co_return 1;
  });
  busy.blocking_wait();
  Future<int> one = spawn(pool, [] { return 1; });
  Future<int> two = spawn(pool, [] { return 2; });
  EXPECT_EQ(end_of_call([&] { std::ignore = spawn(pool, [] { return 3; }); }), "overloaded");
  EXPECT_EQ(end_of_call([&] { start([] { return 3; }, on(pool), [](Outcome<int>) {}); }), "overloaded");
  may_go_on.open_one();
  EXPECT_EQ(accepted.get() + one.get() + two.get(), 4);
}

// run() cancels what is left over, and so does a Loop that ends; wait() and a Pool let it end.
TEST_P(Executors, nothing_outlives_the_end_and_every_frame_is_destroyed_once_contract_41) {
  UnhandledLog log;
  Census census;
  std::atomic<int> cleaned{0};
  Gate begun(is_inline() ? 5 : 10);
  const auto leftover = [](Gate& begun, std::atomic<int>& cleaned, Duration length, Census::Member) -> Task<> {
    co_await on_exit([](std::atomic<int>& cleaned) -> Task<> {
      co_await yield();
      ++cleaned;
    }(cleaned));
    begun.arrive();
    co_await sleep(length);
  };
  const Duration of_its_scope = place() == Place::loop ? 1h : 1ms;
  const Duration of_the_executor = is_pool() ? 1ms : 1h;
  const int value = run_here([&]() -> Task<int> {
    for (int i = 0; i < 5; ++i) {
      std::ignore = spawn(executor_here(), leftover(begun, cleaned, of_its_scope, Census::Member(census)));
      if (!is_inline()) detach(leftover(begun, cleaned, of_the_executor, Census::Member(census)));
    }
    co_await begun.all_here();
    co_return 3;
  });
  EXPECT_EQ(value, 3);
  EXPECT_EQ(cleaned, is_inline() ? 5 : 10);
  EXPECT_EQ(census.alive(), 0);
  EXPECT_TRUE(log.empty()) << log.text();
}

TEST_P(Executors, errors_of_the_system_are_told_apart_contract_46) {
  run_here([]() -> Task<> {
    auto missing = co_await outcome(File::open("/nowhere/at/all"));
    EXPECT_EQ(end_of(missing), "not_found");
    const Error no_file = *missing.failure().error();
    EXPECT_EQ(no_file.os_code(), ENOENT);
    EXPECT_EQ(no_file.peer(), "/nowhere/at/all");
    EXPECT_FALSE(no_file.operation().empty());

    std::uint16_t closed_port = 0;
    {
      const TcpListener listener(Address::loopback(0));
      closed_port = listener.port();
    }
    const Address nobody = Address::loopback(closed_port);
    auto refused = co_await outcome(TcpStream::connect(nobody));
    EXPECT_EQ(end_of(refused), "refused");
    const Error no_listener = *refused.failure().error();
    EXPECT_EQ(no_listener.os_code(), ECONNREFUSED);
    EXPECT_EQ(no_listener.peer(), nobody.to_string());
    EXPECT_EQ(no_listener.operation(), "connect");

    auto no_path = co_await outcome(UnixStream::connect("/nowhere/at/all"));
    EXPECT_EQ(end_of(no_path), "not_found");

    auto [near, far] = socket_pair();
    far.close();
    std::vector<std::byte> into(8);
    const std::size_t nothing = co_await near.read(into);
    EXPECT_EQ(nothing, 0U) << "the end of a stream is no error";
    auto broken = co_await outcome(near.write("x"));
    EXPECT_EQ(end_of(broken), "reset");
    EXPECT_EQ(broken.failure().error()->os_code(), EPIPE);

    TcpListener listener(Address::loopback(0));
    auto [client, server] = co_await gather(TcpStream::connect(listener.local()), listener.accept());
    server.set_reset_on_close(true);
    server.close();
    auto reset = co_await outcome(client.read(into));
    EXPECT_EQ(end_of(reset), "reset");
    const Error by_peer = *reset.failure().error();
    EXPECT_EQ(by_peer.os_code(), ECONNRESET);
    EXPECT_EQ(by_peer.peer(), listener.local().to_string());
  });
}

TEST_P(Executors, a_completion_is_made_once_by_any_thread_contract_48) {
  run_here([]() -> Task<> {
    for (int round = 0; round < 20; ++round) {
      Completion<int> answer;
      std::atomic<int> winners{0};
      std::vector<std::thread> threads;
      for (int i = 1; i <= 2; ++i) {
        threads.emplace_back(
            [&winners, i, completer = answer.completer()] { winners += completer.try_complete(i) ? 1 : 0; });
      }
      const int value = co_await answer;
      for (std::thread& thread : threads) thread.join();
      EXPECT_TRUE(value == 1 || value == 2);
      EXPECT_EQ(winners, 1);
    }
    Completion<int> never_made;
    {
      const Completer<int> gone = never_made.completer();
    }
    auto broken = co_await outcome(never_made);
    EXPECT_EQ(broken.failure().error()->kind(), ErrorKind::aborted);
  });
}

TEST_P(Executors, a_cancelled_completion_ends_at_once_and_tells_the_other_side_contract_48) {
  run_here([]() -> Task<> {
    const Alone alone;
    Completion<int> answer;
    const Completer<int> completer = answer.completer();
    int told = 0;
    answer.on_cancel([&told] { ++told; });
    Future<int> waits = spawn(executor_here(), answer);
    co_await yield();
    EXPECT_TRUE(waits.cancel());
    auto end = co_await outcome(waits);
    EXPECT_EQ(end_of(end), "aborted: requested");
    EXPECT_EQ(told, 1);
    EXPECT_FALSE(completer.is_wanted());
    EXPECT_FALSE(completer.try_complete(5));
  });
}

// Resumes on a thread of its own.
struct ForeignThread {
  std::thread* thread;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) const {
    *thread = std::thread([handle] { handle.resume(); });
  }
  int await_resume() const { return 42; }
};

TEST_P(Executors, a_foreign_awaitable_resumes_on_our_executor_contract_48) {
  std::thread thread;  // Joined when the program has ended: it may go on before this has been written.
  run_here([&]() -> Task<> {
    Executor* const mine = &executor_here();
    const int value = co_await ForeignThread{&thread};
    EXPECT_EQ(value, 42);
    EXPECT_EQ(&executor_here(), mine);
    co_await std::suspend_never();
  });
  thread.join();
}

}  // namespace
}  // namespace ringback
